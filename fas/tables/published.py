"""The numbers that papers printed: `published/<id>.csv` for the table `<id>`, a line per cell.

row, column   the keys of the spec: a row's label (measured or literature), a column's name
value, std    as printed, shares in percent; std where the paper gives one; no value where it cannot be read (then `note` says so)
kind          `paper`: the paper measured it itself; `literature`: it quotes it from elsewhere
source        paper and table, and whom it quotes
note          what is doubtful: an unreadable digit, a number that the paper prints in two ways

They are read to be shown beside our own numbers and for nothing else, so that editing one trains nothing again.
"""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from fas.errors import UserError
from fas.files import read_table
from fas.tables.columns import AnyColumn
from fas.tables.spec import AnySpec, columns_of

COLUMNS = ("row", "column", "value", "std", "kind", "source", "note")
KINDS = ("paper", "literature")
_TEXT = ("row", "column", "kind", "source", "note")
_FOLDER = files("fas.tables") / "published"


def published(spec: AnySpec, folder: Path | None = None) -> pd.DataFrame:
    """The published numbers of a paper's table (columns `COLUMNS`); none for a table that is no paper's.

    Raises:
        UserError: one line: the file, the row and column, and what is wrong there.
    """
    path = (folder or Path(str(_FOLDER))) / f"{spec.id}.csv"
    if spec.paper is None or not path.is_file():
        return pd.DataFrame({name: pd.Series(dtype=str if name in _TEXT else float) for name in COLUMNS})
    table = read_table(path, required=COLUMNS, text=_TEXT)[list(COLUMNS)]
    _check(table, spec, path.name)
    return table


def _check(table: pd.DataFrame, spec: AnySpec, where: str) -> None:
    for name in ("value", "std"):
        if not pd.api.types.is_numeric_dtype(table[name]) and table[name].notna().any():
            raise UserError(f"{where}: column {name} holds something that is not a number")
    columns = {column.name: column for column in columns_of(spec)}
    labels = {*(row.label for row in spec.rows), *spec.literature}
    twice = table.duplicated(["row", "column"])
    for number, line in enumerate(table.to_dict("records")):
        problem = "is there twice" if twice.iloc[number] else _problem(line, labels, columns)
        if problem:
            raise UserError(f"{where}: row '{line['row']}', column '{line['column']}': {problem}")


def _problem(line: dict, labels: set[str], columns: dict[str, AnyColumn]) -> str:
    """What is wrong with one line; empty when nothing is."""
    if line["row"] not in labels:
        return "the table has no such row"
    if line["column"] not in columns:
        return "the table has no such column"
    low, high = columns[line["column"]].limits
    value, std = line["value"], line["std"]
    wrong = {
        f"kind is none of {', '.join(KINDS)}": line["kind"] not in KINDS,
        "no source": not line["source"],
        "no value, and no note why": np.isnan(value) and not line["note"],
        f"the value {value:g} is not in {low:g}..{high:g}": not (np.isnan(value) or low <= value <= high),
        f"the standard deviation {std:g} is not in 0..{high:g}": not (np.isnan(std) or 0 <= std <= high),
    }
    return next((problem for problem, found in wrong.items() if found), "")
