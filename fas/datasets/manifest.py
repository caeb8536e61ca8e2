"""The manifest: one row per capture of a dataset, all columns text. Empty text stands for unknown."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fas.datasets.adapter import ATTACK, ATTACKS, LABELS, LIVE, MEDIA, SPLITS
from fas.errors import UserError
from fas.files import read_table, write_table

COLUMNS = (
    "dataset",
    "clip",
    "media",
    "label",
    "attack",
    "instrument",
    "subject",
    "split",
    "session",
    "device",
    "support",
    "light",
    "content",
)
_ALLOWED = {"media": MEDIA, "label": LABELS, "attack": ("", *ATTACKS), "split": ("", *SPLITS)}


def read_manifest(path: Path) -> pd.DataFrame:
    """A manifest as text columns in the order of `COLUMNS`, checked.

    Raises:
        UserError: no such file, a missing column, a clip listed twice, or a value that the column does not admit.
    """
    table = read_table(path, required=COLUMNS, text=COLUMNS)[list(COLUMNS)]
    check(table, str(path))
    return table


def read_manifests(paths: Sequence[Path]) -> pd.DataFrame:
    """Several manifests as one table.

    Raises:
        UserError: as `read_manifest`, or a clip that two of them list.
    """
    table = pd.concat([read_manifest(path) for path in paths], ignore_index=True)
    _unique(table, " and ".join(str(path) for path in paths))
    return table


def write_manifest(path: Path, table: pd.DataFrame) -> None:
    """Write a manifest, sorted by `clip`; the same rows give the same bytes."""
    check(table, str(path))
    write_table(path, table[list(COLUMNS)].sort_values(["dataset", "clip"], kind="stable", ignore_index=True))


def check(table: pd.DataFrame, where: str) -> None:
    """Check a manifest's values; `where` names it in the error.

    Raises:
        UserError: see `read_manifest`.
    """
    for column in ("dataset", "clip"):
        if (table[column] == "").any():
            raise UserError(f"{where}: row {int((table[column] == '').argmax()) + 1}: {column} is empty")
    _unique(table, where)
    for column, allowed in _ALLOWED.items():
        _refuse(table, ~table[column].isin(allowed), where, f"{column} is none of {', '.join(filter(None, allowed))}")
    _refuse(table, (table["label"] == ATTACK) & (table["attack"] == ""), where, "an attack without its class in column attack")
    _refuse(table, (table["label"] == LIVE) & (table["attack"] != ""), where, "live, but with a class in column attack")


def _unique(table: pd.DataFrame, where: str) -> None:
    _refuse(table, table.duplicated(["dataset", "clip"]), where, "the clip is listed twice")


def _refuse(table: pd.DataFrame, bad: pd.Series, where: str, problem: str) -> None:
    if bad.any():
        row = table[bad].iloc[0]
        raise UserError(f"{where}: {row['dataset']} {row['clip']}: {problem}")
