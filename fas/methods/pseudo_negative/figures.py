"""The paper's two figures of features, of the training clips: their statistics (figure 4), and their distances from live (figure 10)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fas.clips import Clip
from fas.config import Runtime
from fas.methods.base import Drawn, FigureRun
from fas.methods.pseudo_negative.model import feature_size
from fas.methods.pseudo_negative.params import PseudoNegativeParams
from fas.methods.pseudo_negative.score import embed, generator_of
from fas.training import seeded

COLOURS = {"live": "#009E73", "attack": "#D55E00", "pseudo": "#0072B2"}  # of Okabe and Ito
STYLES = ("-", "--", ":", "-.")
SPAN = 5.0  # standard deviations that figure 4 shows to both sides
PSEUDO = 1000


@dataclass(frozen=True)
class Seen:
    """The features of a run's training clips: a clip and (F,D) each."""

    clips: Sequence[Clip]
    features: Sequence[np.ndarray]

    def of(self, label: str) -> np.ndarray:
        """All features of a label (n,D)."""
        return np.concatenate([one for clip, one in zip(self.clips, self.features, strict=True) if clip.label == label])

    def groups(self, label: str) -> dict[str, np.ndarray]:
        """The features of a label by dataset and camera (live) or instrument (attack)."""
        parts: dict[str, list[np.ndarray]] = {}
        for clip, one in zip(self.clips, self.features, strict=True):
            if clip.label == label:
                parts.setdefault(" ".join((clip.dataset, clip.device if clip.live else clip.instrument)).strip(), []).append(one)
        return {name: np.concatenate(parts[name]) for name in sorted(parts)}


def figures(runs: Sequence[FigureRun], runtime: Runtime) -> Iterator[Drawn]:
    """Figure 4 for every run, and figure 10 with a panel for each.

    Raises:
        UserError: a run's model does not fit its parameters.
    """
    seen = [_seen(run, runtime) for run in runs]
    for run, one in zip(runs, seen, strict=True):
        yield Drawn(
            "Statistics of features (paper 000, figure 4)", f"statistics-{run.variant}", draw_statistics(run.label, one), people=False
        )
    if runs:
        distances = {run.label: _distances(one, _pseudo(run.model, run.params)) for run, one in zip(runs, seen, strict=True)}
        yield Drawn("Distances of features from live (paper 000, figure 10)", "distances", draw_distances(distances), False)


def _seen(run: FigureRun, runtime: Runtime) -> Seen:
    clips = [clip for clip, role in run.clips if role == "train"]
    return Seen(clips, list(embed(run.model, run.params, clips, runtime)))


def _pseudo(model: Path, params: PseudoNegativeParams) -> np.ndarray:
    """Pseudo features as the trained generator makes them, (n,D); none where there is no generator."""
    generator = generator_of(model, params)
    if generator is None:
        return np.empty((0, feature_size(params)), np.float32)
    with seeded("pseudo_negative", "figures"):
        return generator.sample(PSEUDO).numpy()


def draw_statistics(title: str, seen: Seen) -> Figure:
    """How the features' values spread, by camera for live and by instrument for attacks.

    Each dimension is taken in standard deviations of the live features from their mean; all dimensions are counted together. The thin
    line is a normal distribution.
    """
    live = seen.of("live")
    mean, deviation = live.mean(axis=0), np.maximum(live.std(axis=0), 1e-6)
    figure = Figure(figsize=(9, 3.6))
    figure.suptitle(title)
    grid = figure.subplots(1, 2, sharex=True, sharey=True)
    for axes, label, what in zip(grid, ("live", "attack"), ("live, by camera", "attacks, by instrument"), strict=True):
        _draw_groups(axes, {name: (part - mean) / deviation for name, part in seen.groups(label).items()})
        axes.set(title=what, xlabel="feature, in live standard deviations")
    grid[0].set_ylabel("density")
    return figure


def _draw_groups(axes: Axes, groups: Mapping[str, np.ndarray]) -> None:
    edges = np.linspace(-SPAN, SPAN, 81)
    middles = (edges[:-1] + edges[1:]) / 2
    axes.plot(middles, np.exp(-(middles**2) / 2) / np.sqrt(2 * np.pi), color="#777777", linewidth=0.8)
    for index, (name, values) in enumerate(groups.items()):
        counts, _ = np.histogram(values, edges)
        density = counts / (values.size * (edges[1] - edges[0]))
        axes.plot(middles, density, STYLES[index // 10 % len(STYLES)], color=f"C{index % 10}", linewidth=1, label=f"{name} ({len(values)})")
    axes.legend(fontsize=6)


def _distances(seen: Seen, pseudo: np.ndarray) -> dict[str, np.ndarray]:
    """Cosine distances (n,) in [0, 2] of each kind of feature from the mean live feature."""
    kinds = {"live": seen.of("live"), "attack": seen.of("attack"), "pseudo": pseudo}
    centre = kinds["live"].mean(axis=0)
    return {kind: cosine_distance(values, centre) for kind, values in kinds.items() if len(values)}


def cosine_distance(features: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """1 - cos between (n,D) and (D,): (n,) in [0, 2]."""
    norms = np.linalg.norm(features, axis=1) * np.linalg.norm(centre)
    return 1 - features @ centre / np.maximum(norms, 1e-12)


def draw_distances(runs: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """A panel per run: histograms of the distances of live, attack and, where there are any, pseudo features."""
    figure = Figure(figsize=(4.5 * len(runs), 3.2))
    top = max(float(values.max()) for kinds in runs.values() for values in kinds.values())
    edges = np.linspace(0, max(top, 1e-6), 41)
    for axes, (label, kinds) in zip(figure.subplots(1, len(runs), sharex=True, squeeze=False)[0], runs.items(), strict=True):
        for kind, values in kinds.items():
            share = np.full(len(values), 1 / len(values))
            axes.hist(values, edges, weights=share, color=COLOURS[kind], alpha=0.6, label=f"{kind} ({len(values)})")
        axes.set(title=label, xlabel="cosine distance from the mean live feature", ylabel="share")
        axes.legend(fontsize=7)
    return figure
