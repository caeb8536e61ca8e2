import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fas.datasets.manifest import COLUMNS, read_manifest, read_manifests, write_manifest
from fas.errors import UserError

ROW = dict.fromkeys(COLUMNS, "") | {
    "dataset": "office",
    "clip": "a.mp4",
    "media": "video",
    "label": "live",
    "subject": "007",
    "content": "0",
}


def table(*rows):
    return pd.DataFrame([ROW | row for row in rows], columns=list(COLUMNS))


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_what_was_written_is_read(tmp_path, suffix):
    rows = table({"clip": "b, 'é'.mp4"}, {"clip": "a.mp4", "subject": "012"})
    write_manifest(tmp_path / f"m{suffix}", rows)
    read = read_manifest(tmp_path / f"m{suffix}")
    assert read.to_dict("records") == rows.iloc[::-1].to_dict("records")


@settings(deadline=None, max_examples=20)
@given(st.permutations(["a", "B", "c/d", "c-d", "10", "9"]))
def test_rows_are_sorted_by_clip_whatever_their_order(tmp_path_factory, clips):
    folder = tmp_path_factory.mktemp("m")
    write_manifest(folder / "m.csv", table(*({"clip": clip} for clip in clips)))
    assert read_manifest(folder / "m.csv")["clip"].tolist() == sorted(clips)


def test_more_columns_are_welcome(tmp_path):
    table({}).assign(note="x").to_csv(tmp_path / "m.csv", index=False)
    assert tuple(read_manifest(tmp_path / "m.csv").columns) == COLUMNS


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"media": "film"}, "media is none of video, image, frames"),
        ({"label": "real"}, "label is none of live, attack"),
        ({"split": "devel"}, "split is none of train, dev, test"),
        ({"label": "attack"}, "an attack without its class"),
        ({"label": "attack", "attack": "hologram"}, "attack is none of print"),
        ({"attack": "print"}, "live, but with a class"),
        ({"clip": ""}, "row 1: clip is empty"),
        ({"dataset": ""}, "row 1: dataset is empty"),
    ],
)
def test_bad_values_are_told_in_one_line(tmp_path, change, told):
    table(change).to_csv(tmp_path / "m.csv", index=False)
    with pytest.raises(UserError, match=told) as error:
        read_manifest(tmp_path / "m.csv")
    assert str(tmp_path / "m.csv") in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_column_is_told(tmp_path):
    table({}).drop(columns=["split"]).to_csv(tmp_path / "m.csv", index=False)
    with pytest.raises(UserError, match="column missing: split"):
        read_manifest(tmp_path / "m.csv")


def test_a_clip_listed_twice_is_told(tmp_path):
    table({}, {}).to_csv(tmp_path / "m.csv", index=False)
    with pytest.raises(UserError, match=r"office a\.mp4: the clip is listed twice"):
        read_manifest(tmp_path / "m.csv")
    with pytest.raises(UserError, match="listed twice"):
        write_manifest(tmp_path / "n.csv", table({}, {}))


def test_several_manifests_must_not_share_a_clip(tmp_path):
    write_manifest(tmp_path / "1.csv", table({}))
    write_manifest(tmp_path / "2.csv", table({"dataset": "door"}))
    assert len(read_manifests([tmp_path / "1.csv", tmp_path / "2.csv"])) == 2
    with pytest.raises(UserError, match="listed twice"):
        read_manifests([tmp_path / "1.csv", tmp_path / "1.csv"])
