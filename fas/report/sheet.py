"""A table as the page shows it: what is published beside what was measured, and a number to sort by behind each text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from fas.report.style import SIMULATED
from fas.tables.layout import EMPTY, layout, title
from fas.tables.spec import TableSpec


@dataclass(frozen=True)
class Entry:
    """A cell: its value as text, what is written smaller below it, and the number to sort by (None for an empty cell)."""

    text: str
    details: tuple[str, ...] = ()
    order: float | None = None
    literature: bool = False


@dataclass(frozen=True)
class Sheet:
    """A table. `groups` are (title, columns spanned); a row is its label and one entry per column; `mark` says that data is simulated."""

    id: str
    title: str
    mark: str
    groups: tuple[tuple[str, int], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Entry, ...]], ...]
    notes: tuple[str, ...]


def sheet(spec: TableSpec, cells: pd.DataFrame) -> Sheet:
    """`cells` (from `fas.tables.compute`) in the order of the spec, with the notes of `fas.tables.layout`.

    Columns that a cell may have beside its value are shown where they are there: `published`, `published_std`, `difference`, `kind`
    (`measured` or `literature`), `folds`, `checkpoint`.
    """
    found = {(cell["row"], cell["column"]): cell for cell in cells.to_dict("records")}
    reasons = list(dict.fromkeys(cell["reason"] for cell in found.values() if cell["reason"]))
    return Sheet(
        id=spec.id,
        title=spec.title,
        mark=SIMULATED if spec.collection == "simulated" else "",
        groups=tuple((name, len(list(columns))) for name, columns in groupby(spec.columns, lambda column: column.group)),
        columns=tuple(title(column) for column in spec.columns),
        rows=tuple((row.label, tuple(_entry(found[row.label, column.name], reasons) for column in spec.columns)) for row in spec.rows),
        notes=layout(spec, cells).notes,
    )


def _entry(cell: Mapping[str, Any], reasons: Sequence[str]) -> Entry:
    published = _number(cell, "published")
    value = _number(cell, "value")
    details = [] if published is None else [f"published {_spread(cell, 'published', 'published_std')}"]
    if (difference := _number(cell, "difference")) is not None:
        details.append(f"difference {difference:+.1f}")
    if value is not None and (folds := _number(cell, "folds")) and folds > 1:
        details.append(f"{folds:.0f} folds")
    if value is not None and isinstance(checkpoint := cell.get("checkpoint"), str) and checkpoint:
        details.append(f"checkpoint {checkpoint}")
    literature = cell.get("kind") == "literature"
    if value is None and literature and published is not None:
        return Entry(_spread(cell, "published", "published_std"), ("published",), published, True)
    if value is None:
        return Entry(f"{EMPTY} ({reasons.index(cell['reason']) + 1})" if cell["reason"] else EMPTY, tuple(details))
    return Entry(_measured(cell), tuple(details), value, literature)


def _measured(cell: Mapping[str, Any]) -> str:
    if _number(cell, "std") is not None:
        return _spread(cell, "value", "std")
    low, high = _number(cell, "ci_low"), _number(cell, "ci_high")
    return f"{cell['value']:.1f}" + ("" if low is None or high is None else f" [{low:.1f}, {high:.1f}]")


def _spread(cell: Mapping[str, Any], value: str, std: str) -> str:
    spread = _number(cell, std)
    return f"{cell[value]:.1f}" + ("" if spread is None else f" ± {spread:.1f}")


def _number(cell: Mapping[str, Any], name: str) -> float | None:
    value = cell.get(name)
    return None if value is None or pd.isna(value) or isinstance(value, str) else float(value)
