"""ROC curves and score histograms, as pictures and as the tables behind them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fas.metrics import auc, roc
from fas.report.style import ATTACK, CURVES, LIVE, look, note_simulated, save

BINS = 24
_STYLES = ("-", "--", "-.")
_LINES = {"dev_eer": "-", "source_eval_eer": "-.", "test_eer": ":"}


def roc_points(clips: pd.DataFrame) -> pd.DataFrame:
    """The ROC curve of the test clips: `threshold, apcer_pooled, bpcer` (percent), lowest threshold first; empty without both classes."""
    live, attack = _by_class(clips)
    if not len(live) or not len(attack):
        return pd.DataFrame({"threshold": [], "apcer_pooled": [], "bpcer": []})
    return roc(live, attack).rename(columns={"far": "apcer_pooled", "frr": "bpcer"})


def draw_roc(path: Path, protocol: str, rows: Sequence[tuple[str, pd.DataFrame]], simulated: bool) -> None:
    """ROC curves of several rows (label, clip scores) on the test clips of one protocol."""
    with look():
        figure = Figure(figsize=(4.6, 4.4))
        axes = figure.subplots()
        axes.plot([0, 100], [100, 0], color="#bbbbbb", linewidth=0.8, linestyle="--", label="equal error rate")
        for number, (label, clips) in enumerate(rows):
            points = roc_points(clips)
            if len(points):
                axes.plot(
                    points["apcer_pooled"],
                    100 - points["bpcer"],
                    color=CURVES[number % len(CURVES)],
                    linestyle=_STYLES[number // len(CURVES) % len(_STYLES)],
                    label=f"{label} (AUC {auc(*_by_class(clips)):.1f})",
                )
        axes.set(xlim=(-1, 101), ylim=(-1, 101), aspect="equal", xlabel="attacks accepted, %", ylabel="live accepted, %")
        axes.set_title(protocol, loc="left")
        note_simulated(axes, simulated)
        axes.legend(loc="lower right", fontsize=7)
        save(figure, path)


def histogram(clips: pd.DataFrame) -> pd.DataFrame:
    """Test clips by class (`live` or the attack class) and score: `class, low, high, clips`. Clips without a score are not in it."""
    scored = _scored(clips)
    edges = _edges(scored["score"].to_numpy())
    rows = []
    for name in _classes(scored):
        counts, _ = np.histogram(scored.loc[scored["class"] == name, "score"], edges)
        rows += [(name, low, high, int(count)) for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)]
    return pd.DataFrame(rows, columns=["class", "low", "high", "clips"])


def draw_histogram(path: Path, title: str, clips: pd.DataFrame, thresholds: dict[str, float | None], simulated: bool) -> bool:
    """One histogram per class, below each other over a common score axis, with the thresholds that decide.

    Returns False where no test clip has a score; then there is no picture.
    """
    table = histogram(clips)
    classes = list(dict.fromkeys(table["class"]))
    if not classes:
        return False
    with look():
        figure = Figure(figsize=(4.6, 0.8 + 0.8 * len(classes)))
        grid = figure.subplots(len(classes), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
        for axes, name in zip(grid, classes, strict=True):
            part = table[table["class"] == name]
            colour = LIVE if name == "live" else ATTACK
            axes.bar(part["low"], part["clips"], part["high"] - part["low"], align="edge", color=colour, edgecolor="white", linewidth=0.4)
            axes.set_ylabel(name, rotation=0, ha="right", va="center")
            axes.yaxis.set_major_locator(MaxNLocator(nbins=2, integer=True, min_n_ticks=1))
            for policy, threshold in thresholds.items():
                if threshold is not None:
                    axes.axvline(threshold, color="black", linewidth=1, linestyle=_LINES.get(policy, "-"), label=f"threshold {policy}")
        grid[0].set_title(title, loc="left")
        note_simulated(grid[0], simulated)
        grid[-1].xaxis.set_major_locator(MaxNLocator(nbins=6))  # more would run into each other: scores have long numbers
        grid[-1].set_xlabel("score of a test clip (higher = more live)")
        handles, labels = grid[0].get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="outside lower center", ncols=len(handles), fontsize=7)
        save(figure, path)
    return True


def _by_class(clips: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    test = clips[clips["role"] == "test"]
    live = test["label"] == "live"
    return test.loc[live, "score"].to_numpy(), test.loc[~live, "score"].to_numpy()


def _scored(clips: pd.DataFrame) -> pd.DataFrame:
    test = clips[(clips["role"] == "test") & clips["score"].notna()]
    return test.assign(**{"class": test["attack"].where(test["label"] == "attack", "live")})


def _classes(scored: pd.DataFrame) -> list[str]:
    names = sorted(set(scored["class"]))
    return [name for name in ("live",) if name in names] + [name for name in names if name != "live"]


def _edges(scores: np.ndarray) -> np.ndarray:
    """`BINS` bins over the scores' range; a range of no width gets one."""
    if not len(scores):
        return np.linspace(0, 1, BINS + 1)
    low, high = scores.min(), scores.max()
    return np.linspace(low, high, BINS + 1) if high > low else np.linspace(low - 0.5, high + 0.5, BINS + 1)
