"""CelebA-Spoof: the label file decides, not the folder."""

import json

import pytest

from fas.datasets.registry import ADAPTERS
from fas.datasets.scan import scan
from fas.errors import UserError

CELEBA = ADAPTERS["celeba_spoof"]
LIVE = (0, 0, 0, 0)
TYPES = {
    1: ("print", "photo"),
    2: ("print", "poster"),
    3: ("print", "a4"),
    4: ("mask_paper", "face_mask"),
    5: ("mask_paper", "upper_body_mask"),
    6: ("mask_paper", "region_mask"),
    7: ("replay", "pc"),
    8: ("replay", "pad"),
    9: ("replay", "phone"),
    10: ("mask_rigid", "3d_mask"),
}


def write(root, split, lines):
    path = root / f"metas/intra_test/{split}_label.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({image: [1] * 40 + list(codes) for image, codes in lines.items()}))


@pytest.fixture
def copy(plant):
    def plant_copy(root, train, test=None):
        """Every listed image with its box, and the label files."""
        for split, lines in (("train", train), ("test", test or {})):
            plant(root, [name for image in lines for name in (image, image[:-4] + "_BB.txt")])
            write(root, split, lines)
        return root

    return plant_copy


def test_spoof_types(copy, tmp_path):
    lines = {f"Data/test/5028/spoof/{kind:06d}.png": (kind, 1, 1, 1) for kind in TYPES}
    table = scan(CELEBA, copy(tmp_path, {"Data/train/1/live/000184.png": LIVE}, lines))
    attacks = table[table["split"] == "test"]
    assert list(zip(attacks["attack"], attacks["instrument"], strict=True)) == [TYPES[kind] for kind in sorted(TYPES)]
    assert table[table["split"] == "train"][["label", "attack", "instrument", "session", "light"]].to_numpy().tolist() == [
        ["live", *[""] * 4]
    ]


def test_row(copy, tmp_path):
    (row,) = scan(CELEBA, copy(tmp_path, {"Data/train/77/spoof/004046.jpg": (9, 3, 2, 1)})).to_dict("records")
    expected = {"label": "attack", "subject": "77", "split": "train", "session": "outdoor", "light": "back", "media": "image"}
    assert expected.items() <= row.items()


def test_the_label_file_beats_the_folder(copy, tmp_path):
    lines = {
        "Data/train/1/live/000001.png": (1, 1, 1, 1),
        "Data/train/1/spoof/000002.png": LIVE,
        "Data/train/1/spoof/000003.png": (0, 2, 1, 1),
    }
    table = scan(CELEBA, copy(tmp_path, lines))
    assert table[["label", "attack", "instrument"]].to_numpy().tolist() == [
        ["attack", "print", "photo"],
        ["live", "", ""],
        ["attack", "other", ""],
    ]


def test_what_is_not_listed_is_no_capture(copy, plant, tmp_path):
    kept = "Data/train/1/live/000184.png"
    copy(tmp_path, {kept: LIVE})
    plant(tmp_path, ["Data/train/1/live/000185.png", "Data/train/1/live/._000184.png", "Data/train/1/live/184.png"])
    plant(tmp_path, ["Data/train-2/1/live/000184.png", "Data/train/1/000184.png"])
    assert scan(CELEBA, tmp_path)["clip"].tolist() == [kept]


def test_train_2_is_ignored_even_where_it_is_listed(copy, tmp_path):
    kept = "Data/train/1/live/000184.png"
    assert scan(CELEBA, copy(tmp_path, {kept: LIVE, "Data/train-2/1/live/000184.png": LIVE}))["clip"].tolist() == [kept]


def test_a_wrapper_folder_and_upper_case(copy, plant, tmp_path):
    copy(tmp_path / "CelebA_Spoof", {"Data/train/1/live/000184.png": LIVE, "Data/train/1/live/000190.JPG": LIVE})
    (tmp_path / "CelebA_Spoof/Data/train/1/live/000184.png").rename(tmp_path / "CelebA_Spoof/Data/train/1/live/000184.PNG")
    clips = ["CelebA_Spoof/Data/train/1/live/000184.PNG", "CelebA_Spoof/Data/train/1/live/000190.JPG"]
    assert scan(CELEBA, tmp_path)["clip"].tolist() == clips


def test_a_missing_label_file_is_told(copy, plant, tmp_path):
    copy(tmp_path, {"Data/train/1/live/000184.png": LIVE})
    (tmp_path / "metas/intra_test/test_label.json").unlink()
    assert len(scan(CELEBA, tmp_path)) == 1  # nothing of the test is there
    plant(tmp_path, ["Data/test/5028/live/000001.png"])
    with pytest.raises(UserError, match=r"Data/test/5028/live/000001.png: no label file metas/intra_test/test_label.json"):
        scan(CELEBA, tmp_path)


@pytest.mark.parametrize(
    "codes", [(0, 0, 0), (11, 1, 1, 1), (1, 5, 1, 1), (1, 1, 3, 1), (1, 1, 1, 2), (-1, 1, 1, 1), ("1", 1, 1, 1), (1.0, 1, 1, 1)]
)
def test_bad_codes_are_told(codes, copy, tmp_path):
    with pytest.raises(UserError, match=r"train_label.json: Data/train/1/live/000184.png: not 44 codes"):
        scan(CELEBA, copy(tmp_path, {"Data/train/1/live/000184.png": codes}))


@pytest.mark.parametrize("text", ["{", "[]", "\x80"])
def test_a_broken_label_file_is_told(text, copy, tmp_path):
    copy(tmp_path, {"Data/train/1/live/000184.png": LIVE})
    (tmp_path / "metas/intra_test/train_label.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError, match=r"train_label.json: not a "):
        scan(CELEBA, tmp_path)
