"""Scanning complete official trees, and copies with the oddities that real copies have."""

import shutil

import pytest
import xxhash

from fas.datasets.manifest import COLUMNS, check, write_manifest
from fas.datasets.registry import ADAPTERS, adapter
from fas.datasets.scan import scan
from fas.errors import UserError

REAL = "client001_session01_webcam_authenticate_adverse_1.mov"
PRINT = "print_client001_session01_highdef_photo_adverse.mov"
ENROLL = "client001_session01_webcam_enroll_adverse.mov"
FOUR = ("msu_mfsd", "casia_fasd", "replay_attack", "oulu_npu")
# dataset, split -> (live, attack): the published counts.
PUBLISHED = {
    ("msu_mfsd", "train"): (30, 90),
    ("msu_mfsd", "test"): (40, 120),
    ("casia_fasd", "train"): (60, 180),
    ("casia_fasd", "test"): (90, 270),
    ("replay_attack", ""): (100, 0),
    ("replay_attack", "train"): (60, 300),
    ("replay_attack", "dev"): (60, 300),
    ("replay_attack", "test"): (80, 400),
    ("oulu_npu", "train"): (360, 1440),
    ("oulu_npu", "dev"): (270, 1080),
    ("oulu_npu", "test"): (360, 1440),
}
INSTRUMENTS = {
    "msu_mfsd": {"ipad_video": 70, "iphone_video": 70, "printed_photo": 70},
    "casia_fasd": {"warped": 150, "cut": 150, "video": 150},
    "replay_attack": {"print": 200, "mobile": 400, "highdef": 400},
    "oulu_npu": {"printer_1": 990, "printer_2": 990, "display_1": 990, "display_2": 990},
}
ATTACKS = {
    "msu_mfsd": {"print": 70, "replay": 140},
    "casia_fasd": {"print": 150, "cut": 150, "replay": 150},
    "replay_attack": {"print": 200, "replay": 800},
    "oulu_npu": {"print": 1980, "replay": 1980},
}


def row(manifests, clip):
    return manifests[manifests["clip"] == clip].iloc[0].to_dict()


def test_published_counts_by_split_and_label(manifests):
    counted = manifests.groupby(["dataset", "split"])["label"].agg(lambda label: ((label == "live").sum(), (label == "attack").sum()))
    assert counted.to_dict() == PUBLISHED


@pytest.mark.parametrize("name", FOUR)
def test_published_counts_by_attack_and_people(name, manifests):
    attacks = manifests[(manifests["dataset"] == name) & (manifests["label"] == "attack")]
    assert attacks["instrument"].value_counts().to_dict() == INSTRUMENTS[name]
    assert attacks["attack"].value_counts().to_dict() == ATTACKS[name]
    assert attacks["subject"].nunique() == {"msu_mfsd": 35, "casia_fasd": 50, "replay_attack": 50, "oulu_npu": 55}[name]


def test_nobody_is_in_two_splits(manifests):
    official = manifests[manifests["split"] != ""]
    assert (official.groupby(["dataset", "subject"])["split"].nunique() == 1).all()


def test_manifest_form(manifests):
    assert tuple(manifests.columns) == COLUMNS
    check(manifests, "manifests")
    for _, rows in manifests.groupby("dataset"):
        assert rows["clip"].tolist() == sorted(rows["clip"])
    live = manifests[manifests["label"] == "live"]
    assert (live[["attack", "instrument"]] == "").all(axis=None)


def test_content_is_the_digest_of_the_bytes(manifests):
    for _, one in manifests.iloc[::500].iterrows():
        assert one["content"] == xxhash.xxh3_128_hexdigest(one["clip"].encode())


def test_msu_row(manifests):
    one = row(manifests, "scene01/attack/attack_client002_laptop_SD_printed_photo_scene01.mov")
    expected = {"attack": "print", "instrument": "printed_photo", "subject": "002", "split": "train", "device": "laptop", "media": "video"}
    assert expected.items() <= one.items()


def test_casia_numbers_are_not_confused(manifests):
    high = row(manifests, "test_release/1/HR_1.avi")
    normal = row(manifests, "test_release/1/1.avi")
    assert (high["label"], high["device"], high["subject"]) == ("live", "high", "21")
    assert (normal["label"], normal["device"], normal["subject"]) == ("live", "normal", "21")
    assert row(manifests, "train_release/1/HR_3.avi")["attack"] == "cut"
    assert row(manifests, "train_release/1/4.avi") | {"content": ""} == {
        **dict.fromkeys(COLUMNS, ""),
        "dataset": "casia_fasd",
        "clip": "train_release/1/4.avi",
        "media": "video",
        "label": "attack",
        "attack": "print",
        "instrument": "warped",
        "subject": "1",
        "split": "train",
        "device": "low",
    }


