import numpy as np
import pandas as pd

from fas.report.histograms import BINS, draw_histogram, histogram


def clips(scores, label="live", attack=""):
    return pd.DataFrame({"label": label, "attack": attack, "score": scores})


def test_each_class_is_counted_live_first(make):
    table = histogram(make.row(pd.concat([clips([0, 1], "attack", "cut"), clips([5, 5, np.nan])], ignore_index=True)))
    assert list(dict.fromkeys(table["class"])) == ["live", "cut"]
    assert table.groupby("class")["clips"].sum().to_dict() == {"live": 2, "cut": 2}
    assert (table["low"].min(), table["high"].max()) == (0, 5)


def test_only_test_clips_are_counted(make):
    assert histogram(make.row(clips([1, 2]).assign(role=["test", "dev"])))["clips"].sum() == 1


def test_equal_scores_have_bins_too(make):
    table = histogram(make.row(clips([3, 3])))
    assert len(table) == BINS
    assert table["clips"].sum() == 2
    assert (table["low"] < table["high"]).all()


def test_no_score_no_picture(make, tmp_path):
    row = make.row(clips([np.nan]))
    assert not draw_histogram(tmp_path / "a.png", make.view(row), row)
    assert list(tmp_path.iterdir()) == []
