"""LGSC's own figure: what the cue looks like with resized and with patched input, and with the auxiliary classifier on the cue
and on the overlaid image (paper 002, fig. 3)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import fill

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fas.clips import FRAMES, Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.methods.base import Drawn, FigureRun
from fas.methods.lgsc.params import LgscParams
from fas.methods.lgsc.patches import ARRAYS, covering, face_crops, normalised, resized
from fas.methods.lgsc.score import trained
from fas.sampling import evenly, read_arrays

COMPARED = ("resized", "full", "auxiliary_cue")  # from left to right
FACES = 5
HEADING = "Spoof cues by input and by the auxiliary classifier's input (figure 3 of the paper)"
INCHES = 1.25


@dataclass(frozen=True)
class Column:
    """A picture per face: (h,w,3) uint8 of what a network sees, or (h,w) float32 of its cue's magnitude."""

    title: str
    pictures: list[np.ndarray]


def figures(runs: Sequence[FigureRun], runtime: Runtime) -> Iterator[Drawn]:
    """Figure 3: the same test faces as rows, for each of the variants `resized`, `full` and `auxiliary_cue` what it sees and its cue.

    Nothing is drawn unless two of them are there and share test clips of a live face or an attack.
    """
    first = {run.variant: run for run in reversed(runs)}
    compared = [first[name] for name in COMPARED if name in first]
    faces = shared_faces(compared) if len(compared) > 1 else []
    if faces:
        yield Drawn(HEADING, "cues", draw(faces, columns(compared, faces, runtime)), people=True)


def shared_faces(runs: Sequence[FigureRun]) -> list[Clip]:
    """One test clip of each class that all runs have, live first, the first by name; at most `FACES`."""
    tests = [{(clip.dataset, clip.clip): clip for clip, role in run.clips if role == "test"} for run in runs]
    shared = sorted(set.intersection(*(set(clips) for clips in tests)))
    chosen: dict[str, Clip] = {}
    for pair in shared:
        clip = tests[0][pair]
        chosen.setdefault("" if clip.live else clip.attack, clip)
    return [chosen[name] for name in sorted(chosen)][:FACES]


def columns(runs: Sequence[FigureRun], faces: Sequence[Clip], runtime: Runtime) -> list[Column]:
    """What each run sees, once for all that see the same, and the cue that it draws there."""
    found: list[Column] = []
    seen: set[tuple[str, int]] = set()
    for run in runs:
        inputs = [_input(clip, run.params) for clip in faces]
        kind = (run.params.input, run.params.patch)
        if kind not in seen:
            found.append(Column("resized input" if run.params.input == "resized" else "patched input", inputs))
            seen.add(kind)
        found.append(Column("cue of\n" + fill(run.label, 20), _cues(run, inputs, runtime)))
    return found


def _input(clip: Clip, params: LgscParams) -> np.ndarray:
    """The resized crop or the centre patch of the clip's middle frame, (P,P,3) uint8."""
    arrays = read_arrays(clip, FRAMES, ARRAYS)
    crop = face_crops(clip, arrays, params)[evenly(len(arrays["frame"]), 1)[0]]
    if params.input == "resized":
        return resized(crop, params.patch)
    crop = covering(crop, params.patch)
    top, left = ((side - params.patch) // 2 for side in crop.shape[:2])
    return crop[top : top + params.patch, left : left + params.patch]


@torch.inference_mode()
def _cues(run: FigureRun, inputs: Sequence[np.ndarray], runtime: Runtime) -> list[np.ndarray]:
    """The cue's magnitude, its mean over the channels, for each input: (P,P) float32 in [0, 1]."""
    device = prepare(runtime)
    generator = trained(run.model, run.params, device)["generator"]
    images = torch.from_numpy(np.stack([normalised(one) for one in inputs]))
    return [generator(image[None].to(device))[0].abs().mean(dim=1)[0].cpu().numpy() for image in images]


def draw(faces: Sequence[Clip], shown: Sequence[Column]) -> Figure:
    """A line per face, a column each; all cues on one scale, and below each its mean, the spoof score of what stands beside it."""
    figure = Figure(figsize=(0.5 + INCHES * len(shown), 0.5 + 1.15 * INCHES * len(faces)), layout="constrained")
    grid = figure.subplots(len(faces), len(shown), squeeze=False)
    top = max(float(picture.max()) for column in shown for picture in column.pictures if picture.ndim == 2)
    for line, clip in enumerate(faces):
        grid[line, 0].set_ylabel(clip.attack or "live", fontsize=8)
        for axes, column in zip(grid[line], shown, strict=True):
            _panel(axes, column.pictures[line], top)
    for axes, column in zip(grid[0], shown, strict=True):
        axes.set_title(column.title, fontsize=7)
    figure.suptitle(f"cues: black is 0, white is {top:.2g}; below each its mean", fontsize=7)
    return figure


def _panel(axes: Axes, picture: np.ndarray, top: float) -> None:
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set_visible(False)
    if picture.ndim == 3:
        axes.imshow(picture)
    else:
        axes.imshow(picture, cmap="gray", vmin=0, vmax=top or 1.0)
        axes.set_xlabel(f"{picture.mean():.3f}", fontsize=7)
