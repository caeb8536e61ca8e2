"""FFHQ: one size of it, the last 10,000 photographs for validation."""

import pytest

from fas.datasets.registry import ADAPTERS
from fas.datasets.scan import scan
from fas.errors import UserError

FFHQ = ADAPTERS["ffhq"]
BIG, SMALL, WILD = "images1024x1024", "thumbnails128x128", "in-the-wild-images"


def names(size, *indices):
    return [f"{size}/{index // 1000 * 1000:05d}/{index:05d}.png" for index in indices]


def test_splits(tmp_path, plant):
    table = scan(FFHQ, plant(tmp_path, names(BIG, 0, 999, 1000, 59_999, 60_000, 69_999)))
    assert table["split"].tolist() == ["train"] * 4 + ["dev"] * 2
    assert set(table["label"]) == {"live"}
    assert set(table["subject"]) == {""}
    assert set(table["media"]) == {"image"}


@pytest.mark.parametrize(("there", "listed"), [((BIG, SMALL, WILD), BIG), ((SMALL, WILD), SMALL), ((WILD,), WILD), ((BIG, WILD), BIG)])
def test_one_size_is_listed(there, listed, tmp_path, plant):
    for size in there:
        plant(tmp_path / "ffhq", names(size, 1, 2))
    assert scan(FFHQ, tmp_path)["clip"].tolist() == [f"ffhq/{name}" for name in names(listed, 1, 2)]


def test_other_files_are_no_captures(tmp_path, plant):
    kept = [*names(BIG, 1), f"{BIG}/00000/00002.PNG"]
    others = [f"{BIG}/01000/00001.png", f"{BIG}/00000/._00003.png", f"{BIG}/00000/3.png", f"{BIG}/70000/70000.png", f"{BIG}/LICENSE.txt"]
    assert scan(FFHQ, plant(tmp_path, [*kept, *others, "ffhq-dataset-v2.json"]))["clip"].tolist() == kept


def test_an_empty_size_does_not_hide_another(tmp_path, plant):
    plant(tmp_path, [f"{BIG}/LICENSE.txt", *names(SMALL, 1)])
    assert scan(FFHQ, tmp_path)["clip"].tolist() == names(SMALL, 1)


def test_two_copies_are_told(tmp_path, plant):
    with pytest.raises(UserError, match="two copies of one capture"):
        scan(FFHQ, plant(tmp_path, [*names(BIG, 1), *(f"copy/{name}" for name in names(BIG, 1))]))
