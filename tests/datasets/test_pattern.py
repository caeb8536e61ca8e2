"""A pattern in place of a dataset's grammar."""

from pathlib import Path

import pytest

from fas.datasets.registry import adapter
from fas.datasets.scan import scan
from fas.errors import UserError

PATTERN = r"(?P<subject>\d+)_(?P<label>real|fake)_(?P<attack>print|replay)?_(?P<split>val|train)\.\w+"


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


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("(", "pattern '\\('"),
        (r"(?P<label>real)", "no group 'attack'"),
        (r"(?P<attack>print)", "no group 'label'"),
        (r"(?P<label>real)(?P<attack>x)(?P<wax>y)", "unknown group 'wax'"),
        (r"(?P<label>real)(?P<attack>x)(y)", "a group without a name"),
    ],
)
def test_a_wrong_pattern_is_one_line(tmp_path: Path, pattern: str, told: str) -> None:
    with pytest.raises(UserError, match=told) as error:
        scan(adapter("siw"), tmp_path, pattern=pattern)
    assert "\n" not in str(error.value)


def test_an_unknown_attack_class_is_told_with_its_file(tmp_path: Path, plant) -> None:
    plant(tmp_path, ["fake_mask/1.mp4"])
    with pytest.raises(UserError, match=r"fake_mask/1\.mp4: attack class 'mask' is none of"):
        scan(adapter("siw"), tmp_path, pattern=r"(?P<label>fake)_(?P<attack>mask)/.+")


def test_a_pattern_that_fits_nothing_is_told(tmp_path: Path, plant) -> None:
    plant(tmp_path, ["a.mp4"])
    with pytest.raises(UserError, match="nothing like the pattern"):
        scan(adapter("siw"), tmp_path, pattern=PATTERN)
