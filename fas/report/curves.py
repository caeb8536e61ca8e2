"""ROC and DET curves of test clips: as pictures, as the tables behind them, and thinned for the page."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.stats import norm

from fas.metrics import roc
from fas.report.style import CURVES, POLICY_MARKERS, STYLES, look, note_simulated, save
from fas.report.views import RowView, View, policy_title

FLOOR = 0.1  # percent: where logarithmic and normal-deviate axes end
DET_TICKS = (0.1, 0.5, 2, 5, 10, 20, 40, 60, 80, 90, 95, 98, 99.5)
_TOLERANCE = 0.002  # of an axis's length: less than a pixel on the page


def roc_points(row: RowView) -> pd.DataFrame:
    """The ROC curve of the test clips: `threshold, apcer_pooled, bpcer` (percent), lowest threshold first; empty without both classes."""
    test = row.test
    live, attack = (test.loc[test["label"] == label, "score"].to_numpy() for label in ("live", "attack"))
    if not len(live) or not len(attack):
        return pd.DataFrame({"threshold": [], "apcer_pooled": [], "bpcer": []})
    return roc(live, attack).rename(columns={"far": "apcer_pooled", "frr": "bpcer"})


def deviate(percent: np.ndarray | Sequence[float]) -> np.ndarray:
    """Normal deviates of error rates in percent, as DET axes have them; rates nearer than `FLOOR` to 0 or 100 count as so near."""
    return norm.ppf(np.clip(percent, FLOOR, 100 - FLOOR) / 100)


def det_points(points: pd.DataFrame) -> pd.DataFrame:
    """`roc_points` with the deviates `apcer_deviate` and `bpcer_deviate`."""
    return points.assign(apcer_deviate=deviate(points["apcer_pooled"]), bpcer_deviate=deviate(points["bpcer"]))


def thinned(points: pd.DataFrame) -> pd.DataFrame:
    """`roc_points` without those that no drawing shows: on linear, logarithmic and DET axes the curve stays where it is."""
    if len(points) < 3:
        return points
    rates = points[["apcer_pooled", "bpcer"]].to_numpy()
    span = 2 * deviate([100.0])[0]
    logarithmic = np.stack([np.log10(np.maximum(rates[:, 0], FLOOR)) / np.log10(100 / FLOOR), rates[:, 1] / 100], axis=1)
    kept = [_outline(drawn) for drawn in (rates / 100, logarithmic, deviate(rates) / span)]
    return points.iloc[np.unique(np.concatenate(kept))]


def _outline(drawn: np.ndarray) -> np.ndarray:
    """The places that a polyline (n,2) needs to stay within the tolerance (Douglas and Peucker)."""
    from skimage.measure import approximate_polygon

    distinct = np.flatnonzero(np.r_[True, (drawn[1:] != drawn[:-1]).any(axis=1)])
    kept = {tuple(point) for point in approximate_polygon(drawn[distinct], _TOLERANCE)}
    return np.array([place for place in distinct if tuple(drawn[place]) in kept])


def draw_roc(path: Path, view: View, logarithmic: bool = False) -> None:
    """ROC curves of a view's rows, with the operating point of each policy; `logarithmic` begins at 0.1 % of the attacks."""
    with _plot(path, view, "ROC") as axes:
        for row, points, style in _curves(view):
            accepted = np.maximum(points["apcer_pooled"], FLOOR) if logarithmic else points["apcer_pooled"]
            axes.plot(accepted, 100 - points["bpcer"], label=f"{row.label} (AUC {row.metrics['auc']:.1f})", **style)
            for policy, marker, (apcer, bpcer) in _operating(row):
                accepted = max(apcer, FLOOR) if logarithmic else apcer
                axes.plot(accepted, 100 - bpcer, marker, color=style["color"], fillstyle=_fill(policy), clip_on=False)
        if logarithmic:
            axes.set(xscale="log", xlim=(FLOOR, 100), ylim=(-1, 101))
            axes.set_xticks([0.1, 1, 10, 100], ["0.1", "1", "10", "100"])
        else:
            axes.plot([0, 100], [100, 0], color="#bbbbbb", linewidth=0.8, linestyle="--", label="equal error rate")
            axes.set(xlim=(-1, 101), ylim=(-1, 101), aspect="equal")
        axes.set(xlabel="attacks accepted (APCER, all attacks), %", ylabel="live accepted (100 - BPCER), %")


def draw_det(path: Path, view: View) -> None:
    """DET curves of a view's rows on normal-deviate axes, with the operating point of each policy."""
    with _plot(path, view, "DET") as axes:
        for row, points, style in _curves(view):
            axes.plot(deviate(points["apcer_pooled"]), deviate(points["bpcer"]), label=row.label, **style)
            for policy, marker, point in _operating(row):
                axes.plot(*deviate(point)[:, None], marker, color=style["color"], fillstyle=_fill(policy), clip_on=False)
        ends = deviate([0.0, 100.0])
        axes.plot(ends, ends, color="#bbbbbb", linewidth=0.8, linestyle="--", label="equal error rate")
        labels = [f"{tick:g}" for tick in DET_TICKS]
        axes.set(xlim=ends, ylim=ends, aspect="equal", xlabel="attacks accepted (APCER, all attacks), %", ylabel="live rejected (BPCER), %")
        axes.set_xticks(deviate(DET_TICKS), labels, fontsize=7)
        axes.set_yticks(deviate(DET_TICKS), labels, fontsize=7)


@contextmanager
def _plot(path: Path, view: View, what: str) -> Iterator[Axes]:
    """A square plot with a view's title above and the legend below, written in the end."""
    with look():
        figure = Figure(figsize=(4.8, 5.4))
        axes = figure.subplots()
        axes.set_title(f"{what}, {view.protocol}", loc="left")
        note_simulated(axes, view.simulated)
        yield axes
        for policy in dict.fromkeys(policy for row in view.scored for policy in row.policies):
            label = f"threshold {policy_title(policy)}"
            axes.plot([], [], _marker(policy), color="#777777", fillstyle=_fill(policy), label=label)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=2, fontsize=7)
        save(figure, path)


def _curves(view: View) -> Iterator[tuple[RowView, pd.DataFrame, dict[str, Any]]]:
    """The rows that have a curve, each with its colour and line style."""
    for number, row in enumerate(view.rows):
        points = roc_points(row)
        if len(points):
            style = STYLES[number // len(CURVES) % len(STYLES)]
            yield row, points, {"color": CURVES[number % len(CURVES)], "linestyle": style}


def _operating(row: RowView) -> Iterator[tuple[str, str, tuple[float, float]]]:
    """Policy, marker, (APCER over all attacks, BPCER) at its threshold."""
    for policy, errors in row.policies.items():
        if errors["apcer_pooled"] is not None and errors["bpcer"] is not None:
            yield policy, _marker(policy), (errors["apcer_pooled"], errors["bpcer"])


def _marker(policy: str) -> str:
    return POLICY_MARKERS[policy.partition(" ")[0]]


def _fill(policy: str) -> str:
    return "none" if policy == "test_eer" else "full"
