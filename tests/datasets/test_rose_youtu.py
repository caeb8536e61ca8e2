"""Rose-Youtu in both of its layouts."""

from itertools import product

import pytest

from fas.datasets.registry import ADAPTERS
from fas.datasets.scan import scan
from fas.errors import UserError

ROSE = ADAPTERS["rose_youtu"]
TRAIN = (2, 3, 4, 5, 6, 7, 9, 10, 11, 12)
TEST = (13, 14, 15, 16, 17, 18, 20, 21, 22, 23)
ATTACKS = {"Ps": "print", "Pq": "print", "Vl": "replay", "Vm": "replay", "Mc": "cut", "Mu": "cut", "Ml": "cut", "Mf": "mask_paper"}


def videos(person):
    for kind, speech, camera in product(("G", *ATTACKS), ("T", "NT"), ("5s", "HS", "HW", "IP", "ZTE")):
        yield f"{kind}_{speech}_{camera}_wg_E_{person}_1.mp4"


@pytest.fixture
def flat(tmp_path, plant):
    return plant(tmp_path / "flat", (f"{person}/{video}" for person in TRAIN + TEST for video in videos(person)))


def test_the_people_make_the_split(flat):
    table = scan(ROSE, flat)
    assert table.groupby(["split", "label"]).size().to_dict() == {
        (split, label): number for split in ("train", "test") for label, number in (("live", 100), ("attack", 800))
    }
    assert {split: set(rows["subject"].astype(int)) for split, rows in table.groupby("split")} == {"train": set(TRAIN), "test": set(TEST)}


def test_attacks_keep_their_code(flat):
    table = scan(ROSE, flat)
    attacks = table[table["label"] == "attack"]
    assert dict(zip(attacks["instrument"], attacks["attack"], strict=True)) == ATTACKS
    assert (table[table["label"] == "live"][["attack", "instrument"]] == "").all(axis=None)


def test_row(tmp_path, plant):
    (row,) = scan(ROSE, plant(tmp_path, ["23/Mu_NT_ZTE_g_E_23_14.mp4"])).to_dict("records")
    expected = {"attack": "cut", "instrument": "Mu", "subject": "23", "split": "test", "session": "NT", "device": "ZTE", "media": "video"}
    assert expected.items() <= row.items()


def test_folders_of_the_split_layout_say_nothing(tmp_path, plant):
    # Person 13 is of the test by rule, wherever a copy keeps them.
    names = ["test/_2/G_T_5s_g_E_2_1.mp4", "train/13/G_T_5s_g_E_13_1.mp4", "train/_3/G_T_5s_g_E_3_1.MP4"]
    table = scan(ROSE, plant(tmp_path, names))
    assert table["clip"].tolist() == sorted(names)
    assert table["split"].tolist() == ["train", "test", "train"]
    assert table["subject"].tolist() == ["2", "13", "3"]


def test_both_layouts_in_a_wrapper_folder_say_the_same(tmp_path, plant):
    flat = scan(ROSE, plant(tmp_path / "a", ["rose/2/G_T_5s_g_E_2_1.mp4"]))
    split = scan(ROSE, plant(tmp_path / "b", ["rose/train/_2/G_T_5s_g_E_2_1.mp4"]))
    assert flat.drop(columns=["clip", "content"]).equals(split.drop(columns=["clip", "content"]))


def test_other_files_are_no_captures(tmp_path, plant):
    kept = "2/G_T_5s_g_E_2_1.mp4"
    others = [
        "2/G_T_5s_g_E_3_1.mp4",  # another person's name
        "12/G_T_5s_g_E_2_1.mp4",
        "2/X_T_5s_g_E_2_1.mp4",
        "2/._G_T_5s_g_E_2_2.mp4",
        "2/G_T_5s_g_E_2_1.txt",
        "2/Up/G_T_5s_g_E_2_2.mp4",
    ]
    assert scan(ROSE, plant(tmp_path, [kept, *others]))["clip"].tolist() == [kept]


def test_people_outside_of_the_public_part_have_no_split(tmp_path, plant):
    assert scan(ROSE, plant(tmp_path, ["8/G_T_5s_g_E_8_1.mp4"]))["split"].tolist() == [""]


@pytest.mark.parametrize("other", ["copy/2", "train/_2", "train/2", "_2"])
def test_two_copies_are_told(other, tmp_path, plant):
    with pytest.raises(UserError, match=r"two copies of one capture: \S+ and \S+"):
        scan(ROSE, plant(tmp_path, ["2/G_T_5s_g_E_2_1.mp4", f"{other}/G_T_5s_g_E_2_1.mp4"]))


def test_split_folders_of_links_are_no_second_copy(tmp_path, plant):
    plant(tmp_path, ["2/G_T_5s_g_E_2_1.mp4"])
    (tmp_path / "train").mkdir()
    (tmp_path / "train/_2").symlink_to(tmp_path / "2")
    assert scan(ROSE, tmp_path)["clip"].tolist() == ["2/G_T_5s_g_E_2_1.mp4"]
