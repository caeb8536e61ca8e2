"""Our own numbers of a table of sizes and times (kind `complexity`): `data/measured/<id>.csv`, a line per
cell, written by `fas tables measure`.

row, column        the keys of the spec: a row's label, a column's name
value, low, high   the value and, of what was repeated, the quartiles
machine            what it was measured on
settings           how
versions           of fas, torch and torchvision, and a digest of the code that the numbers depend on

The file names no time and no path. A measurement of other versions than those of now is shown with a note that says so.
"""

from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

from fas import __version__
from fas.errors import UserError
from fas.files import digest_file, digest_value, read_table
from fas.tables.cell import Cell
from fas.tables.spec import PlainSpec, columns_of

FOLDER = Path("data/measured")
KEYS = ("row", "column")
PROVENANCE = ("machine", "settings", "versions")
_NUMBERS = ("value", "low", "high")
_TEXT = (*KEYS, *PROVENANCE)
COLUMNS = (*KEYS, *_NUMBERS, *PROVENANCE)
_CODE = (
    "complexity/networks.py",
    "complexity/count.py",
    "complexity/timing.py",
    "complexity/measure.py",
    "plgf/plgf.py",
    "plgf/attvlad.py",
    "methods/meta_pseudo_label/model.py",
)


def measured(spec: PlainSpec, folder: Path = FOLDER) -> pd.DataFrame:
    """The measured numbers of a table (columns `COLUMNS`); none where there is no file.

    Raises:
        UserError: one line: the file, the row and column, and what is wrong there.
    """
    path = folder / f"{spec.id}.csv"
    if not path.is_file():
        return pd.DataFrame({name: pd.Series(dtype=str if name in _TEXT else float) for name in COLUMNS})
    table = read_table(path, required=COLUMNS, text=_TEXT)[list(COLUMNS)]
    _check(table, spec, str(path))
    return table


def _check(table: pd.DataFrame, spec: PlainSpec, where: str) -> None:
    for name in _NUMBERS:
        if not pd.api.types.is_numeric_dtype(table[name]) and table[name].notna().any():
            raise UserError(f"{where}: column {name} holds something that is not a number")
    limits = {column.name: column.limits for column in columns_of(spec)}
    labels = {row.label for row in spec.rows}
    twice = table.duplicated(["row", "column"])
    for number, line in enumerate(table.to_dict("records")):
        low, high = limits.get(line["column"], (0.0, 0.0))
        wrong = {
            "is there twice": bool(twice.iloc[number]),
            "the table has no such row": line["row"] not in labels,
            "the table has no such column": line["column"] not in limits,
            "no value": np.isnan(line["value"]),
            f"the value {line['value']:g} is not in {low:g}..{high:g}": not low <= line["value"] <= high,
        }
        problem = next((text for text, found in wrong.items() if found), "")
        if problem:
            raise UserError(f"{where}: row '{line['row']}', column '{line['column']}': {problem}")


def versions() -> str:
    """What a measurement depends on beside the machine, of now."""
    packages = [f"{name} {_version(name)}" for name in ("torch", "torchvision")]
    return ", ".join([f"fas {__version__}", *packages, f"networks {_code()[:8]}"])


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _code() -> str:
    """A digest of the source of our networks and of how they are measured."""
    root = Path(str(files("fas")))
    return digest_value([digest_file(root / part) for part in _CODE])


def cells(own: pd.DataFrame) -> dict[tuple[str, str], Cell]:
    """The cells by (row, column), with quartiles in the place of intervals."""
    lines = own.to_dict("records")
    return {(line["row"], line["column"]): Cell(value=line["value"], ci_low=line["low"], ci_high=line["high"]) for line in lines}


def provenance(spec: PlainSpec, own: pd.DataFrame) -> tuple[str, ...]:
    """Where and with what the numbers `own` (columns `COLUMNS`) were measured, and whether that is what is there now."""
    sources = list(dict.fromkeys(own[list(PROVENANCE)].itertuples(index=False, name=None)))
    told = [f"Ours: {machine}; {settings}; {used}. [low, high]: quartiles." for machine, settings, used in sources]
    stale = sorted({used for *_, used in sources} - {versions()})
    again = f"`fas tables measure {spec.id}` measures again"
    return (*told, *(f"Ours is of {used}, and now there is {versions()}: {again}." for used in stale))