def test_a_photo_on_a_screen_is_a_replay(manifests):
    one = row(manifests, "devel/attack/hand/attack_mobile_client003_session01_mobile_photo_adverse.mov")
    expected = {"attack": "replay", "instrument": "mobile", "support": "hand", "light": "adverse", "split": "dev", "subject": "003"}
    assert expected.items() <= one.items()


def test_enrolment_is_listed_without_a_split(manifests):
    one = row(manifests, "enroll/train/client001_session01_webcam_enroll_adverse.mov")
    assert (one["split"], one["label"], one["subject"]) == ("", "live", "001")


def test_oulu_row(manifests):
    one = row(manifests, "Dev_files/6_3_21_5.avi")
    expected = {"instrument": "display_2", "attack": "replay", "subject": "21", "split": "dev", "session": "3", "device": "6"}
    assert expected.items() <= one.items()


def test_two_scans_give_the_same_bytes(trees, tmp_path):
    for number in "12":
        write_manifest(tmp_path / f"{number}.csv", scan(ADAPTERS["msu_mfsd"], trees["msu_mfsd"]))
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


def test_a_name_fills_the_dataset_and_nothing_else(trees):
    usual, named = scan(ADAPTERS["casia_fasd"], trees["casia_fasd"]), scan(ADAPTERS["casia_fasd"], trees["casia_fasd"], "our_casia")
    assert set(named["dataset"]) == {"our_casia"}
    assert named.drop(columns="dataset").equals(usual.drop(columns="dataset"))


@pytest.mark.parametrize("name", FOUR)
def test_a_wrapper_folder_is_part_of_the_clip(name, trees, tmp_path):
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy/Wrapper v1.0").symlink_to(trees[name])
    usual, wrapped = scan(ADAPTERS[name], trees[name]), scan(ADAPTERS[name], tmp_path / "copy")
    assert wrapped["clip"].tolist() == ["Wrapper v1.0/" + clip for clip in usual["clip"]]
    assert wrapped.drop(columns="clip").equals(usual.drop(columns="clip"))


@pytest.mark.parametrize(
    ("name", "folder"),
    [("msu_mfsd", "MSU-MFSD"), ("siw", "SiW_release"), ("nuaa", "raw"), ("hkbu_mars", "HKBU_MARs_V2/HKBU_MARs_V2"), ("wffd", "WFFD-V")],
)
def test_the_archive_s_own_folder_may_be_in_a_wrapper(name, folder, tmp_path, plant):
    example = {"hkbu_mars": "real/01/01_01_01.avi", "wffd": "Real/train/1.avi"}.get(name, ADAPTERS[name].example)
    clip = f"copy/{folder}/{example}"
    assert scan(ADAPTERS[name], plant(tmp_path, [clip]))["clip"].tolist() == [clip]
    plant(tmp_path, [f"{folder}/{example}"])
    with pytest.raises(UserError, match="two copies of one capture"):
        scan(ADAPTERS[name], tmp_path)


def test_extensions_in_any_case_and_other_files(tmp_path, plant):
    clip = "scene01/real/real_client002_laptop_SD_scene01"
    plant(tmp_path, [f"{clip}.MOV", f"{clip}.face", "scene01/real/._real_client003_laptop_SD_scene01.mov", ".DS_Store", "readme.txt"])
    assert scan(ADAPTERS["msu_mfsd"], tmp_path)["clip"].tolist() == [f"{clip}.MOV"]


def test_replay_face_locations_are_no_captures(tmp_path, plant):
    clip = "train/real/client001_session01_webcam_authenticate_adverse_1"
    plant(tmp_path, [f"{clip}.mov", f"face-locations/{clip}.face", "protocols/clients.txt"])
    assert scan(ADAPTERS["replay_attack"], tmp_path)["clip"].tolist() == [f"{clip}.mov"]


@pytest.mark.parametrize("wrapper", ["", "Replay-Attack/"])
def test_replay_tars_may_stay_as_they_unpack(wrapper, tmp_path, plant):
    names = [f"{wrapper}replayattack-{split}/{split}/real/{REAL}" for split in ("train", "test")]
    assert scan(ADAPTERS["replay_attack"], plant(tmp_path, names))["clip"].tolist() == sorted(names)


