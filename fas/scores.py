"""Scores: what a method hands to a metric. One row per clip, or per frame with a column `frame`; higher = more live.

NaN means failure to acquire (no face was found): the row stays. Columns `score_<name>` hold a method's other scores.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from fas.datasets.adapter import ATTACK, LABELS
from fas.errors import UserError
from fas.files import read_table

TEXT = ("dataset", "clip", "subject", "label", "attack", "instrument", "role")
COLUMNS = (*TEXT, "score")
FRAME = "frame"
CHECKPOINTS = "checkpoints.parquet"  # a run's kept checkpoints: the columns of a score table and `STEP`, one block per checkpoint
STEP = "step"
ROLES = ("train", "dev", "test", "source_eval")


def read_scores(path: Path) -> pd.DataFrame:
    """A score file, checked; see `check`.

    Raises:
        UserError: no such file, a missing column, or what `check` refuses.
    """
    table = read_table(path, required=COLUMNS, text=TEXT)
    check(table, str(path))
    return table.astype(dict.fromkeys(score_columns(table), np.float64))


def score_columns(table: pd.DataFrame) -> list[str]:
    """The score columns of a table: `score` and every `score_<name>`."""
    return [column for column in table.columns if column == "score" or column.startswith("score_")]


def check(table: pd.DataFrame, where: str) -> None:
    """Check a score table; `where` names it in the error.

    Raises:
        UserError: a score that is no number, an unknown label or role, an attack without its class, a row listed twice,
            or frames of one clip that contradict each other.
    """
    for column in score_columns(table):
        if not pd.api.types.is_numeric_dtype(table[column]) and table[column].notna().any():
            raise UserError(f"{where}: column {column} holds something that is not a number")
    for column, allowed in (("label", LABELS), ("role", ROLES)):
        _refuse(table, ~table[column].isin(allowed), where, f"{column} is none of {', '.join(allowed)}")
    _refuse(table, (table["label"] == ATTACK) & (table["attack"] == ""), where, "an attack without its class in column attack")
    if FRAME in table:
        _refuse(table, table.duplicated(["dataset", "clip", FRAME]), where, "a frame is listed twice")
        first = table.groupby(["dataset", "clip"])[list(TEXT)].transform("first")
        _refuse(table, (table[list(TEXT)] != first).any(axis=1), where, "its frames differ in label, attack, subject or role")
    else:
        _refuse(table, table.duplicated(["dataset", "clip"]), where, "the clip is listed twice (a file of frames has a column frame)")


def check_test(table: pd.DataFrame, where: str) -> None:
    """Refuse a score table without test clips of both classes, which has no error rates; `where` names it in the error.

    Raises:
        UserError: no clip, no live clip or no attack clip has the role test.
    """
    labels = set(table.loc[table["role"] == "test", "label"])
    for label in LABELS:
        if label not in labels:
            raise UserError(f"{where}: no {label} clip has the role test" if labels else f"{where}: no clip has the role test")


def _refuse(table: pd.DataFrame, bad: pd.Series, where: str, problem: str) -> None:
    if bad.any():
        row = table[bad].iloc[0]
        raise UserError(f"{where}: {row['dataset']} {row['clip']}: {problem}")


def to_clips(scores: pd.DataFrame) -> pd.DataFrame:
    """One row per clip, sorted by dataset and clip, without `frame`: each score is the mean of the clip's finite ones, else NaN."""
    order = ["dataset", "clip", *([FRAME] if FRAME in scores else [])]
    ordered = scores.sort_values(order, kind="stable")
    columns = score_columns(scores)
    values = ordered[columns].astype(np.float64)
    ordered = ordered.assign(**values.where(np.isfinite(values)))
    kept = dict.fromkeys(TEXT[2:], "first") | dict.fromkeys(columns, "mean")
    return ordered.groupby(["dataset", "clip"], sort=True).agg(kept).reset_index()
