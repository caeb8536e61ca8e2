from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fas.report.curves import FLOOR, det_points, deviate, draw_det, draw_roc, roc_points, thinned


def clips(live, attack):
    labels = ["live"] * len(live) + ["attack"] * len(attack)
    classes = [""] * len(live) + ["print"] * len(attack)
    return pd.DataFrame({"label": labels, "attack": classes, "score": [*live, *attack]})


def test_a_curve_takes_both_classes(make):
    assert len(roc_points(make.row(clips([1.0, 2.0], [])))) == 0
    assert len(thinned(roc_points(make.row(clips([], [1.0]))))) == 0


def test_clips_without_a_score_are_rejected(make):
    points = roc_points(make.row(clips([np.nan, 1.0], [0.0, np.nan])))
    assert points["bpcer"].min() == 50
    assert points["apcer_pooled"].max() == 50


@pytest.mark.parametrize("percent", [0.5, 2.3, 31.0, 50.0, 97.7])
def test_deviates_are_symmetric_and_grow(percent):
    low, high = deviate([percent, 100 - percent])
    assert low == pytest.approx(-high)
    assert deviate([percent + 0.1])[0] > low


def test_deviates_are_those_of_the_normal_distribution():
    assert deviate([50.0, 2.27501, 97.72499]) == pytest.approx([0, -2, 2], abs=1e-5)
    assert deviate([0.0, 100.0]) == pytest.approx(deviate([FLOOR, 100 - FLOOR]))


def shapes(points):
    """The curve on each kind of axes, as fractions of the axis."""
    rates = points[["apcer_pooled", "bpcer"]].to_numpy()
    logs = np.log10(np.maximum(rates[:, 0], FLOOR) / FLOOR) / np.log10(100 / FLOOR)
    return {"linear": rates / 100, "log": np.stack([logs, rates[:, 1] / 100], axis=1), "det": deviate(rates) / (2 * deviate([100.0])[0])}


def distance(points, curve):
    """How far each point is from a polyline."""
    start, along = curve[:-1], np.diff(curve, axis=0)
    length = np.maximum((along**2).sum(axis=1), 1e-18)
    share = np.clip(((points[:, None] - start) * along).sum(axis=2) / length, 0, 1)
    return np.linalg.norm(points[:, None] - start - share[..., None] * along, axis=2).min(axis=1)


@settings(max_examples=20)
@given(seed=st.integers(0, 50), size=st.sampled_from([3, 40, 700]))
def test_thinning_moves_the_curve_on_no_axes(make, seed, size):
    random = np.random.default_rng(seed)
    points = roc_points(make.row(clips(random.normal(1, 1, size), random.normal(-1, 1, size))))
    thin = thinned(points)
    assert len(thin) <= len(points)
    assert thin.iloc[0].equals(points.iloc[0])
    assert thin.iloc[-1].equals(points.iloc[-1])
    for name, curve in shapes(thin).items():
        assert distance(shapes(points)[name], curve).max() <= 2 * 0.002, name  # a point kept for one kind of axes may bend another's


def test_thinning_a_long_curve_leaves_little(make):
    random = np.random.default_rng(0)
    points = roc_points(make.row(clips(random.normal(1, 1, 20_000), random.normal(-1, 1, 20_000))))
    assert len(points) > 10_000
    assert len(thinned(points)) < 600


def test_det_points_stand_beside_the_rates(make):
    points = det_points(roc_points(make.row(clips([0.0, 1.0], [0.5, -1.0]))))
    assert points["apcer_deviate"].is_monotonic_decreasing
    assert points["bpcer_deviate"].is_monotonic_increasing
    assert np.isfinite(points.to_numpy()).all()


def test_pictures_are_drawn_without_any_curve(make, tmp_path: Path):
    view = make.view(make.row(clips([1.0], [])))
    draw_roc(tmp_path / "roc.png", view)
    draw_roc(tmp_path / "log.png", view, logarithmic=True)
    draw_det(tmp_path / "det.png", view)
    assert len(list(tmp_path.glob("*.png"))) == 3
