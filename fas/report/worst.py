"""The clips that a method gets most wrong: the live clips with the lowest scores and the attacks with the highest."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fas.clips import FRAMES, Clip
from fas.report.panels import face
from fas.report.sources import Pair
from fas.report.style import ATTACK, LIVE, look, note_simulated_figure, save
from fas.report.views import RowView, View

_PER_LINE = 6
_TALL = 1.3  # a line's height in widths of a face: two lines of text and the face
_GAP = 0.03


def worst(row: RowView, count: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The `count` live test clips with the lowest scores and attacks with the highest, the worst first, ties by name; clips without a
    score are in neither."""
    scored = row.test[row.test["score"].notna()].sort_values(["dataset", "clip"])
    live, attacks = (scored[scored["label"] == label] for label in ("live", "attack"))
    lowest = live.sort_values("score", kind="stable").head(count)
    highest = attacks.sort_values("score", ascending=False, kind="stable").head(count)
    return lowest.reset_index(drop=True), highest.reset_index(drop=True)


def draw_worst(path: Path, view: View, row: RowView, clips: Mapping[Pair, Clip], count: int) -> bool:
    """A contact sheet of the faces of `worst`, live clips above, attacks below, each with its class and score.

    Returns False where there is no face to show; then there is no picture.
    """
    groups = [_faces(table, clips) for table in worst(row, count)]
    lines = [-(-len(group) // _PER_LINE) for group in groups]
    if not sum(lines):
        return False
    with look():
        figure = Figure(figsize=(0.3 + 1.2 * _PER_LINE, 0.9 + 1.45 * sum(lines)))
        axes = figure.subplots()
        axes.set(xlim=(0, _PER_LINE), ylim=(sum(lines) * _TALL, 0), aspect="equal")
        axes.set_axis_off()
        for group, colour, start in zip(groups, (LIVE, ATTACK), (0, lines[0]), strict=True):
            for place, (picture, text) in enumerate(group):
                line, column = divmod(place, _PER_LINE)
                _show(axes, picture, text, colour, (column, (start + line) * _TALL))
        figure.suptitle(f"{row.label}, {view.protocol}: lowest live, highest attacks", fontsize=9)
        note_simulated_figure(figure, view.simulated)
        save(figure, path)
    return True


def _faces(table: pd.DataFrame, clips: Mapping[Pair, Clip]) -> list[tuple[np.ndarray, str]]:
    shown: Sequence[dict] = table.to_dict("records")
    found = [(clips.get((one["dataset"], one["clip"])), f"{one['class']}\n{one['score']:.3g}") for one in shown]
    return [(face(clip), text) for clip, text in found if clip is not None and clip.has(FRAMES)]


def _show(axes: Axes, picture: np.ndarray, text: str, colour: str, corner: tuple[float, float]) -> None:
    """A face below its text, in the unit of columns: a sheet is one pair of axes, since many cost a second each to lay out."""
    left, top = corner
    axes.imshow(picture, extent=(left + _GAP, left + 1 - _GAP, top + _TALL - _GAP, top + _TALL - 1 + _GAP), aspect="equal", clip_on=False)
    axes.text(left + 0.5, top + _TALL - 1, text, fontsize=7, color=colour, ha="center", va="bottom")
