"""From side files to the table beside the manifest, and from the table to a capture's hints."""

import json

import numpy as np
import pandas as pd
import pytest

from fas.datasets.boxes import COLUMNS, Boxes, boxes_path, scan_boxes, write_boxes
from fas.datasets.registry import ADAPTERS
from fas.errors import UserError

REAL = "train/real/client001_session01_webcam_authenticate_adverse_1"
PRINT = "devel/attack/hand/attack_print_client003_session01_highdef_photo_adverse"
ENROLL = "enroll/test/client009_session01_webcam_enroll_adverse"


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def found(name, root, **options):
    """(clip, frame) -> box."""
    table = scan_boxes(ADAPTERS[name], root, **options)
    assert tuple(table.columns) == COLUMNS
    return {(row.clip, row.frame): [row.x1, row.y1, row.x2, row.y2] for row in table.itertuples()}


@pytest.mark.parametrize(
    ("name", "clip", "side", "text", "box"),
    [
        ("msu_mfsd", "scene01/real/real_client002_laptop_SD_scene01.MOV", ".face", "4,10,20,110,140,40,60,80,60", [10, 20, 110, 140]),
        ("casia_fasd", "train_release/1/HR_1.avi", ".face", "4 10 20 100 120", [10, 20, 110, 140]),
        ("siw", "Test/live/153/153-2-1-1-2.m.mov", ".face", "\n\n\n\n10 20 110 140", [10, 20, 110, 140]),
        ("siw", "Train/live/003/003-1-1-1-1.mov", ".FACE", "\n\n\n\n10 20 110 140", [10, 20, 110, 140]),
        ("oulu_npu", "Dev_files/6_3_21_5.avi", ".txt", "4,40,60,80,60", [6, 18, 114, 126]),
    ],
)
@pytest.mark.parametrize("wrapper", ["", "Wrapper v1.0/"])
def test_a_side_file_lies_beside_its_video(tmp_path, name, clip, side, text, box, wrapper):
    clip = wrapper + clip
    write(tmp_path, {clip: "", clip.rpartition(".")[0] + side: text, wrapper + "other.face": "no numbers", wrapper + "Readme.txt": "text"})
    assert found(name, tmp_path) == {(clip, 4): box}


@pytest.mark.parametrize("split_folder", [False, True])
def test_replay_s_boxes_have_a_tree_of_their_own(tmp_path, split_folder):
    stems = (REAL, PRINT, ENROLL)
    clips = [f"replayattack-{stem.partition('/')[0]}/{stem}.mov" if split_folder else f"{stem}.mov" for stem in stems]
    write(tmp_path, dict.fromkeys(clips, ""))
    write(tmp_path, {f"face-locations/{stem}.face": f"0 {row} 20 30 40" for row, stem in enumerate(stems)})
    assert found("replay_attack", tmp_path) == {(clip, 0): [row, 20, row + 30, 60] for row, clip in enumerate(clips)}


def test_celeba_s_boxes_are_shares_and_one_file_is_empty(tmp_path):
    images = ("Data/train/3329/spoof/004046.png", "Data/train/1/live/000184.png", "Data/train/1/live/000185.png")
    labels = {images[0]: [0] * 40 + [1, 1, 1, 1], images[1]: [0] * 44, images[2]: [0] * 44}
    sides = {"Data/train/3329/spoof/004046_BB.txt": "", "Data/train/1/live/000184_BB.txt": "-28 56 112 168 0.99\n"}
    write(tmp_path, dict.fromkeys(images, "") | sides | {"metas/intra_test/train_label.json": json.dumps(labels)})
    table = scan_boxes(ADAPTERS["celeba_spoof"], tmp_path)
    assert table.to_dict("records") == [
        {"dataset": "celeba_spoof", "clip": images[1], "frame": 0, "x1": -0.125, "y1": 0.25, "x2": 0.375, "y2": 1.0, "unit": "share"}
    ]


def test_captures_under_a_pattern_of_the_user_s_keep_their_side_files(tmp_path):
    write(tmp_path, {"a_live_1.mp4": "", "a_live_1.face": "1 2 3 4"})
    pattern = r"(?P<subject>a)_(?P<label>live|spoof)_(?P<attack>\d)\.mp4"
    assert found("siw", tmp_path, pattern=pattern) == {("a_live_1.mp4", 0): [1, 2, 3, 4]}


def test_a_copy_without_side_files_has_no_boxes(tmp_path):
    write(tmp_path, {"train_release/1/1.avi": ""})
    table = scan_boxes(ADAPTERS["casia_fasd"], tmp_path)
    assert (len(table), tuple(table.columns)) == (0, COLUMNS)
    write_boxes(tmp_path / "c.boxes.parquet", table)
    assert Boxes.read(tmp_path / "c.boxes.parquet", "casia_fasd").hints("train_release/1/1.avi") is None


