"""The table of the faces that cue makers learned from."""

from fas.report.learned import COLUMNS, learned
from fas.report.page import grid

PLAIN = {"cue": "dfg", "params": {"faces": ["sim_faces"]}, "faces": 96}
COUNTS = {"ffhq": {"kept": 60_000, "left_out": 10_000}, "celeba_spoof": {"kept": 70_001, "left_out": 112_384}}
FILTERED = {"cue": "dfg", "params": {"faces": ["ffhq", "celeba_spoof"], "max_yaw": 30.0}, "faces": 130_000, "pose": COUNTS}


def test_a_filter_s_frames_stand_by_dataset_and_together() -> None:
    table = learned({"dfg": FILTERED})
    assert table["dataset"].tolist() == ["ffhq", "celeba_spoof", "ffhq, celeba_spoof"]
    assert table["frames"].tolist() == [70_000, 182_385, 252_385]
    assert table["left out"].tolist() == [10_000, 112_384, 122_384]
    assert table["kept"].tolist() == [60_000, 70_001, 130_001]
    assert table["learned from"].isna().tolist() == [True, True, False]
    assert set(table["turned at most"]) == {"yaw 30°"}
    assert "<td>130001</td><td>130000</td>" in grid(table)  # counts are not rounded


def test_without_a_filter_only_the_faces_are_known() -> None:
    (row,) = learned({"dfg": PLAIN}).to_dict("records")
    assert (row["cue maker"], row["dataset"], row["turned at most"], row["learned from"]) == ("dfg", "sim_faces", "-", 96)
    assert learned({"dfg": PLAIN})[["frames", "left out", "kept"]].isna().all(axis=None)


def test_one_dataset_is_one_row() -> None:
    one = FILTERED | {"params": {"faces": ["ffhq"], "max_yaw": 30, "max_pitch": 22.5}, "pose": {"ffhq": COUNTS["ffhq"]}}
    (row,) = learned({"dfg": one}).to_dict("records")
    assert (row["kept"], row["learned from"], row["turned at most"]) == (60_000, 130_000, "yaw 30°, pitch 22.5°")


def test_no_cue_maker_no_rows() -> None:
    assert learned({}).empty
    assert list(learned({}).columns) == COLUMNS
