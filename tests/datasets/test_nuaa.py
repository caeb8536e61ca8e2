"""NUAA: three versions of the same photographs, and list files with Windows' line ends and separators."""

import pytest

from fas.datasets.protocols import protocol
from fas.datasets.registry import ADAPTERS
from fas.datasets.scan import scan
from fas.errors import UserError

NUAA = ADAPTERS["nuaa"]
SAME = {"nuaa": "nuaa"}
VERSIONS = {"Raw": ("raw", "jpg"), "Face": ("Detectedface", "jpg"), "Normalized": ("NormalizedFace", "bmp")}
TRAIN, TEST = ("0001/0001_00_00_01_0", "0002/0002_01_05_02_115"), ("0001/0001_00_00_03_1", "0010/0010_01_05_03_115")
POINTS = " 92.5 113 152 110 -1 1e2"


def plant_version(root, plant, version="Raw", lists=("client_train", "client_test", "imposter_train", "imposter_test")):
    """One version with the same four names among clients and imposters."""
    extension = VERSIONS[version][1]
    plant(root, [f"{kind}{version}/{photo}.{extension}" for kind in ("Client", "Imposter") for photo in (*TRAIN, *TEST)])
    for name in lists:
        photos, points = (TRAIN if name.endswith("train") else TEST), POINTS if version == "Face" else ""
        lines = "".join(f"{photo}.{extension}{points}\r\n".replace("/", "\\") for photo in photos)
        (root / f"{name}_{version.lower()}.txt").write_bytes(lines.encode("utf-8-sig"))
    return root


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("above", [0, 1, 2])
def test_a_version_by_its_folder_or_the_folders_above(version, above, tmp_path, plant):
    folder, extension = VERSIONS[version]
    root = plant_version(tmp_path / "NUAA" / folder, plant, version)
    table = scan(NUAA, (root, root.parent, tmp_path)[above])
    prefix = ("", f"{folder}/", f"NUAA/{folder}/")[above]
    split = table.set_index("clip")["split"].to_dict()
    assert split == {
        f"{prefix}{kind}{version}/{photo}.{extension}": name
        for kind in ("Client", "Imposter")
        for name, photos in (("train", TRAIN), ("test", TEST))
        for photo in photos
    }


def test_rows_of_equal_names(tmp_path, plant):
    table = scan(NUAA, plant_version(tmp_path, plant)).set_index("clip")
    columns = ["media", "label", "attack", "instrument", "subject", "session"]
    assert table.loc["ClientRaw/0010/0010_01_05_03_115.jpg", columns].tolist() == ["image", "live", "", "", "0010", "03"]
    assert table.loc["ImposterRaw/0010/0010_01_05_03_115.jpg", columns].tolist() == ["image", "attack", "print", "photo", "0010", "03"]


def test_several_versions_at_once_are_told(tmp_path, plant):
    for version, (folder, _) in VERSIONS.items():
        plant_version(tmp_path / folder, plant, version)
    with pytest.raises(UserError, match="raw, Detectedface, NormalizedFace are versions of the same photographs") as told:
        scan(NUAA, tmp_path)
    assert "\n" not in str(told.value)
    assert len(scan(NUAA, tmp_path / "Detectedface")) == 8


def test_client_and_imposter_lists_are_not_mixed(tmp_path, plant):
    plant_version(tmp_path, plant, lists=("client_train", "imposter_test"))
    table = scan(NUAA, tmp_path)
    by_label = table[table["split"] != ""].groupby("label")["split"].unique().map(list).to_dict()
    assert by_label == {"live": ["train"], "attack": ["test"]}


def test_the_official_protocol(tmp_path, plant):
    manifest = scan(NUAA, plant_version(tmp_path, plant))
    table = protocol("nuaa-official", manifest, {}, SAME, dev="none").merge(manifest, on=["dataset", "clip"])
    assert (table["role"] == table["split"]).all()
    assert len(table) == 8


def test_the_seeded_dev_comes_out_of_train(tmp_path, plant):
    manifest = scan(NUAA, plant_version(tmp_path, plant))
    table = protocol("nuaa-official", manifest, {}, SAME).merge(manifest, on=["dataset", "clip"])
    assert table.groupby("role").size().to_dict() == {"train": 2, "dev": 2, "test": 4}
    assert set(table[table["role"] == "dev"]["split"]) == {"train"}


def test_the_protocol_without_lists_is_told(tmp_path, plant):
    manifest = scan(NUAA, plant_version(tmp_path, plant, lists=()))
    assert set(manifest["split"]) == {""}
    with pytest.raises(UserError, match=r"no live image was in client_train_\*\.txt and client_test_\*\.txt") as told:
        protocol("nuaa-official", manifest, {}, SAME)
    assert "\n" not in str(told.value)


def test_the_protocol_with_a_list_missing_is_told(tmp_path, plant):
    manifest = scan(NUAA, plant_version(tmp_path, plant, lists=("client_train", "client_test", "imposter_train")))
    with pytest.raises(UserError, match=r"no attack image was in imposter_test_\*\.txt \("):
        protocol("nuaa-official", manifest, {}, SAME)


@pytest.mark.parametrize("line", ["0001 0001_00_00_01_0.jpg", "ClientRaw/0001/0001_00_00_01_0.jpg", "0001/0001_00_00_01_0.jpg left"])
def test_a_line_that_is_no_path_is_told(line, tmp_path, plant):
    plant_version(tmp_path, plant)
    (tmp_path / "client_train_raw.txt").write_text(line)
    with pytest.raises(UserError, match=f"client_train_raw.txt: not a path of an image: '{line}'"):
        scan(NUAA, tmp_path)


def test_an_image_in_two_lists_is_told(tmp_path, plant):
    plant_version(tmp_path, plant)
    (tmp_path / "client_test_raw.txt").write_text(f"{TRAIN[0]}.jpg\n")
    with pytest.raises(UserError, match=f"{TRAIN[0]} is in the train list and in the test list"):
        scan(NUAA, tmp_path)


def test_extensions_in_any_case_and_other_files(tmp_path, plant):
    plant_version(tmp_path, plant)
    (tmp_path / f"ClientRaw/{TRAIN[0]}.jpg").rename(tmp_path / f"ClientRaw/{TRAIN[0]}.JPG")
    plant(
        tmp_path, ["ClientRaw/0001/Thumbs.db", "ClientRaw/0001/._0001_00_00_01_0.jpg", "ClientRaw/0002/0001_00_00_01_7.jpg", "readme.txt"]
    )
    table = scan(NUAA, tmp_path).set_index("clip")
    assert len(table) == 8
    assert table.loc[f"ClientRaw/{TRAIN[0]}.JPG", "split"] == "train"