def test_what_cannot_be_taken_is_told(tmp_path):
    write(tmp_path, {"train_release/1/1.avi": "", "train_release/1/1.face": "0 1 2 3"})
    with pytest.raises(UserError, match=r"train_release/1/1\.face line 1: not the numbers 'frame x y w h': '0 1 2 3'"):
        scan_boxes(ADAPTERS["casia_fasd"], tmp_path)
    write(tmp_path, {"train_release/1/1.FACE": ""})
    with pytest.raises(UserError, match=r"two side files of one capture: train_release/1/1\.FACE and train_release/1/1\.face"):
        scan_boxes(ADAPTERS["casia_fasd"], tmp_path)
    with pytest.raises(UserError, match="wmca: no side files with face boxes"):
        scan_boxes(ADAPTERS["wmca"], tmp_path)


@pytest.fixture
def casia(tmp_path):
    clips = [f"train_release/{person}/{video}" for person in (10, 2, 1) for video in ("HR_1", "1", "2")]
    write(tmp_path, {f"{clip}.avi": "" for clip in clips})
    return write(tmp_path, {f"{clip}.face": f"3 {row} 2 33 44\n1 {row} 1 30 40\n" for row, clip in enumerate(clips)})


def test_the_same_folder_gives_the_same_bytes_sorted(casia):
    tables = [scan_boxes(ADAPTERS["casia_fasd"], casia, "ours") for _ in range(2)]
    for number, table in enumerate(tables):
        write_boxes(casia / f"{number}.parquet", table)
    assert (casia / "0.parquet").read_bytes() == (casia / "1.parquet").read_bytes()
    rows = list(zip(tables[0]["clip"], tables[0]["frame"], strict=True))
    assert rows == sorted(rows)
    assert len(rows) == 18
    assert set(tables[0]["dataset"]) == {"ours"}
    assert tables[0].dtypes.astype(str).to_dict() | {"dataset": "", "clip": "", "unit": ""} == dict.fromkeys(COLUMNS, "") | {
        "frame": "int32"
    } | dict.fromkeys(("x1", "y1", "x2", "y2"), "float32")


def test_a_capture_s_hints_are_its_rows_in_any_order(casia):
    table = scan_boxes(ADAPTERS["casia_fasd"], casia)
    write_boxes(boxes_path(casia / "casia.csv"), table.sample(frac=1, random_state=0))
    there = Boxes.read(casia / "casia.boxes.parquet", "casia_fasd")
    for clip, rows in table.groupby("clip"):
        hints = there.hints(clip)
        assert hints.unit == "pixel"
        assert np.array_equal(hints.frames, rows["frame"])
        assert np.array_equal(hints.boxes, rows[["x1", "y1", "x2", "y2"]])
    assert there.hints("train_release/1/3.avi") is None
    assert there.inputs("train_release/1/3.avi") == Boxes().inputs("x.avi") == {}


def test_what_a_result_depends_on_is_the_capture_s_own_boxes(casia):
    table = scan_boxes(ADAPTERS["casia_fasd"], casia)
    first, other = table["clip"].iloc[[0, -1]]
    before, same = Boxes(table), Boxes(table[table["clip"] == first])
    changed = Boxes(table.assign(x1=table["x1"].where(table["clip"] != other, table["x1"] + 1)))
    assert before.inputs(first) == same.inputs(first) == changed.inputs(first) != {}
    assert before.inputs(other) != changed.inputs(other)
    assert len({Boxes(table.assign(**change)).inputs(first)["hints"] for change in ({}, {"unit": "share"}, {"frame": 0})}) == 3


@pytest.mark.parametrize(
    ("change", "told"),
    [({"dataset": "other"}, "dataset 'other' is none of casia_fasd"), ({"unit": "inch"}, "unit 'inch' is none of pixel, share")],
)
def test_a_table_of_something_else_is_told(casia, change, told):
    write_boxes(casia / "x.parquet", scan_boxes(ADAPTERS["casia_fasd"], casia).assign(**change))
    with pytest.raises(UserError, match=rf"x\.parquet: {told}"):
        Boxes.read(casia / "x.parquet", "casia_fasd")


def test_a_table_without_a_column_is_told(tmp_path):
    pd.DataFrame({"dataset": ["c"]}).to_parquet(tmp_path / "x.parquet")
    with pytest.raises(UserError, match=r"x\.parquet: column missing: clip, frame"):
        Boxes.read(tmp_path / "x.parquet", "c")


@pytest.mark.parametrize(("column", "value"), [("frame", "first"), ("x2", float("nan")), ("y1", float("inf"))])
def test_a_box_that_is_not_made_of_numbers_is_told(tmp_path, column, value):
    row = {"dataset": "d", "clip": "a.mov", "frame": 0, "x1": 1.0, "y1": 2.0, "x2": 3.0, "y2": 4.0, "unit": "pixel"}
    path = tmp_path / "d.boxes.parquet"
    write_boxes(path, pd.DataFrame([row | {column: value}]))
    with pytest.raises(UserError, match=f"{path}: column {column} holds something that is not a number"):
        Boxes.read(path, "d")
