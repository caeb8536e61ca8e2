"""Training histories: every column of a run's history.csv over its steps."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from fas.report.style import CURVES, look, save

_PER_ROW = 4
_SMOOTH = 20  # the moving average spans one twentieth of the training


def columns(history: pd.DataFrame) -> list[str]:
    """The columns that can be drawn: numbers, and not the first, which is the step."""
    return [name for name in history.columns[1:] if pd.api.types.is_numeric_dtype(history[name]) and history[name].notna().any()]


def smoothed(values: pd.Series) -> pd.Series:
    """The moving average."""
    return values.rolling(max(1, len(values) // _SMOOTH), center=True, min_periods=1).mean()


def draw_history(path: Path, title: str, history: pd.DataFrame) -> bool:
    """One panel per numeric column after the first (the step): the values, and their moving average.

    Returns False where there is no such column; then there is no picture.
    """
    names = columns(history)
    if not names:
        return False
    lines = -(-len(names) // _PER_ROW)
    width = min(len(names), _PER_ROW)
    with look():
        figure = Figure(figsize=(0.4 + 2.3 * width, 0.5 + 1.6 * lines))
        grid = figure.subplots(lines, width, squeeze=False).ravel()
        steps = history[history.columns[0]]
        for axes, name in zip(grid, names, strict=False):
            values = history[name]
            axes.plot(steps, values, color=CURVES[0], linewidth=0.7, alpha=0.35)
            axes.plot(steps, smoothed(values), color=CURVES[0])
            axes.set_title(name, loc="left", fontsize=8)
            axes.tick_params(labelsize=7)
        for axes in grid[len(names) :]:
            axes.set_visible(False)
        figure.suptitle(title, fontsize=9, x=0.01, ha="left")
        figure.supxlabel(str(history.columns[0]), fontsize=8)
        save(figure, path)
    return True
