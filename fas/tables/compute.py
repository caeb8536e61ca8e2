"""A spec and the scores of its runs -> one row per cell."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from fas.errors import UserError
from fas.metrics import evaluate
from fas.scores import to_clips
from fas.tables.pool import evaluate_pool
from fas.tables.spec import Column, Row, TableSpec

Scores = Callable[[str, str, str, int], pd.DataFrame | None]


@dataclass(frozen=True)
class Cell:
    """A cell's value in percent. Of one seed it has an interval (where the metric has one), of several the standard deviation."""

    value: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    std: float = np.nan
    n_live: int = 0
    n_attack: int = 0
    reason: str = ""


class Results:
    """The clip scores and the metrics of runs, each computed once.

    `scores(method, variant, protocol, seed)` gives a run's score table (of frames or of clips, contracts: one row per clip or frame)
    or None when there is none; it may also raise a UserError that says why.
    """

    def __init__(self, scores: Scores) -> None:
        self._scores = scores
        self._clips: dict[tuple, pd.DataFrame | None] = {}
        self._metrics: dict[tuple, dict[str, Any]] = {}

    def clips(self, row: Row, protocol: str, seed: int) -> pd.DataFrame:
        """One row per clip with the row's own score in `score`.

        Raises:
            UserError: the run has no scores, or not the score asked for.
        """
        run = (row.method, row.variant, protocol, seed)
        if run not in self._clips:
            found = self._scores(*run)
            self._clips[run] = None if found is None else to_clips(found)
        clips = self._clips[run]
        name = "/".join(str(part) for part in run)
        if clips is None:
            raise UserError(f"no scores: {name}")
        column = f"score_{row.score}" if row.score else "score"
        if column not in clips:
            raise UserError(f"no column {column}: {name}")
        return clips.assign(score=clips[column])

    def metrics(self, row: Row, protocols: tuple[str, ...], seed: int) -> dict[str, Any]:
        """The metrics of one protocol, or of several pooled.

        Raises:
            UserError: as `clips`.
        """
        key = (row.method, row.variant, row.score, protocols, seed)
        if key not in self._metrics:
            folds = [self.clips(row, protocol, seed) for protocol in protocols]
            self._metrics[key] = evaluate(folds[0]) if len(folds) == 1 else evaluate_pool(folds)
        return self._metrics[key]


def compute(spec: TableSpec, results: Results) -> pd.DataFrame:
    """One row per cell: `row, column, value, ci_low, ci_high, std, n_live, n_attack, reason` (why a cell is empty)."""
    cells = [
        {"row": row.label, "column": column.name, **asdict(_cell(results, row, column, spec.seeds))}
        for row in spec.rows
        for column in spec.columns
    ]
    return pd.DataFrame(cells)


def _cell(results: Results, row: Row, column: Column, seeds: list[int]) -> Cell:
    try:
        cells = [_one_seed(results.metrics(row, column.protocols, seed), column) for seed in seeds]
    except UserError as error:
        return Cell(reason=str(error))
    if len(cells) == 1:
        return cells[0]
    values = [cell.value for cell in cells]
    return Cell(value=float(np.mean(values)), std=float(np.std(values, ddof=1)), n_live=cells[0].n_live, n_attack=cells[0].n_attack)


def _one_seed(metrics: dict[str, Any], column: Column) -> Cell:
    place, intervals = metrics, metrics["ci95"]
    if column.policy:
        if column.policy not in metrics["policies"]:
            role = column.policy.removesuffix("_eer")
            raise UserError(f"{column.group}: no clips in role {role}, which the threshold {column.policy} comes from")
        place, intervals = metrics["policies"][column.policy], intervals["policies"].get(column.policy, {})
    value = place.get(column.metric)
    if value is None:
        raise UserError(f"{column.group}: {column.metric} is undefined: the clips are not of both classes")
    low, high = intervals.get(column.metric) or (np.nan, np.nan)
    return Cell(value, low, high, n_live=metrics["n_live"], n_attack=metrics["n_attack"])
