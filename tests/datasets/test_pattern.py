"""A pattern in place of a dataset's grammar."""

import re
from pathlib import Path

import pytest

from fas.datasets.manifest import check
from fas.datasets.registry import ADAPTERS, adapter
from fas.datasets.scan import scan
from fas.errors import UserError

PATTERN = r"(?P<subject>\d+)_(?P<label>real|fake)_(?P<attack>print|replay)?_(?P<split>val|train)\.\w+"
CONDITIONS = r"(?P<session>[^/]+)/(?P<label>real|mask)_(?P<subject>\d+)_(?P<device>[^_]+)\.(?i:avi|mp4)"


def test_groups_fill_the_columns_and_the_extension_the_media(tmp_path: Path, plant) -> None:
    plant(tmp_path, ["1_real__train.mp4", "2_fake_print_val.PNG", "3_fake_replay_val.hdf5", "4_real__val.txt", "other.mp4"])
    rows = scan(adapter("siw"), tmp_path, name="mine", pattern=PATTERN)
    told = rows[["clip", "subject", "label", "attack", "split", "media"]].values.tolist()
    assert told == [
        ["1_real__train.mp4", "1", "live", "", "train", "video"],
        ["2_fake_print_val.PNG", "2", "attack", "print", "dev", "image"],
        ["3_fake_replay_val.hdf5", "3", "attack", "replay", "dev", "frames"],
    ]
    assert set(rows["dataset"]) == {"mine"}


def test_a_dataset_with_one_attack_class_needs_no_group_for_it(tmp_path: Path, plant) -> None:
    plant(tmp_path, ["a/wax/1.jpg", "a/real/1.jpg"])
    rows = scan(adapter("wffd"), tmp_path, pattern=r"a/(?P<label>real|wax)/\d+\.jpg")
    assert rows["attack"].tolist() == ["", "wax"]


def test_its_groups_fill_the_columns(tmp_path, plant):
    names = ["day/mask_07_c920.avi", "night/real_07_phone.MP4", "night/real_07.txt", "V1/s1/01_01_01.mp4"]
    table = scan(ADAPTERS["hkbu_mars"], plant(tmp_path, names), pattern=CONDITIONS)
    check(table, "hkbu_mars")
    columns = ["dataset", "clip", "media", "label", "attack", "subject", "session", "device", "split"]
    assert table[columns].to_numpy().tolist() == [
        ["hkbu_mars", names[0], "video", "attack", "mask_rigid", "07", "day", "c920", ""],
        ["hkbu_mars", names[1], "video", "live", "", "07", "night", "phone", ""],
    ]


def test_splits_and_attack_classes_of_any_dataset(tmp_path, plant):
    plant(tmp_path, ["our/VAL/live/anna.jpg", "our/train/spoof-cut/ben.png"])
    pattern = r"(?P<split>\w+)/(?P<label>live|spoof)(?:-(?P<attack>\w+))?/(?P<subject>\w+)\.(?:jpg|png)"
    table = scan(ADAPTERS["siw"], tmp_path, "ours", pattern)
    assert table[["media", "split", "label", "attack", "subject"]].to_numpy().tolist() == [
        ["image", "dev", "live", "", "anna"],
        ["image", "train", "attack", "cut", "ben"],
    ]


@pytest.mark.parametrize(
    "pattern, told",
    [
        ("(?P<label>real", r"missing \), unterminated subpattern"),
        ("a|(?i)(?P<label>real)", "global flags"),
        (r"(?P<person>\d)/(?P<label>real)", r"unknown group 'person' \(there is: label, subject"),
        ("(?P<wrapper>x)/(?P<label>real)", "redefinition of group name|unknown group 'wrapper'"),
        (r"(?P<subject>\d+)\.avi", "no group 'label'"),
        (r"(a|b)/(?P<label>real)", "a group without a name"),
    ],
)
def test_a_bad_one_is_told_in_one_line(pattern, told, tmp_path):
    with pytest.raises(UserError, match=f"^pattern '{re.escape(pattern)}': .*(?:{told})") as error:
        scan(ADAPTERS["hkbu_mars"], tmp_path, pattern=pattern)
    assert "\n" not in str(error.value)


def test_several_attack_classes_need_their_group(tmp_path):
    with pytest.raises(UserError, match="no group 'attack'"):
        scan(ADAPTERS["siw"], tmp_path, pattern=r"(?P<label>.*)\.avi")


@pytest.mark.parametrize(
    "name, told",
    [
        ("x_7/train/wax/a.avi", "label 'x_7' is none of live, real"),
        ("real_mask/train/wax/a.avi", "label 'real_mask' says attack and live"),
        ("mask/someday/wax/a.avi", "split 'someday' is none of train"),
        ("mask/train/hologram/a.avi", "attack class 'hologram' is none of print"),
    ],
)
def test_values_that_there_are_not_are_told(name, told, tmp_path, plant):
    with pytest.raises(UserError, match=f"{name}: {told}"):
        scan(ADAPTERS["hkbu_mars"], plant(tmp_path, [name]), pattern=r"(?P<label>[^/]+)/(?P<split>[^/]+)/(?P<attack>[^/]+)/a\.avi")


def test_no_match_is_told(tmp_path, plant):
    with pytest.raises(UserError, match=r"no hkbu_mars here \(nothing like the pattern"):
        scan(ADAPTERS["hkbu_mars"], plant(tmp_path, ["s1/01_01_01.mp4"]), pattern=CONDITIONS)
