"""Training histories: every quantity of a run's or a cue maker's history.csv over its steps."""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from fas.report.style import CURVES, look, save

_PER_ROW = 4
_SMOOTH = 20  # the moving average spans one twentieth of the training
_LONG = {"step", "name", "value"}


def quantities(history: pd.DataFrame) -> dict[str, pd.Series]:
    """Name -> values over the steps (the index) of all that can be drawn.

    A history is either wide, its first column the step and each other numeric column a quantity, or long: columns `step`, `name` and
    `value`, and others that tell several trainings apart.
    """
    if set(history.columns) >= _LONG:
        keys = [column for column in history.columns if column not in _LONG] + ["name"]
        parts = history.groupby(keys, sort=False)
        found = {" ".join(map(str, key)): pd.Series(part["value"].to_numpy(), part["step"]) for key, part in parts}
    else:
        numbers = [name for name in history.columns if pd.api.types.is_numeric_dtype(history[name])]
        steps = history.columns[0]
        found = {name: pd.Series(history[name].to_numpy(), history[steps]) for name in numbers if name != steps and steps in numbers}
    return {name: values.dropna() for name, values in found.items() if values.notna().any()}


def smoothed(values: pd.Series) -> pd.Series:
    """The moving average."""
    return values.rolling(max(1, len(values) // _SMOOTH), center=True, min_periods=1).mean()


def draw_history(path: Path, title: str, history: pd.DataFrame) -> bool:
    """One panel per quantity: the values, and their moving average.

    Returns False where there is none; then there is no picture.
    """
    found = quantities(history)
    if not found:
        return False
    lines = -(-len(found) // _PER_ROW)
    width = min(len(found), _PER_ROW)
    with look():
        figure = Figure(figsize=(0.4 + 2.3 * width, 0.5 + 1.6 * lines))
        grid = figure.subplots(lines, width, squeeze=False).ravel()
        for axes, (name, values) in zip(grid, found.items(), strict=False):
            axes.plot(values.index, values, color=CURVES[0], linewidth=0.7, alpha=0.35)
            axes.plot(values.index, smoothed(values), color=CURVES[0])
            axes.set_title(name, loc="left", fontsize=8)
            axes.tick_params(labelsize=7)
        for axes in grid[len(found) :]:
            axes.set_visible(False)
        figure.suptitle(title, fontsize=9, x=0.01, ha="left")
        figure.supxlabel("step", fontsize=8)
        save(figure, path)
    return True
