from pathlib import Path

import numpy as np
import pandas as pd

from fas.clips import Clip
from fas.report.curves import BINS, draw_histogram, histogram, roc_points
from fas.report.gallery import RESIDUAL_GAIN, choose, residual
from fas.report.style import slug
from fas.report.training import draw_history


def clips(scores: list[float], label: str = "live", attack: str = "") -> pd.DataFrame:
    return pd.DataFrame({"role": "test", "label": label, "attack": attack, "score": scores})


def test_histogram_counts_each_class_and_starts_with_live() -> None:
    table = histogram(pd.concat([clips([0, 1], "attack", "cut"), clips([5, 5, np.nan])]))
    assert list(dict.fromkeys(table["class"])) == ["live", "cut"]
    assert table.groupby("class")["clips"].sum().to_dict() == {"live": 2, "cut": 2}
    assert (table["low"].min(), table["high"].max()) == (0, 5)


def test_histogram_of_equal_scores_has_bins_too() -> None:
    table = histogram(clips([3, 3]))
    assert len(table) == BINS
    assert table["clips"].sum() == 2
    assert (table["low"] < table["high"]).all()


def test_nothing_to_draw_draws_nothing(tmp_path: Path) -> None:
    assert not draw_histogram(tmp_path / "a.png", "t", clips([np.nan]), {}, simulated=False)
    assert not draw_history(tmp_path / "b.png", "t", pd.DataFrame({"step": [1], "note": ["x"]}))
    assert list(tmp_path.iterdir()) == []
    assert len(roc_points(clips([1, 2]))) == 0


def test_residual_is_grey_where_nothing_is_missing() -> None:
    face = np.full((8, 8, 3), 100, np.uint8)
    assert (residual(face, np.full((4, 4, 3), 100, np.uint8)) == 128).all()
    assert (residual(face, np.full((4, 4, 3), 90, np.uint8)) == 128 + 10 * RESIDUAL_GAIN).all()
    assert (residual(face, np.full((4, 4, 3), 255, np.uint8)) == 0).all()


def test_gallery_shows_one_clip_of_each_class_that_has_most_to_show() -> None:
    names = ["b.avi", "a.avi", "c.avi", "d.avi", "e.avi"]
    table = pd.DataFrame({"dataset": "s", "clip": names, "label": "live", "attack": "", "instrument": "", "subject": ""})
    table.loc[2:, "label"] = "attack"
    table.loc[2:, "attack"] = ["print", "print", "replay"]
    one, both = {"frames": Path("x")}, {"frames": Path("x"), "flow": Path("x")}
    features = {("s", "a.avi"): one, ("s", "b.avi"): one, ("s", "c.avi"): one, ("s", "d.avi"): both}
    chosen: list[Clip] = choose(table, features, ["flow"])
    assert [clip.clip for clip in chosen] == ["a.avi", "d.avi"]  # by name; more features; the replay has no face


def test_names_of_files_are_plain() -> None:
    assert slug("roc", "a b", "", "é/p-1") == "roc-a-b--p-1"
