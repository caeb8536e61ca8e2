"""The paper's figures: reconstruction errors over the training and as histograms, what the networks make of flow, and flow as such."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fas.config import Runtime
from fas.files import read_json, read_table
from fas.methods.adversarial_flow.figure_maps import draw_reconstructions, draw_strips, examples
from fas.methods.adversarial_flow.groups import colours, finer, grouped, ordered, tested
from fas.methods.adversarial_flow.motion import motion
from fas.methods.adversarial_flow.patches import maps_of
from fas.methods.adversarial_flow.reference import FILE, LiveReference
from fas.methods.base import Drawn, FigureRun
from fas.scores import CHECKPOINTS, STEP

SCORES = "scores.parquet"
CONFIG = "config.json"
EPOCH = "epoch"


def figures(runs: Sequence[FigureRun], runtime: Runtime) -> Iterator[Drawn]:
    """Of all runs together figures 8/10/13 and 9/14; for each run figures 11/12; of the first run that sees flow figures 2-5, and which
    videos the motion judgement finds still, unless no live training video had two maps to judge by.

    Raises:
        UserError: a run's model does not fit its parameters.
    """
    errors = {run.label: grouped(read_table(run.model / SCORES), run) for run in runs if (run.model / SCORES).is_file()}
    errors = {label: table for label, table in errors.items() if len(table)}
    kept = {run.label: _by_epoch(run) for run in runs if (run.model / CHECKPOINTS).is_file()}
    kept = {label: table for label, table in kept.items() if len(table)}
    if kept:
        yield Drawn("Reconstruction error over the training (paper 003, figures 8, 10, 13)", "training", draw_training(kept), people=False)
    if errors:
        yield Drawn("Reconstruction errors of test frames (paper 003, figures 9, 14)", "errors", draw_errors(errors), people=False)
    moving = next((run for run in runs if run.params.input == "flow" and tested(run)), None)
    if moving:
        if LiveReference.load(Path(moving.model) / FILE).calibration.motion:
            yield Drawn("Videos judged still by their motion (paper 003, section 4.4)", "still", draw_still(moving), people=False)
        yield Drawn("Optical flow of test clips (paper 003, figures 2-5)", "flow", draw_strips(examples(moving), moving), people=True)
    for run in runs:
        if clips := examples(run):
            heading = "Input, reconstruction and difference (paper 003, figures 11, 12)"
            yield Drawn(heading, f"reconstruction-{run.variant}", draw_reconstructions(clips, run, runtime), people=True)


def draw_training(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """A panel per run: the mean error of each group's frames at every kept point of the training, in epochs."""
    figure = Figure(figsize=(0.8 + 3.6 * len(tables), 3.0))
    names = {name for table in tables.values() for name in table["group"]}
    for axes, (label, table) in zip(_panels(figure, len(tables)), tables.items(), strict=True):
        for name in ordered(table["group"]):
            means = -table[table["group"] == name].groupby(EPOCH)["score_error"].mean()
            axes.plot(means.index, means, "o-", color=colours(names)[name], label=name)
        axes.set(title=label, xlabel="epoch", ylabel="mean L1 of test frames")
        axes.legend(fontsize=7)
    return figure


def draw_errors(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """A panel per run: histograms of the frames' errors by group, each group's bars adding up to one."""
    figure = Figure(figsize=(0.8 + 3.6 * len(tables), 3.0))
    names = {name for table in tables.values() for name in table["group"]}
    for axes, (label, table) in zip(_panels(figure, len(tables)), tables.items(), strict=True):
        edges = np.linspace(0, max(float(-table["score_error"].min()), 1e-6), 41).tolist()
        for name in ordered(table["group"]):
            values = -table.loc[table["group"] == name, "score_error"].to_numpy()
            share = np.full(len(values), 1 / len(values))
            axes.hist(values, edges, weights=share, color=colours(names)[name], alpha=0.4, label=f"{name} ({len(values)})")
        axes.set(title=label, xlabel="L1 of a frame", ylabel="share of the group's frames")
        axes.legend(fontsize=7)
    return figure


def draw_still(run: FigureRun) -> Figure:
    """m(V) of every test clip, by class and support, with the threshold from live training clips; beside each the share below it."""
    threshold = LiveReference.load(Path(run.model) / FILE).calibration.motion
    values: dict[str, list[float]] = {}
    for clip in tested(run):
        values.setdefault(finer(clip), []).append(motion(maps_of(clip, run.params)[1], run.params.motion_pairs))
    names = ordered(values)
    figure = Figure(figsize=(6.5, 0.9 + 0.34 * len(names)))
    axes = figure.subplots()
    for line, name in enumerate(names):
        found = np.array(values[name])
        below = int((found < threshold).sum())
        axes.plot(found, np.full(len(found), line), "|", markersize=12, color="#009E73" if name == "live" else "#D55E00")
        axes.annotate(f"{below} of {len(found)} still", (1.01, line), xycoords=("axes fraction", "data"), va="center", fontsize=8)
    axes.axvline(threshold, color="#000000", linewidth=0.8)
    axes.set(yticks=range(len(names)), yticklabels=names, xscale="log", xlabel=f"m(V), pixels; the line is the threshold, {threshold:.3g}")
    axes.set_ylim(len(names) - 0.5, -0.5)
    return figure


def _by_epoch(run: FigureRun) -> pd.DataFrame:
    """The scores of the run's kept checkpoints, with the epochs (passes over all windows) that each had been trained for."""
    table = grouped(read_table(run.model / CHECKPOINTS), run)
    return table.assign(**{EPOCH: table[STEP] / read_json(run.model / CONFIG)["steps_per_epoch"]})


def _panels(figure: Figure, count: int) -> list[Axes]:
    return list(figure.subplots(1, count, squeeze=False)[0])