def test_two_copies_of_a_capture_are_told(tmp_path, plant):
    plant(tmp_path, ["train_release/1/1.avi", "backup/train_release/1/1.avi"])
    with pytest.raises(UserError, match=r"two copies of one capture: backup/\S+ and train_release/1/1.avi"):
        scan(ADAPTERS["casia_fasd"], tmp_path)


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("casia_fasd", "train_release/1/1.AVI", "train_release/1/1.avi"),
        ("msu_mfsd", "scene01/real/real_client001_android_SD_scene01.mov", "scene01/real/real_client001_android_SD_scene01.mp4"),
        ("oulu_npu", "Train_files/1_1_01_1.avi", "copy/Train_files/1_1_01_1.AVI"),
        ("replay_attack", f"replayattack-train/train/real/{REAL}", f"train/real/{REAL}"),
        ("replay_attack", f"train/attack/fixed/attack_{PRINT}", f"train/attk/fixed/attk_{PRINT}"),
        ("replay_attack", f"copy/enroll/train/{ENROLL}", f"enroll/train/{ENROLL}"),
        ("siw", "Test/live/153/153-2-1-1-2.m.mov", "Test/live/153/153-2-1-1-2.mov"),
        ("siw", "Test/live/001/001-1-1-1-1.mov", "Test/live/001/001-1-1-1-1.mp4"),
        ("nuaa", "ClientRaw/0001/0001_00_00_01_0.bmp", "ClientRaw/0001/0001_00_00_01_0.jpg"),
        ("rose_youtu", "2/G_T_5s_g_E_2_1.MP4", "2/G_T_5s_g_E_2_1.mp4"),
        ("wmca", "WMCA/face-station/12.02.18/001_01_000_0_01.hdf5", "face-station/12.02.18/001_01_000_0_01.hdf5"),
    ],
)
def test_two_files_of_one_capture_are_told(name, first, second, tmp_path, plant):
    plant(tmp_path, [first, second])
    with pytest.raises(UserError) as told:
        scan(ADAPTERS[name], tmp_path)
    one, other = sorted((first, second))
    assert str(told.value) == f"{tmp_path}: two copies of one capture: {one} and {other}"


def test_other_captures_of_the_same_stem_are_none(tmp_path, plant):
    names = ["train/live/anna/1.jpg", "train/live/anna/1.mp4", "train/live/anna/1.png"]
    assert scan(ADAPTERS["folder"], plant(tmp_path, names))["clip"].tolist() == names


@pytest.mark.parametrize(("name", "clip"), [("casia_fasd", "train_release/1/1.avi"), ("folder", "train/live/anna/1.mp4")])
def test_a_link_to_nowhere_in_the_place_of_a_capture_is_told(name, clip, tmp_path, plant):
    other = clip.replace("1.", "2.")
    plant(tmp_path, [other])
    (tmp_path / clip).symlink_to(tmp_path / "gone")
    with pytest.raises(UserError, match=f"{clip}: cannot be read: there is no file behind this name"):
        scan(ADAPTERS[name], tmp_path)
    (tmp_path / clip).rename(tmp_path / "notes.txt")  # where no capture belongs, it does no harm
    assert scan(ADAPTERS[name], tmp_path)["clip"].tolist() == [other]


def test_a_folder_in_the_place_of_a_capture_is_told(tmp_path, plant):
    plant(tmp_path, ["train_release/1/2.avi"])
    (tmp_path / "train_release/1/1.avi").mkdir()
    with pytest.raises(UserError, match=r"train_release/1/1\.avi: a folder, and a file is expected"):
        scan(ADAPTERS["casia_fasd"], tmp_path)


def test_a_loop_does_not_repeat_captures(tmp_path, plant):
    plant(tmp_path, ["train_release/1/1.avi"])
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(tmp_path / "train_release")
    assert scan(ADAPTERS["casia_fasd"], tmp_path)["clip"].tolist() == ["train_release/1/1.avi"]


