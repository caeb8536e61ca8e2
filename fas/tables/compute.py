"""A spec, the scores of its runs and the published numbers -> one row per cell."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pandas as pd

from fas.errors import UserError
from fas.metrics import evaluate
from fas.scores import to_clips
from fas.tables.cell import Cell
from fas.tables.checkpoints import chosen
from fas.tables.columns import Checkpoint, Column
from fas.tables.measured import PlainResults, missing
from fas.tables.pool import evaluate_pool
from fas.tables.published import published
from fas.tables.spec import AnySpec, PlainSpec, Row, TableSpec, columns_of

Scores = Callable[[str, str, str, int], pd.DataFrame | None]

MEASURED, LITERATURE = "measured", "literature"


class Results:
    """The clip scores and the metrics of runs, each computed once.

    `scores(method, variant, protocol, seed)` gives a run's score table (of frames or of clips, contracts: one row per clip or frame)
    or None when there is none; it may also raise a UserError that says why. `checkpoints` gives the scores of the run's kept
    checkpoints in the same way (fas/tables/checkpoints.py).
    """

    def __init__(self, scores: Scores, checkpoints: Scores | None = None) -> None:
        self._scores = scores
        self._checkpoints = checkpoints or (lambda *run: None)
        self._clips: dict[tuple, pd.DataFrame | None] = {}
        self._kept: dict[tuple, pd.DataFrame | None] = {}
        self._metrics: dict[tuple, dict[str, Any]] = {}

    def clips(self, row: Row, protocol: str, seed: int, checkpoint: Checkpoint = "last") -> pd.DataFrame:
        """One row per clip with the row's own score in `score`, of the last weights or of a kept checkpoint.

        Raises:
            UserError: the run has no scores, not the score asked for, or no checkpoints.
        """
        run = (row.method, row.on(protocol).variant, protocol, seed)
        key = run if checkpoint == "last" else (*run, checkpoint, row.score)
        if key not in self._clips:
            found = self._scores(*run) if checkpoint == "last" else self._of_checkpoint(row, protocol, seed, checkpoint)
            self._clips[key] = None if found is None else to_clips(found)
        clips = self._clips[key]
        name = "/".join(str(part) for part in run)
        if clips is None:
            raise UserError(f"no scores: {name}")
        column = f"score_{row.score}" if row.score else "score"
        if column not in clips:
            raise UserError(f"no column {column}: {name}")
        return clips.assign(score=clips[column])

    def _of_checkpoint(self, row: Row, protocol: str, seed: int, checkpoint: Checkpoint) -> pd.DataFrame:
        run = (row.method, row.on(protocol).variant, protocol, seed)
        self.clips(row, protocol, seed)  # a run without scores tells its own reason
        if run not in self._kept:
            self._kept[run] = self._checkpoints(*run)
        kept = self._kept[run]
        name = "/".join(str(part) for part in run)
        if kept is None:
            raise UserError(f"no checkpoints were kept: {name} (parameter {row.method}.checkpoints)")
        try:
            return chosen(kept, "dev" if checkpoint == "dev" else "oracle", f"score_{row.score}" if row.score else "score")
        except UserError as error:
            raise UserError(f"{name}: {error}") from None

    def metrics(
        self,
        row: Row,
        protocols: tuple[str, ...],
        seed: int,
        checkpoint: Checkpoint = "last",
        threshold: float | None = None,
        attack: str = "",
    ) -> dict[str, Any]:
        """The metrics of one protocol, or of several pooled; `threshold` is that of the policy `fixed`, `attack` the one class of test
        attacks that counts (empty: all).

        Raises:
            UserError: as `clips`.
        """
        variants = tuple(row.on(protocol).variant for protocol in protocols)
        key = (row.method, variants, row.score, protocols, seed, checkpoint, threshold, attack)
        if key not in self._metrics:
            folds = [only(self.clips(row, protocol, seed, checkpoint), attack) for protocol in protocols]
            self._metrics[key] = evaluate(folds[0], threshold) if len(folds) == 1 else evaluate_pool(folds)
        return self._metrics[key]


def only(clips: pd.DataFrame, attack: str) -> pd.DataFrame:
    """The clips without the test attacks of all classes but `attack`; empty: all. The roles that thresholds come from stay whole."""
    other = (clips["role"] == "test") & (clips["label"] == "attack") & (clips["attack"] != attack)
    return clips[~other] if attack else clips


def compute(
    spec: AnySpec, results: Results | None = None, numbers: pd.DataFrame | None = None, plain: PlainResults | None = None
) -> pd.DataFrame:
    """One row per cell, the measured rows first, then the literature's.

    Columns: `row, column, kind` (measured, literature), `value, ci_low, ci_high, std, folds, n_live, n_attack, reason` (why a measured
    cell is empty), `published, published_std`, and `difference` = value - published: of real data only, since simulated data is another
    benchmark. A literature row has no value, ever. `numbers` are the published ones (default: those of the spec's file); `plain` is what
    was measured of a table that is not made of runs.
    """
    plain = plain or PlainResults()
    cells = [
        {"row": row.label, "column": column.name, "kind": MEASURED, **asdict(_measured(spec, results, plain, row, column))}
        for row in spec.rows
        for column in columns_of(spec)
    ]
    cells += [
        {"row": label, "column": column.name, "kind": LITERATURE, **asdict(Cell(folds=0))}
        for label in spec.literature
        for column in columns_of(spec)
    ]
    numbers = published(spec) if numbers is None else numbers
    return beside(spec, pd.DataFrame(cells), numbers, plain.comparable)


def beside(spec: AnySpec, cells: pd.DataFrame, numbers: pd.DataFrame, comparable: Collection[str] = ()) -> pd.DataFrame:
    """`cells` with the published `numbers` and the differences to them: of real data, or in the columns that are `comparable`."""
    keys = ["row", "column"]
    printed = numbers[[*keys, "value", "std"]].rename(columns={"value": "published", "std": "published_std"})
    table = cells.merge(printed.astype({"published": float, "published_std": float}), on=keys, how="left", sort=False)
    real = isinstance(spec, TableSpec) and spec.collection == "real"
    return table.assign(difference=(table["value"] - table["published"]).where(table["column"].isin(comparable) | real))


def _measured(spec: AnySpec, results: Results | None, plain: PlainResults, row: Any, column: Any) -> Cell:
    if isinstance(spec, PlainSpec):
        return plain.cells.get((row.label, column.name), Cell(reason=missing(spec)))
    if row.method in spec.awaits:
        return Cell(reason=f"method {row.method} is not in this version yet")
    if results is None:
        return Cell(reason="no results were given")
    try:
        return (
            _over_folds(results, row, column, spec.seeds)
            if column.folds
            else _over_seeds(results, row, column, column.protocols, spec.seeds)
        )
    except UserError as error:
        return Cell(reason=str(error))


def _over_folds(results: Results, row: Row, column: Column, seeds: Sequence[int]) -> Cell:
    """Mean and standard deviation over the folds; with several seeds over the folds' means."""
    cells = [_over_seeds(results, row, column, (protocol,), seeds) for protocol in column.protocols]
    mean = _mean([cell.value for cell in cells])
    return replace(mean, folds=len(cells), n_live=sum(cell.n_live for cell in cells), n_attack=sum(cell.n_attack for cell in cells))


def _over_seeds(results: Results, row: Row, column: Column, protocols: tuple[str, ...], seeds: Sequence[int]) -> Cell:
    cells = [_one(results, row, column, protocols, seed) for seed in seeds]
    if len(cells) == 1:
        return cells[0]
    mean = _mean([cell.value for cell in cells])
    return replace(mean, folds=len(protocols), n_live=cells[0].n_live, n_attack=cells[0].n_attack)


def _mean(values: Sequence[float]) -> Cell:
    """The sample's standard deviation (n - 1): paper 002's two folds of SiW protocol 3 can only be read so."""
    return Cell(value=float(np.mean(values)), std=float(np.std(values, ddof=1)))


def _one(results: Results, row: Row, column: Column, protocols: tuple[str, ...], seed: int) -> Cell:
    """One run's cell, or that of one pool of runs."""
    if column.metric == "train_clips":
        return _train_clips(results, row, column, protocols, seed)
    metrics = results.metrics(row, protocols, seed, column.checkpoint, column.threshold, column.attack)
    place, intervals = metrics, metrics["ci95"]
    if column.policy:
        if column.policy not in metrics["policies"]:
            role = column.policy.removesuffix("_eer")
            raise UserError(f"{column.group}: no clips in role {role}, which the threshold {column.policy} comes from")
        place, intervals = metrics["policies"][column.policy], intervals["policies"].get(column.policy, {})
    value = _accuracy(metrics, place) if column.metric == "accuracy" else place.get(column.metric)
    if value is None:
        raise UserError(f"{column.group}: {column.metric} is undefined: the clips are not of both classes")
    low, high = intervals.get(column.metric) or (np.nan, np.nan)
    return Cell(value, low, high, folds=len(protocols), n_live=metrics["n_live"], n_attack=metrics["n_attack"])


def _accuracy(metrics: dict[str, Any], policy: dict[str, Any]) -> float | None:
    """The share of test clips decided rightly."""
    if policy["apcer_pooled"] is None or policy["bpcer"] is None:
        return None
    wrong = policy["apcer_pooled"] * metrics["n_attack"] + policy["bpcer"] * metrics["n_live"]
    return 100 - wrong / (metrics["n_attack"] + metrics["n_live"])


def _train_clips(results: Results, row: Row, column: Column, protocols: tuple[str, ...], seed: int) -> Cell:
    """How many clips the training may see: those in the roles train and dev."""
    clips = [results.clips(row, protocol, seed, column.checkpoint) for protocol in protocols]
    seen = [table["role"].isin(["train", "dev"]).sum() for table in clips]
    test = pd.concat([table[table["role"] == "test"] for table in clips])
    live = int((test["label"] == "live").sum())
    return Cell(value=float(sum(seen)), folds=len(protocols), n_live=live, n_attack=len(test) - live)
