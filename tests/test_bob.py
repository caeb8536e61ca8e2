"""bob's score files: what is read from each kind, and that ours come back as they were."""

import numpy as np
import pandas as pd
import pytest

from fas.bob import is_bob, read_bob, write_bob
from fas.errors import UserError
from fas.scores import COLUMNS, to_clips

HEADER = "claimed_id,test_label,is_bonafide,attack_type,score"


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def scores(frames=False):
    rows = [
        {
            "dataset": dataset,
            "clip": f"{role}/a,{number}.mp4",
            "subject": person,
            "label": label,
            "attack": attack,
            "role": role,
            "score": score,
        }
        for dataset in ("m", "c")
        for role in ("test", "dev", "source_eval", "train")
        for number, (person, label, attack, score) in enumerate(
            [("007", "live", "", 0.1 + 0.2), ("007", "attack", "print", -1e-17), ("", "live", "", np.nan), ("NA", "attack", "wax", 1 / 3)]
        )
    ]
    table = pd.DataFrame(rows).assign(instrument="highdef", score_cue=np.arange(len(rows), dtype=float))[[*COLUMNS, "score_cue"]]
    if frames:
        table = pd.concat([table.assign(frame=0), table.assign(frame=7, score=table["score"] + 1)], ignore_index=True)
    return table


@pytest.mark.parametrize("frames", [False, True])
def test_what_is_written_comes_back(tmp_path, frames):
    table = scores(frames)
    written = write_bob(tmp_path, table)
    assert [path.name for path in written] == ["scores-train.csv", "scores-dev.csv", "scores-eval.csv", "scores-source_eval.csv"]
    back = pd.concat([read_bob(path) for path in written])
    pd.testing.assert_frame_equal(to_clips(back), to_clips(table), check_dtype=False, check_exact=True)


def test_what_is_written_is_what_bob_reads(tmp_path):
    """bob takes the score with float(), so an empty field will not do, and is_bonafide by its lower case."""
    write_bob(tmp_path, scores())
    table = pd.read_csv(tmp_path / "scores-eval.csv", dtype=str, keep_default_na=False)
    assert list(table.columns[:5]) == HEADER.split(",")
    assert [float(score) for score in table["score"]] == pytest.approx([0.3, 0, np.nan, 1 / 3] * 2, nan_ok=True)
    assert table["is_bonafide"].tolist() == ["True", "False"] * 4
    assert table["attack_type"].tolist() == ["", "print", "", "wax"] * 2
    first = (tmp_path / "scores-eval.csv").read_bytes()
    write_bob(tmp_path, scores().sample(frac=1, random_state=0))
    assert (tmp_path / "scores-eval.csv").read_bytes() == first


def test_bob_s_own_csv(tmp_path):
    """Without dataset and role: of the dataset bob, and of the role it is read for. Other metadata is left alone."""
    lines = ["001,real/1.mov,true,,0.9,phone", "001,print/1.mov,False,print,nan,phone", "002,mask.mov,FALSE,mask/2,-.5,webcam"]
    table = read_bob(write(tmp_path / "scores-dev.csv", HEADER + ",device", *lines), role="dev")
    assert list(table.columns) == list(COLUMNS)
    assert table["subject"].tolist() == ["001", "001", "002"]
    assert table["clip"].tolist() == ["real/1.mov", "print/1.mov", "mask.mov"]
    assert table["label"].tolist() == ["live", "attack", "attack"]
    assert table["attack"].tolist() == ["", "print", "mask/2"]
    np.testing.assert_array_equal(table["score"], [0.9, np.nan, -0.5])
    assert set(table["role"]) == {"dev"}
    assert set(table["dataset"]) == {"bob"}


def test_frames_of_a_video(tmp_path):
    lines = ["1,v_0,True,,0.2,0,v", "1,v_5,True,,0.4,5,v", "1,w_0,False,print,nan,0,w"]
    table = read_bob(write(tmp_path / "s.csv", HEADER + ",frame_id,video_key", *lines))
    assert table["frame"].tolist() == [0, 5, 0]
    np.testing.assert_allclose(to_clips(table)["score"], [0.3, np.nan])


def test_several_scores_of_a_clip_are_its_frames(tmp_path):
    clips = to_clips(read_bob(write(tmp_path / "s.csv", HEADER, "1,v,True,,0.2", "1,v,True,,0.4", "1,w,False,print,1")))
    np.testing.assert_allclose(clips["score"], [0.3, 1])


@pytest.mark.parametrize("model_label", ["", "m1 "])
def test_text_of_four_and_of_five_columns(tmp_path, model_label):
    lines = [f"001 {model_label}001 real/1 0.75", "", "# a remark", f"001 {model_label}print print/1 -1e-3", f"2 {model_label}replay r nan"]
    table = read_bob(write(tmp_path / "scores-eval", *lines))
    assert table["subject"].tolist() == ["001", "001", "2"]
    assert table["label"].tolist() == ["live", "attack", "attack"]
    assert table["attack"].tolist() == ["", "print", "replay"]
    assert table["clip"].tolist() == ["real/1", "print/1", "r"]
    np.testing.assert_array_equal(table["score"], [0.75, -0.001, np.nan])
    assert set(table["role"]) == {"test"}


def test_bob_s_files_are_told_from_ours(tmp_path):
    scores().to_csv(tmp_path / "ours.csv", index=False)
    (tmp_path / "empty.csv").touch()
    assert not is_bob(tmp_path / "ours.csv")
    assert not is_bob(tmp_path / "empty.csv")
    assert not is_bob(tmp_path / "scores.parquet")
    assert is_bob(write(tmp_path / "bob.csv", "\ufeff" + HEADER))
    assert is_bob(tmp_path / "scores-eval.txt")


@pytest.mark.parametrize(
    ("name", "lines", "told"),
    [
        ("s.csv", [HEADER, "1,a,yes,,1"], "a: is_bonafide is 'yes', not True or False"),
        ("s.csv", [HEADER, "1,a,True,,high"], "a: the score 'high' is not a number"),
        ("s.csv", [HEADER, "1,a,True,,"], "a: the score '' is not a number"),
        ("s.csv", [HEADER, "1,a,False,,1"], "an attack without its class"),
        ("s.csv", [HEADER, "1,a,True,,1", "1,a,False,print,1"], "its frames differ"),
        ("s.csv", [HEADER + ",role", "1,a,True,,1,eval"], "role is none of"),
        ("s.csv", [HEADER.replace(",attack_type", ""), "1,a,True,1"], "column missing: attack_type"),
        ("s.txt", ["1 1 a 0.5", "1 1 a"], "line 2: .* 4 or 5 columns, not 3"),
        ("s.txt", ["1 1 a high"], "a: the score 'high' is not a number"),
    ],
)
def test_bad_files_are_told_in_one_line(tmp_path, name, lines, told):
    with pytest.raises(UserError, match=told) as error:
        read_bob(write(tmp_path / name, *lines))
    assert "\n" not in str(error.value)


def test_no_text_is_told(tmp_path):
    (tmp_path / "s.bin").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(UserError, match="not a readable table"):
        read_bob(tmp_path / "s.bin")
    with pytest.raises(UserError, match="no such file"):
        read_bob(tmp_path / "none.txt")
