"""Pictures of clips: for each dataset one live clip and one of each attack class, as the pipeline's stages see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from fas.clips import FLOW, FRAMES, Clip
from fas.features.flow_colour import colour
from fas.report.style import SIMULATED, look, save

FLOW_SCALE = 2.0  # pixels per gap that have full colour
RESIDUAL_GAIN = 2.0


@dataclass(frozen=True)
class Shown:
    """A clip in the gallery. `role` is what it is in the table's protocol; `cue_map` (h,w) float belongs to `frame_shown` of the clip."""

    clip: Clip
    role: str
    cue_map: np.ndarray | None = None


def choose(captures: pd.DataFrame, features: Mapping[tuple[str, str], Mapping[str, Path]], wanted: Sequence[str]) -> list[Clip]:
    """One clip of each class of each dataset in `captures`, live first: of those with faces the one that has most of the features
    `wanted`, then the first by name."""
    chosen = []
    ordered = captures.sort_values(["dataset", "clip"])
    for _, rows in ordered.groupby(["dataset", ordered["label"] != "live", "attack"], sort=True):
        clips = [_clip(row, features.get((row["dataset"], row["clip"]), {})) for row in rows.to_dict("records")]
        clips = [clip for clip in clips if clip.has(FRAMES)]
        if clips:
            chosen.append(max(clips, key=lambda clip: sum(clip.has(name) for name in wanted)))
    return chosen


def frame_shown(clip: Clip) -> int:
    """The number of the clip's frame that the gallery shows: the first that a cue maker has reconstructed, else the first of all."""
    made = _reconstructions(clip)
    return int(clip.read(made[0] if made else FRAMES)["frame"][0])


def _reconstructions(clip: Clip) -> list[str]:
    return sorted(name for name in clip.features if name.startswith("residuals/"))


def draw_gallery(path: Path, title: str, shown: Sequence[Shown], cue: str, simulated: bool) -> None:
    """A line per clip: face, flow, each cue maker's reconstruction and residual, and the cue map of the method called `cue`."""
    lines = [_panels(one) for one in shown]
    heads = list(dict.fromkeys(head for line in lines for head in line))
    top = max((line["cue map"].max() for line in lines if "cue map" in line), default=1.0)
    with look():
        figure = Figure(figsize=(0.9 + 1.25 * len(heads), 0.7 + 1.25 * len(lines)))
        grid = figure.subplots(len(lines), len(heads), squeeze=False)
        for row, (one, line) in enumerate(zip(shown, lines, strict=True)):
            for axes, head in zip(grid[row], heads, strict=True):
                axes.set(xticks=[], yticks=[])
                axes.spines[:].set_visible(False)
                if head in line:
                    axes.imshow(line[head], cmap="magma", vmin=0, vmax=top or 1.0)
            grid[row, 0].set_ylabel(f"{one.clip.attack or 'live'}\n({one.role})" if one.role else one.clip.attack or "live", fontsize=8)
        for axes, head in zip(grid[0], heads, strict=True):
            axes.set_title(_title(head, cue, top), fontsize=7)
        figure.suptitle(f"{title} ({SIMULATED})" if simulated else title, fontsize=9)
        save(figure, path)


def _clip(row: Mapping[str, str], features: Mapping[str, Path]) -> Clip:
    names = ("dataset", "clip", "label", "attack", "instrument", "subject")
    return Clip(**{name: row[name] for name in names}, features=features)


def _panels(shown: Shown) -> dict[str, np.ndarray]:
    """Head -> picture, (h,w,3) uint8, or (h,w) float for a cue map; all of one frame, or of the nearest to it."""
    clip, number = shown.clip, frame_shown(shown.clip)
    faces = clip.read(FRAMES)
    face = faces["aligned"][_nearest(faces["frame"], number)]
    panels = {"face": face}
    if clip.has(FLOW) and len(clip.read(FLOW)["flow"]):
        arrays = clip.read(FLOW)
        panels["flow"] = colour(arrays["flow"][_nearest(arrays["frame"], number)], FLOW_SCALE)
    for name in _reconstructions(clip):
        arrays = clip.read(name)
        reconstruction = arrays["reconstruction"][_nearest(arrays["frame"], number)]
        cue = name.partition("/")[2]
        panels[f"{cue} reconstruction"] = reconstruction
        panels[f"{cue} residual"] = residual(face, reconstruction)
    if shown.cue_map is not None:
        panels["cue map"] = shown.cue_map
    return panels


def residual(face: np.ndarray, reconstruction: np.ndarray) -> np.ndarray:
    """What the reconstruction (h,w,3) lacks of the face (H,W,3), shrunk to it, as uint8: grey is nothing."""
    height, width = reconstruction.shape[:2]
    shrunk = cv2.resize(face, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.clip(128 + RESIDUAL_GAIN * (shrunk - reconstruction), 0, 255).astype(np.uint8)


def _nearest(numbers: np.ndarray, number: int) -> int:
    return int(np.abs(np.asarray(numbers, np.int64) - number).argmin())


def _title(head: str, cue: str, top: float) -> str:
    if head == "flow":
        return f"flow\n(full colour: {FLOW_SCALE:g} px)"
    if head == "cue map":
        return f"{cue}: cue map\n(0 to {top:.2g})"
    name, _, what = head.partition(" ")
    return f"{name}\n{what} x{RESIDUAL_GAIN:g}" if what == "residual" else f"{name}\n{what}" if what else name
