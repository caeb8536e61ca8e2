import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fas.errors import UserError
from fas.scores import COLUMNS, check, read_scores, to_clips

ROW = {"dataset": "m", "clip": "a.mp4", "subject": "1", "label": "live", "attack": "", "instrument": "", "role": "test", "score": 0.5}
QUICK = settings(deadline=None, max_examples=30)
ATTACK = {"label": "attack", "attack": "print"}


def table(*rows):
    return pd.DataFrame([ROW | row for row in rows])


def write(path, *rows):
    table(*rows).to_csv(path, index=False)
    return path


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_file_is_read_as_it_is(tmp_path, suffix):
    rows = table({"subject": "007"}, {"clip": "b.mp4", "score": np.nan, **ATTACK})
    path = tmp_path / f"s{suffix}"
    rows.to_csv(path, index=False) if suffix == ".csv" else rows.to_parquet(path)
    pd.testing.assert_frame_equal(read_scores(path), rows, check_dtype=False)


def test_whole_numbers_and_empty_columns_are_scores(tmp_path):
    assert read_scores(write(tmp_path / "s.csv", {"score": 1})).score.tolist() == [1.0]
    assert np.isnan(read_scores(write(tmp_path / "s.csv", {"score": None})).score).all()


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_told(tmp_path, column):
    table({}).drop(columns=[column]).to_csv(tmp_path / "s.csv", index=False)
    with pytest.raises(UserError, match=f"column missing: {column}"):
        read_scores(tmp_path / "s.csv")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"score": "high"}], "column score holds something that is not a number"),
        ([{"label": "real"}], "m a.mp4: label is none of live, attack"),
        ([{"role": "devel"}], "role is none of train, dev, test, source_eval"),
        ([{"label": "attack"}], "an attack without its class"),
        ([{}, {}], "the clip is listed twice"),
        ([{"frame": 1}, {"frame": 1}], "a frame is listed twice"),
        ([{"frame": 1}, {"frame": 2, "role": "dev"}], "its frames differ"),
        ([{"frame": 1}, {"frame": 2, "subject": "2"}], "its frames differ"),
    ],
)
def test_bad_scores_are_told_in_one_line(tmp_path, rows, told):
    with pytest.raises(UserError, match=told) as error:
        read_scores(write(tmp_path / "s.csv", *rows))
    assert "\n" not in str(error.value)


def test_a_file_that_is_none_is_told(tmp_path):
    (tmp_path / "s.csv").write_text("")
    (tmp_path / "s.txt").write_text("a")
    (tmp_path / "s.parquet").write_text("no parquet")
    for name in ("s.csv", "s.txt", "s.parquet", "none.csv"):
        with pytest.raises(UserError):
            read_scores(tmp_path / name)


def test_a_clip_is_the_mean_of_its_finite_frames():
    rows = [
        {"clip": "b", "frame": 0, "score": 0.2},
        {"clip": "b", "frame": 9, "score": np.nan},
        {"clip": "b", "frame": 3, "score": 0.6},
        {"clip": "a", "frame": 0, "score": np.nan},
        {"clip": "c", "frame": 0, "score": np.inf},
    ]
    clips = to_clips(table(*rows))
    assert clips["clip"].tolist() == ["a", "b", "c"]
    np.testing.assert_allclose(clips["score"], [np.nan, 0.4, np.nan])
    assert list(clips.columns) == list(COLUMNS)


def test_other_scores_are_averaged_too():
    rows = [{"frame": 0, "score_cue": 1.0}, {"frame": 1, "score_cue": 2.0}, {"frame": 2, "score_cue": np.nan}]
    assert to_clips(table(*rows))["score_cue"].tolist() == [1.5]


@QUICK
@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(-1e6, 1e6) | st.just(np.nan)), min_size=1, max_size=20), st.randoms())
def test_the_order_of_rows_does_not_matter(values, random):
    rows = [{"clip": clip, "frame": number, "score": score} for number, (clip, score) in enumerate(values)]
    shuffled = random.sample(rows, len(rows))
    pd.testing.assert_frame_equal(to_clips(table(*rows)), to_clips(table(*shuffled)))


@QUICK
@given(st.lists(st.floats(-1e6, 1e6) | st.just(np.nan), min_size=1, max_size=20))
def test_clips_are_their_own_clips(values):
    clips = to_clips(table(*({"clip": f"{number:02d}", "score": score} for number, score in enumerate(values))))
    np.testing.assert_array_equal(clips["score"], values)
    pd.testing.assert_frame_equal(to_clips(clips), clips)


def test_the_same_clip_name_in_two_datasets_is_two_clips():
    rows = table({}, {"dataset": "c", "score": 0.1})
    check(rows, "scores")
    assert to_clips(rows)["score"].tolist() == [0.1, 0.5]


def test_no_rows_give_no_clips():
    assert to_clips(table({}).iloc[:0]).empty
