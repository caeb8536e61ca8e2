"""Score histograms by class: live, and each class of attack."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from fas.report.style import ATTACK, LIVE, POLICY_LINES, look, note_simulated, save
from fas.report.views import RowView, View, policy_title

BINS = 24


def histogram(row: RowView) -> pd.DataFrame:
    """Test clips by class (`live` or the attack class) and score: `class, low, high, clips`. Clips without a score are not in it."""
    scored = row.test[row.test["score"].notna()]
    edges = _edges(scored["score"].to_numpy())
    rows = []
    for name in classes(scored):
        counts, _ = np.histogram(scored.loc[scored["class"] == name, "score"], edges)
        rows += [(name, low, high, int(count)) for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)]
    return pd.DataFrame(rows, columns=["class", "low", "high", "clips"])


def classes(clips: pd.DataFrame) -> list[str]:
    """The values of `class`, live first, then by name."""
    return sorted(set(clips["class"]), key=lambda name: (name != "live", name))


def draw_histogram(path: Path, view: View, row: RowView) -> bool:
    """One histogram per class, below each other over a common score axis, with the thresholds that decide.

    Returns False where no test clip has a score; then there is no picture.
    """
    table = histogram(row)
    names = list(dict.fromkeys(table["class"]))
    if not names:
        return False
    with look():
        figure = Figure(figsize=(4.6, 0.8 + 0.8 * len(names)))
        grid = figure.subplots(len(names), 1, sharex=True, sharey=True, squeeze=False)[:, 0]
        for axes, name in zip(grid, names, strict=True):
            part = table[table["class"] == name]
            colour = LIVE if name == "live" else ATTACK
            axes.bar(part["low"], part["clips"], part["high"] - part["low"], align="edge", color=colour, edgecolor="white", linewidth=0.4)
            axes.set_ylabel(name, rotation=0, ha="right", va="center")
            axes.yaxis.set_major_locator(MaxNLocator(nbins=2, integer=True, min_n_ticks=1))
            for policy, threshold in row.thresholds.items():
                style = POLICY_LINES[policy.partition(" ")[0]]
                axes.axvline(threshold, color="black", linewidth=1, linestyle=style, label=f"threshold {policy_title(policy)}")
        grid[0].set_title(f"{row.label}, {view.protocol}", loc="left")
        note_simulated(grid[0], view.simulated)
        grid[-1].xaxis.set_major_locator(MaxNLocator(nbins=6))  # more would run into each other: scores have long numbers
        grid[-1].set_xlabel("score of a test clip (higher = more live)")
        handles, labels = grid[0].get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="outside lower center", ncols=len(handles), fontsize=7)
        save(figure, path)
    return True


def _edges(scores: np.ndarray) -> np.ndarray:
    """`BINS` bins over the scores' range; a range of no width gets one."""
    if not len(scores):
        return np.linspace(0, 1, BINS + 1)
    low, high = scores.min(), scores.max()
    return np.linspace(low, high, BINS + 1) if high > low else np.linspace(low - 0.5, high + 0.5, BINS + 1)