@pytest.mark.parametrize("name", ADAPTERS)
def test_a_folder_without_the_dataset_is_told_in_one_line(name, tmp_path):
    (tmp_path / "holiday.mov").touch()
    with pytest.raises(UserError, match=f"no {name} here") as told:
        scan(ADAPTERS[name], tmp_path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", [name for name in ADAPTERS if name != "celeba_spoof"])  # its label is not in the name
def test_every_example_is_a_capture(name, tmp_path, plant):
    plant(tmp_path, [ADAPTERS[name].example])
    assert len(scan(ADAPTERS[name], tmp_path)) == 1


def test_bad_dataset_names_are_told(trees):
    for name in ("", "a/b", "../x", "a b", "-x"):
        with pytest.raises(UserError, match="dataset name"):
            scan(ADAPTERS["casia_fasd"], trees["casia_fasd"], name)
    with pytest.raises(UserError, match="unknown dataset 'casia'"):
        adapter("casia")


def test_a_file_that_cannot_be_read_is_told(tmp_path, plant, monkeypatch):
    def denied(path):
        raise PermissionError(13, "Permission denied", str(path))

    plant(tmp_path, ["train_release/1/1.avi"])
    monkeypatch.setattr("fas.datasets.scan.digest_file", denied)
    with pytest.raises(UserError, match=r"1\.avi: cannot be read: Permission denied"):
        scan(ADAPTERS["casia_fasd"], tmp_path)


class TestMsuLists:
    CLIPS = tuple(f"scene01/real/real_client{client:03d}_android_SD_scene01.mp4" for client in (1, 2, 77))

    def splits(self, root):
        return scan(ADAPTERS["msu_mfsd"], root)["split"].tolist()

    def test_the_lists_of_the_copy_count(self, tmp_path, plant):
        plant(tmp_path, self.CLIPS)
        (tmp_path / "train_sub_list.txt").write_bytes(b"\xef\xbb\xbf01\r\n77\r\n")
        (tmp_path / "test_sub_list.txt").write_bytes(b"02")
        assert self.splits(tmp_path) == ["train", "test", "train"]

    def test_lists_in_a_wrapper_folder(self, tmp_path, plant):
        plant(tmp_path / "MSU-MFSD", self.CLIPS)
        (tmp_path / "MSU-MFSD/train_sub_list.txt").write_text("077\n")
        (tmp_path / "MSU-MFSD/test_sub_list.txt").write_text("1\n")
        assert self.splits(tmp_path) == ["test", "", "train"]

    def test_lists_in_two_folders_in_front(self, tmp_path, plant):
        plant(tmp_path / "copy/MSU-MFSD", self.CLIPS)
        (tmp_path / "copy/MSU-MFSD/train_sub_list.txt").write_text("077\n")
        assert self.splits(tmp_path) == ["test", "", "train"]

    def test_without_lists_the_published_people_count(self, tmp_path, plant):
        assert self.splits(plant(tmp_path, self.CLIPS)) == ["test", "train", ""]

    def test_a_line_that_is_no_number_is_told(self, tmp_path, plant):
        plant(tmp_path, self.CLIPS)
        (tmp_path / "train_sub_list.txt").write_text("client02\n")
        with pytest.raises(UserError, match=r"train_sub_list.txt: not a client number: 'client02'"):
            self.splits(tmp_path)

    def test_a_client_in_both_lists_is_told(self, tmp_path, plant):
        plant(tmp_path, self.CLIPS)
        for split in ("train", "test"):
            (tmp_path / f"{split}_sub_list.txt").write_text("02\n")
        with pytest.raises(UserError, match="client 002 is in"):
            self.splits(tmp_path)


class TestFolder:
    def test_places_classes_and_media(self, tmp_path, plant):
        names = [
            "train/live/anna/door.MP4",
            "train/attack/print/anna/a.jpg",
            "dev/attack/mask_rigid/ben/takes/1.webm",
            "test/live/cleo/x.png",
        ]
        table = scan(ADAPTERS["folder"], plant(tmp_path, [*names, "train/live/anna/notes.txt", "readme.jpg"]), "office")
        found = table.set_index("clip")[["label", "attack", "subject", "split", "media"]].T.to_dict("list")
        assert found == {
            names[0]: ["live", "", "anna", "train", "video"],
            names[1]: ["attack", "print", "anna", "train", "image"],
            names[2]: ["attack", "mask_rigid", "ben", "dev", "video"],
            names[3]: ["live", "", "cleo", "test", "image"],
        }

    def test_an_unknown_class_is_told(self, tmp_path, plant):
        plant(tmp_path, ["train/attack/hologram/anna/x.mp4"])
        with pytest.raises(UserError, match="attack class 'hologram' is none of print, replay"):
            scan(ADAPTERS["folder"], tmp_path)

    def test_a_misplaced_capture_is_told(self, tmp_path, plant):
        plant(tmp_path, ["train/live/anna/x.mp4", "train/attack/anna/x.mp4"])
        with pytest.raises(UserError, match=r"train/attack/anna/x\.mp4: captures lie in"):
            scan(ADAPTERS["folder"], tmp_path)

    def test_one_person_may_have_captures_in_many_places(self, tmp_path, plant):
        plant(tmp_path, ["train/live/anna/x.mp4", "train/attack/replay/anna/x.mp4"])
        assert scan(ADAPTERS["folder"], tmp_path)["subject"].tolist() == ["anna", "anna"]


def test_an_incomplete_copy_is_usable(trees, tmp_path):
    shutil.copytree(trees["casia_fasd"] / "test_release/3", tmp_path / "test_release/3")
    assert len(scan(ADAPTERS["casia_fasd"], tmp_path)) == 12
