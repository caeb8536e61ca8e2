"""Clips of every class of a dataset, as the pipeline's stages see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from fas.clips import FRAMES, Clip
from fas.errors import UserError
from fas.methods import method
from fas.report.panels import CUE_MAP, caption, coloured, panels
from fas.report.sources import Pair, Sources
from fas.report.style import SIMULATED, look, save, slug
from fas.report.trained import Trained
from fas.report.views import View, pair
from fas.tables.spec import TableSpec


@dataclass(frozen=True)
class Shown:
    """A clip in the gallery. `role` is what it is in the table's protocol; `cue_map` (h,w) float belongs to the frame shown of it."""

    clip: Clip
    role: str
    cue_map: np.ndarray | None = None


def choose(captures: pd.DataFrame, clips: Mapping[Pair, Clip], wanted: Sequence[str], each: int = 1) -> list[Clip]:
    """`each` clips of each class of each dataset in `captures`, live first: of those with faces the ones that have most of the features
    `wanted`, then the first by name."""
    chosen: list[Clip] = []
    ordered = captures.sort_values(["dataset", "clip"])
    for _, rows in ordered.groupby(["dataset", ordered["label"] != "live", "attack"], sort=True):
        pairs = zip(rows["dataset"], rows["clip"], strict=True)
        found = [clips[pair] for pair in pairs if pair in clips and clips[pair].has(FRAMES)]
        chosen += sorted(found, key=lambda clip: -sum(clip.has(name) for name in wanted))[:each]
    return chosen


def draw_galleries(folder: Path, spec: TableSpec, views: Sequence[View], sources: Sources) -> list[str]:
    """A picture per dataset, with a clip of each class and the cue maps of the first method that draws them. Returns what failed."""
    warnings: list[str] = []
    homes = _homes(views)
    captures = sources.captures[sources.captures["dataset"].isin({dataset for dataset, _ in homes})]
    clips = choose(captures, sources.clips, spec.features)
    cue, maps = _cue_maps(clips, views, homes, sources, warnings)
    for dataset in dict.fromkeys(clip.dataset for clip in clips):
        file = slug("gallery", spec.id, dataset) + ".png"
        shown = [Shown(clip, _role(clip, homes), maps.get(pair(clip))) for clip in clips if clip.dataset == dataset]
        try:
            draw_gallery(folder / file, dataset, shown, cue, spec.collection == "simulated")
        except UserError as error:
            warnings.append(f"{file}: {error}")
    return warnings


def _homes(views: Sequence[View]) -> dict[Pair, View]:
    """(dataset, clip) -> the view that it is shown in: one where it is a test clip, if it is one anywhere."""
    homes: dict[Pair, View] = {}
    for test in (True, False):
        for view in views:
            for one, role in view.roles.items():
                if (role == "test") == test:
                    homes.setdefault(one, view)
    return homes


def _role(clip: Clip, homes: Mapping[Pair, View]) -> str:
    view = homes.get(pair(clip))
    return f"{view.roles[pair(clip)]}, {view.protocol}" if view else ""


def _cue_maps(
    clips: Sequence[Clip], views: Sequence[View], homes: Mapping[Pair, View], sources: Sources, warnings: list[str]
) -> tuple[str, dict[Pair, np.ndarray]]:
    """The first method that draws cue maps, and its maps of the clips, each by the run of the view that it is shown in."""
    cue = ""
    maps: dict[Pair, np.ndarray] = {}
    for view in views:
        row = next((row for row in view.scored if method(row.row.method).cue_maps), None)
        if row is None:
            continue
        cue = row.row.method
        try:
            trained = Trained.of(cue, row.folder, sources)
            maps |= trained.cue_maps([clip for clip in clips if homes.get(pair(clip)) is view]) if trained else {}
        except UserError as error:
            warnings.append(f"cue maps of {row.label}, {view.protocol}: {error}")
    return cue, maps


def draw_gallery(path: Path, title: str, shown: Sequence[Shown], cue: str, simulated: bool) -> None:
    """A line per clip: face, flow, each cue maker's reconstruction and residual, and the cue map of the method called `cue`."""
    top = max((float(one.cue_map.max()) for one in shown if one.cue_map is not None), default=1.0)
    lines = [_line(one, top) for one in shown]
    heads = list(dict.fromkeys(head for line in lines for head in line))
    with look():
        figure = Figure(figsize=(0.9 + 1.25 * len(heads), 0.7 + 1.25 * len(lines)))
        grid = figure.subplots(len(lines), len(heads), squeeze=False)
        for row, (one, line) in enumerate(zip(shown, lines, strict=True)):
            for axes, head in zip(grid[row], heads, strict=True):
                axes.set(xticks=[], yticks=[])
                axes.spines[:].set_visible(False)
                if head in line:
                    axes.imshow(line[head])
            grid[row, 0].set_ylabel(f"{one.clip.attack or 'live'}\n({one.role})" if one.role else one.clip.attack or "live", fontsize=8)
        for axes, head in zip(grid[0], heads, strict=True):
            axes.set_title(caption(head, cue, top), fontsize=7)
        figure.suptitle(f"{title} ({SIMULATED})" if simulated else title, fontsize=9)
        save(figure, path)


def _line(one: Shown, top: float) -> dict[str, np.ndarray]:
    maps = {} if one.cue_map is None else {CUE_MAP: coloured(one.cue_map, top)}
    return panels(one.clip) | maps
