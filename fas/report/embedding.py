"""t-SNE of the features of test clips (van der Maaten and Hinton 2008), at the layer that a method names."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from fas.clips import Clip
from fas.errors import UserError
from fas.report.style import CURVES, LIVE, look, note_simulated, save

PERPLEXITY = 30
_FEWEST = 5
_MARKERS = "osD^vP*X"


def spread(clips: Sequence[Clip], most: int) -> list[Clip]:
    """At most so many of the clips, evenly over classes, datasets and names: the same for the same clips."""
    ordered = sorted(clips, key=lambda clip: (clip.label, clip.attack, clip.dataset, clip.clip))
    if len(ordered) <= most:
        return ordered
    return [ordered[place] for place in (np.arange(most) * 2 + 1) * len(ordered) // (2 * most)]


def project(vectors: np.ndarray) -> np.ndarray:
    """t-SNE of (n,D) features: (n,2) float64, the same on any number of threads.

    Raises:
        UserError: fewer than five clips, features of one dimension, or features that are not finite.
    """
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    if len(vectors) < _FEWEST:
        raise UserError(f"{len(vectors)} clips have features; it takes {_FEWEST}")
    if vectors.shape[1] < 2:
        raise UserError("its features have one dimension only")
    if not np.isfinite(vectors).all():
        raise UserError("its features are not all finite")
    perplexity = min(PERPLEXITY, (len(vectors) - 1) / 3)
    with threadpool_limits(1):
        return TSNE(perplexity=perplexity, init="pca", random_state=0).fit_transform(vectors.astype(np.float64))


def places(clips: Sequence[Clip], vectors: np.ndarray) -> pd.DataFrame:
    """`dataset, clip, class, x, y` of each clip. Raises UserError as `project`."""
    points = project(vectors)
    about = [(clip.dataset, clip.clip, clip.attack or "live") for clip in clips]
    return pd.DataFrame(about, columns=["dataset", "clip", "class"]).assign(x=points[:, 0], y=points[:, 1])


def draw_tsne(path: Path, title: str, points: pd.DataFrame, simulated: bool) -> None:
    """`places` as a picture: a colour per class, a marker per dataset."""
    names = sorted(set(points["class"]), key=lambda name: (name != "live", name))
    attacks = [name for name in names if name != "live"]
    colours = {"live": LIVE} | {name: _ATTACKS[number % len(_ATTACKS)] for number, name in enumerate(attacks)}
    markers = {name: _MARKERS[number % len(_MARKERS)] for number, name in enumerate(sorted(set(points["dataset"])))}
    with look():
        figure = Figure(figsize=(4.8, 5.0))
        axes = figure.subplots()
        for (name, dataset), part in points.groupby(["class", "dataset"], sort=True):
            axes.scatter(part["x"], part["y"], s=18, color=colours[name], marker=markers[dataset], linewidths=0, alpha=0.8)
        for name in names:
            axes.scatter([], [], s=18, color=colours[name], label=name)
        for dataset, marker in markers.items():
            axes.scatter([], [], s=18, color="#777777", marker=marker, label=dataset)
        axes.set(xticks=[], yticks=[])
        axes.set_title(title, loc="left", fontsize=8)
        note_simulated(axes, simulated)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=3, fontsize=7)
        save(figure, path)


_ATTACKS = [colour for colour in CURVES if colour != LIVE]
