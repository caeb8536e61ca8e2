"""How figures look, and how they are written: the same picture gives the same bytes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from fas.files import write_atomic

# Okabe and Ito's colours, which colour-blind readers can tell apart too.
CURVES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", "-.")
POLICY_MARKERS = {"dev_eer": "o", "source_eval_eer": "s", "test_eer": "D", "fixed": "^"}
POLICY_LINES = {"dev_eer": "-", "source_eval_eer": "-.", "test_eer": ":", "fixed": "--"}
LIVE = "#009E73"
ATTACK = "#D55E00"
SIMULATED = "simulated data"
_LOOK: dict[Any, Any] = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "lines.markersize": 4.5,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}
_DPI = 110
_STRIP = 0.15  # inches


@contextmanager
def look() -> Iterator[None]:
    """The report's look, whatever the user's own matplotlibrc says."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_LOOK)
        yield


def save(figure: Figure, path: Path) -> None:
    """Write a PNG without its maker's name and version."""
    write_atomic(path, lambda temporary: figure.savefig(temporary, format="png", dpi=_DPI, metadata={"Software": None}))


def note_simulated(axes: Axes, simulated: bool) -> None:
    """Say in the picture itself that its data is simulated: pictures are passed on without their page."""
    if simulated:
        axes.set_title(SIMULATED, loc="right", fontsize=7, color="#777777")


def note_simulated_figure(figure: Figure, simulated: bool) -> None:
    """The same for a figure whose axes are not ours: in a strip of its own below them."""
    layout = figure.get_layout_engine()
    if simulated and isinstance(layout, ConstrainedLayoutEngine):
        strip = _STRIP / figure.get_figheight()
        layout.set(rect=(0, strip, 1, 1 - strip))
    if simulated:
        figure.text(0.995, 0.005, SIMULATED, ha="right", va="bottom", fontsize=7, color="#777777")


def slug(*parts: str) -> str:
    """The parts as one plain file name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(part for part in parts if part))
