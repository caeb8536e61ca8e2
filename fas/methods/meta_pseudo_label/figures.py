"""The paper's figures: where the RGB branch sees an attack (7 and 8), and the scores within and between databases (9)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fas.clips import FRAMES, Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.methods.base import Drawn, FigureRun
from fas.methods.meta_pseudo_label.heat import attack_map, patch_map, tiled_attack_map
from fas.methods.meta_pseudo_label.pools import VIEW
from fas.methods.meta_pseudo_label.score import trained
from fas.sampling import evenly, read_arrays
from fas.scores import read_scores, to_clips

FACES = 5
INCHES = 1.35
BINS = np.linspace(0, 1, 21)
COLOURS = {"live": "#009E73", "attack": "#D55E00"}  # of Okabe and Ito
INTRA = ("source_eval", "dev")  # the first of these roles that is there is `within`
FACES_OF = ("source_eval", "test")  # figure 7, figure 8
HEAT = "Where the RGB branch sees an attack (paper 004, figures 7 and 8)"
SCORES = "Scores within and between databases (paper 004, figure 9)"


@dataclass(frozen=True)
class Column:
    """What stands beside each face: maps (S,S) float32, on a scale from 0 to `top`."""

    title: str
    maps: list[np.ndarray]
    top: float


def figures(runs: Sequence[FigureRun], runtime: Runtime) -> Iterator[Drawn]:
    """Of every run figure 9, where it has scores, and, where it has an RGB branch, figure 8 of its test clips and, between databases,
    figure 7 of the source's evaluation clips.

    Raises:
        UserError: a run's model does not fit its parameters.
    """
    for run in runs:
        for role in FACES_OF if run.params.mode != "none" else ():
            if faces := shown(run, role):
                figure = draw_heat(f"{run.label}, {role}", faces, columns(run, faces, runtime))
                yield Drawn(HEAT, f"heat-{role}-{run.variant}", figure, people=True)
        if (run.model / "scores.parquet").is_file():
            scores = to_clips(read_scores(run.model / "scores.parquet"))
            yield Drawn(SCORES, f"scores-{run.variant}", draw_scores(run.label, scores), people=False)


def shown(run: FigureRun, role: str) -> list[tuple[Clip, np.ndarray]]:
    """One clip of each class in a role, live first, the first by name, with the aligned face of its middle frame; at most `FACES`."""
    chosen: dict[str, Clip] = {}
    for clip, its in sorted(run.clips, key=lambda one: (one[0].dataset, one[0].clip)):
        if its == role:
            chosen.setdefault("" if clip.live else clip.attack, clip)
    clips = [chosen[name] for name in sorted(chosen)][:FACES]
    return [(clip, _middle(read_arrays(clip, FRAMES, (VIEW,))[VIEW])) for clip in clips]


def _middle(faces: np.ndarray) -> np.ndarray:
    return faces[evenly(len(faces), 1)[0]]


def columns(run: FigureRun, faces: Sequence[tuple[Clip, np.ndarray]], runtime: Runtime) -> list[Column]:
    """Grad-CAM of the whole faces and patch by patch, and the patches' probability of attack; of a network of whole faces the first."""
    device = prepare(runtime)
    network = trained(run.model, run.params, device)["rgb"]
    whole = [attack_map(network, face, device) for _, face in faces]
    if run.params.input == "whole":
        return [Column("Grad-CAM, face", whole, _top(whole))]
    tiled = [tiled_attack_map(network, face, run.params, device) for _, face in faces]
    patches = [patch_map(network, face, run.params, device) for _, face in faces]
    return [
        Column("Grad-CAM, face", whole, _top(whole)),
        Column("Grad-CAM, patches", tiled, _top(tiled)),
        Column("p(attack), patches", patches, 1.0),
    ]


def _top(maps: Sequence[np.ndarray]) -> float:
    return max(float(one.max()) for one in maps) or 1.0


def draw_heat(title: str, faces: Sequence[tuple[Clip, np.ndarray]], shown: Sequence[Column]) -> Figure:
    """A line per face: the face, then a map in each column, one scale a column."""
    figure = Figure(figsize=(0.4 + INCHES * (1 + len(shown)), 0.6 + INCHES * len(faces)), layout="constrained")
    grid = figure.subplots(len(faces), 1 + len(shown), squeeze=False)
    for line, (clip, face) in enumerate(faces):
        _bare(grid[line, 0]).imshow(face)
        grid[line, 0].set_ylabel(clip.attack or "live", fontsize=8)
        for axes, column in zip(grid[line, 1:], shown, strict=True):
            _bare(axes).imshow(column.maps[line], cmap="magma", vmin=0, vmax=column.top)
    for axes, column in zip(grid[0, 1:], shown, strict=True):
        axes.set_title(f"{column.title}\n0 to {column.top:.2g}", fontsize=7)
    figure.suptitle(title, fontsize=8)
    return figure


def _bare(axes: Axes) -> Axes:
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    axes.spines[:].set_visible(False)
    return axes


def draw_scores(title: str, clips: pd.DataFrame) -> Figure:
    """Clips' scores by label: left within the source (evaluation clips, else dev), right the test clips. Without one, the right alone."""
    intra = next((role for role in INTRA if (clips["role"] == role).any()), None)
    panels = [(role, name) for role, name in ((intra, f"within the source ({intra})"), ("test", "test")) if role]
    figure = Figure(figsize=(4 * len(panels), 2.8), layout="constrained")
    for axes, (role, name) in zip(figure.subplots(1, len(panels), sharex=True, squeeze=False)[0], panels, strict=True):
        rows = clips[(clips["role"] == role) & clips["score"].notna()]
        for label, colour in COLOURS.items():
            values = rows.loc[rows["label"] == label, "score"].to_numpy()
            share = np.full(len(values), 1 / max(1, len(values)))
            axes.hist(values, BINS, weights=share, color=colour, alpha=0.6, label=f"{label} ({len(values)})")
        axes.set(title=name, xlabel="score, higher = more live", ylabel="share of the class")
        axes.legend(fontsize=7)
    figure.suptitle(title, fontsize=8)
    return figure
