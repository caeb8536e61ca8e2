"""Pictures of flow: strips along a clip, horizontal and vertical displacement, and what a trained network makes of it."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fas.clips import FRAMES, Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.methods.adversarial_flow.errors import reconstructed
from fas.methods.adversarial_flow.groups import finer, tested
from fas.methods.adversarial_flow.patches import images, maps_of
from fas.methods.adversarial_flow.reference import FILE, LiveReference
from fas.methods.adversarial_flow.score import trained
from fas.methods.base import FigureRun
from fas.sampling import evenly

SHOWN = 7  # maps of a clip, as in the paper's figures
CLIPS = 6
INCHES = 1.05
RED = np.array([255, 0, 0])


def examples(run: FigureRun) -> list[Clip]:
    """One test clip with maps of each kind of capture (class and support), live first; at most `CLIPS`."""
    found: dict[str, Clip] = {}
    for clip in tested(run):
        if len(maps_of(clip, run.params)[0]):
            found.setdefault(finer(clip), clip)
    return [found[name] for name in sorted(found, key=lambda name: (name != "live", name))][:CLIPS]


def draw_strips(clips: Sequence[Clip], run: FigureRun) -> Figure:
    """A line per clip: a face, its flow in colour, and of the middle map the horizontal and the vertical displacement (grey: none)."""
    scale = LiveReference.load(run.model / FILE).calibration.scale
    figure, grid = _grid(len(clips), SHOWN + 3)
    for line, clip in zip(grid, clips, strict=True):
        flow = maps_of(clip, run.params)[1]
        shown = flow[evenly(len(flow), SHOWN)]
        line[0].set_ylabel(finer(clip).replace(" ", "\n"), fontsize=8)
        if clip.has(FRAMES) and "aligned" in (arrays := clip.read(FRAMES)):
            line[0].imshow(arrays["aligned"][0])
        for axes, picture in zip(line[1:], images(shown, run.params, scale), strict=False):
            axes.imshow(picture)
        span = scale or float(np.abs(shown).max()) or 1.0
        for axes, part in zip(line[-2:], shown[len(shown) // 2].astype(np.float32), strict=True):
            axes.imshow(part, cmap="gray", vmin=-span, vmax=span)
    for axes, title in zip(grid[0], ["face", "flow", *[""] * (SHOWN - 1), "u", "v"], strict=True):
        axes.set_title(title, fontsize=7)
    return figure


def draw_reconstructions(clips: Sequence[Clip], run: FigureRun, runtime: Runtime) -> Figure:
    """Three lines per clip: what the networks see of its frames, the reconstruction, and where they differ, in red."""
    device = prepare(runtime)
    built, live = trained(run.model, run.params, device)
    figure, grid = _grid(3 * len(clips), SHOWN)
    figure.suptitle(run.label, fontsize=8)
    for number, clip in enumerate(clips):
        maps = maps_of(clip, run.params)[1]
        shown = images(maps[evenly(len(maps), SHOWN)], run.params, live.calibration.scale)
        made = reconstructed(built, shown)
        height, width = made.shape[1:3]
        shown = shown[:, :height, :width]
        for row, (what, pictures) in enumerate((("input", shown), ("made", made), ("differs", marked(shown, made)))):
            line = grid[3 * number + row]
            line[0].set_ylabel(f"{finer(clip)}\n{what}", fontsize=6)
            for axes, picture in zip(line, pictures, strict=False):
                axes.imshow(picture)
    return figure


def marked(shown: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Where two sets of pictures (F,h,w,3) uint8 differ: white where they do not, red where the mean absolute difference is a quarter of
    the range or more."""
    difference = np.abs(shown.astype(np.float32) - made).mean(axis=-1, keepdims=True)
    share = np.minimum(difference / 64, 1)
    return np.rint((1 - share) * 255 + share * RED).astype(np.uint8)


def _grid(lines: int, columns: int) -> tuple[Figure, list[list[Axes]]]:
    figure = Figure(figsize=(0.6 + INCHES * columns, 0.3 + INCHES * lines), layout="constrained")
    grid = figure.subplots(lines, columns, squeeze=False)
    for axes in grid.ravel():
        axes.set(xticks=[], yticks=[])
        axes.grid(False)
        axes.spines[:].set_visible(False)
    return figure, [list(line) for line in grid]
