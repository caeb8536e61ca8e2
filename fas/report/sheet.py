"""A table as the page shows it: the texts of its layout, each with the number to sort by behind it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from fas.report.style import SIMULATED
from fas.tables.layout import Layout, layout
from fas.tables.spec import AnySpec, TableSpec

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@dataclass(frozen=True)
class Entry:
    """A cell: its text, and the number it begins with (None for an empty cell)."""

    text: str
    order: float | None


@dataclass(frozen=True)
class Grid:
    """Rows below two lines of header. `groups` are (title, columns spanned); a row is its label and one entry per column."""

    id: str
    title: str
    groups: tuple[tuple[str, int], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Entry, ...]], ...]


@dataclass(frozen=True)
class Sheet:
    """A table: what is measured, what only the literature has, and the notes. `mark` says that data is simulated."""

    id: str
    title: str
    mark: str
    measured: Grid
    literature: Grid | None
    notes: Sequence[str]


def sheet(spec: AnySpec, cells: pd.DataFrame) -> Sheet:
    """`cells` (from `fas.tables.compute`) laid out as in the other formats, the rows upright."""
    shown = layout(spec, cells)
    return Sheet(
        id=spec.id,
        title=spec.title,
        mark=SIMULATED if isinstance(spec, TableSpec) and spec.collection == "simulated" else "",
        measured=_grid(shown),
        literature=_grid(shown.literature) if shown.literature else None,
        notes=shown.notes,
    )


def _grid(shown: Layout) -> Grid:
    rows = tuple((label, tuple(Entry(text, _order(text)) for text in texts)) for label, texts in shown.rows)
    return Grid(shown.id, shown.caption, shown.groups, shown.columns, rows)


def _order(text: str) -> float | None:
    """`12.3 [10.0, 20.0]` -> 12.3; `– (1)` -> None."""
    found = _NUMBER.match(text)
    return float(found.group()) if found else None
