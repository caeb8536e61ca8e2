"""What several cue makers make of the same test clips: reconstructions, and residuals as a network sees them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from fas.clips import Clip, residuals
from fas.domains.views import signed
from fas.domains.views import standardised as standard_residual
from fas.features.cues import split
from fas.methods import method
from fas.methods.base import Drawn
from fas.report.gallery import choose
from fas.report.panels import face, frame_shown
from fas.report.sources import Sources
from fas.report.trained import Trained
from fas.report.views import View

CLIPS = 4  # rows of a figure
DEVIATIONS = 3.0  # a standardised residual of so many is full black or white
WITHOUT = "no_identity"


def cue_figures(view: View, sources: Sources) -> list[Drawn]:
    """The figures of a table on one protocol: all its cue makers side by side, and identity condition on and off over T.

    None where the table has the residuals of fewer than two cue makers or variants, or no test clip has them all.
    """
    names = cue_names(view, sources)
    needed = [residuals(name) for name in names]
    test = choose(view.test, sources.clips, needed) if len(names) > 1 else []
    clips = [clip for clip in test if all(clip.has(feature) for feature in needed)][:CLIPS]
    if not clips:
        return []
    pairs = identity_pairs(names)
    alone = [name for name in names if name not in {without for _, without in pairs[1:]}]
    drawn = [Drawn("Cue makers: reconstruction and standardised residual", "makers", _side_by_side(clips, alone), people=True)]
    if len(pairs) > 1:
        drawn.append(Drawn("Reconstruction with and without identity, by noise level", "identity", _identity(clips, pairs), people=True))
    return drawn


def cue_names(view: View, sources: Sources) -> list[str]:
    """The cue makers and variants whose residuals the table asks for: those that its methods read, then those of its `features`."""
    read: list[str] = []
    for row in view.scored:
        trained = Trained.of(row.row.method, row.folder, sources)
        read += method(row.row.method).inputs(trained.params) if trained else ()
    features = [feature for feature in (*read, *view.spec.features) if feature.startswith(residuals(""))]
    return [feature.removeprefix(residuals("")) for feature in dict.fromkeys(features)]


def identity_pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """The names that are there with identity and without it, `X` and `no_identity_X`: (with, without), a maker before its variants."""
    found = []
    for name in names:
        maker, variant = split(name)
        without = f"{maker}-{WITHOUT}_{variant}" if variant else f"{maker}-{WITHOUT}"
        if without in names:
            found.append((name, without))
    return found


def standardised(picture: np.ndarray, reconstruction: np.ndarray) -> np.ndarray:
    """The residual (h,w,3) of a face (H,W,3) shrunk to its reconstruction, with mean 0 and deviation 1 over all values, as uint8: grey is
    the mean."""
    standard = standard_residual(signed(picture, reconstruction))
    return np.clip(128 + 127 * standard / DEVIATIONS, 0, 255).astype(np.uint8)


def _reconstruction(clip: Clip, name: str) -> np.ndarray:
    """What a cue maker made of the frame that is shown of the clip, or of the nearest to it."""
    arrays = clip.read(residuals(name))
    nearest = np.abs(arrays["frame"].astype(np.int64) - frame_shown(clip)).argmin()
    return arrays["reconstruction"][nearest]


def _side_by_side(clips: Sequence[Clip], names: Sequence[str]) -> Figure:
    heads = ["face", *(f"{name}\n{what}" for name in names for what in ("drawn", "residual"))]
    lines = []
    for clip in clips:
        shown = face(clip)
        made = [_reconstruction(clip, name) for name in names]
        lines.append([shown, *(picture for one in made for picture in (one, standardised(shown, one)))])
    return _grid([clip.attack or "live" for clip in clips], heads, lines)


def _identity(clips: Sequence[Clip], pairs: Sequence[tuple[str, str]]) -> Figure:
    heads = ["face", *(f"{name}\npure noise" if split(name)[1] == "t1000" else name for name, _ in pairs)]
    labels: list[str] = []
    lines: list[list[np.ndarray]] = []
    for clip in clips:
        for place, condition in enumerate(("identity", "no identity")):
            labels.append(f"{clip.attack or 'live'}\n{condition}")
            lines.append([face(clip), *(_reconstruction(clip, pair[place]) for pair in pairs)])
    return _grid(labels, heads, lines)


def _grid(labels: Sequence[str], heads: Sequence[str], lines: Sequence[Sequence[np.ndarray]]) -> Figure:
    figure = Figure(figsize=(0.9 + 0.95 * len(heads), 0.6 + 0.95 * len(lines)))
    grid = figure.subplots(len(lines), len(heads), squeeze=False)
    for row, (label, line) in enumerate(zip(labels, lines, strict=True)):
        for axes, picture in zip(grid[row], line, strict=True):
            axes.imshow(picture)
            axes.set(xticks=[], yticks=[])
            axes.spines[:].set_visible(False)
        grid[row, 0].set_ylabel(label, fontsize=7)
    for axes, head in zip(grid[0], heads, strict=True):
        axes.set_title(head, fontsize=6)
    return figure
