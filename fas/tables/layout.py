"""A table's cells as text, laid out once for all formats: two lines of header, one line per row, and notes (fas/tables/notes.py)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import pandas as pd

from fas.tables.columns import AnyColumn
from fas.tables.notes import notes
from fas.tables.published import published
from fas.tables.spec import AnyRow, AnySpec, columns_of, variants_of

EMPTY = "–"
_WIDE = 160
PUBLISHED, OURS, DIFFERENCE = "published", "ours", "difference"
LITERATURE = "Literature, as published"

Cells = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass(frozen=True)
class Layout:
    """A table as text. `groups` are (title, columns spanned); a row is its label and one text per column.

    `literature` holds the rows that are published and not measured, apart from those that are.
    """

    id: str
    caption: str
    groups: tuple[tuple[str, int], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...]
    literature: "Layout | None" = None

    @property
    def full_columns(self) -> tuple[str, ...]:
        """Group and column in one text, for formats with one line of header."""
        groups = [title for title, span in self.groups for _ in range(span)]
        return tuple(f"{group} {column}" for group, column in zip(groups, self.columns, strict=True))

    @property
    def transposed(self) -> bool:
        """Whether the rows are better printed side by side: more columns than rows, or headings too long for one line."""
        headings, labels = (sum(map(len, texts)) for texts in (self.full_columns, [label for label, _ in self.rows]))
        return len(self.columns) > len(self.rows) or headings > max(labels, _WIDE)

    def blocks(self) -> list[tuple[str, list[tuple[str, tuple[str, ...]]]]]:
        """The transposed table: per group its title and its lines, (column, one text per row)."""
        turned = []
        start = 0
        for group, span in self.groups:
            numbers = range(start, start + span)
            turned.append((group, [(self.columns[number], tuple(texts[number] for _, texts in self.rows)) for number in numbers]))
            start += span
        return turned


def layout(spec: AnySpec, cells: pd.DataFrame, numbers: pd.DataFrame | None = None) -> Layout:
    """`cells` (from `compute`) in the order of the spec: published | ours | difference where there is something published.

    `numbers` are the published ones, for what their notes say (default: those of the spec's file).
    """
    found: Cells = {(cell["row"], cell["column"]): cell for cell in cells.to_dict("records")}
    reasons = list(dict.fromkeys(cell["reason"] for cell in found.values() if cell["reason"]))
    parts = [(column, part) for column in columns_of(spec) for part in _parts(column, found, [row.label for row in spec.rows])]
    told = notes(spec, cells, published(spec) if numbers is None else numbers)
    return Layout(
        id=spec.id,
        caption=spec.heading,
        groups=_groups([column for column, _ in parts]),
        columns=tuple(_heading(column, part) for column, part in parts),
        rows=tuple((row.label, _line(row, parts, found, reasons)) for row in spec.rows),
        notes=(*told, *(f"({number}) {reason}" for number, reason in enumerate(reasons, 1))),
        literature=_literature(spec, found),
    )


def _literature(spec: AnySpec, found: Cells) -> Layout | None:
    columns = [one for one in columns_of(spec) if any(_is(found[label, one.name]["published"]) for label in spec.literature)]
    if not columns:
        return None
    rows = tuple((label, tuple(_published(found[label, one.name], one, found) for one in columns)) for label in spec.literature)
    return Layout(f"{spec.id}-literature", LITERATURE, _groups(columns), tuple(one.title for one in columns), rows, ())


def _groups(columns: Sequence[AnyColumn]) -> tuple[tuple[str, int], ...]:
    return tuple((title, len(list(same))) for title, same in groupby(columns, lambda column: column.group))


def _parts(column: AnyColumn, found: Cells, rows: Sequence[str]) -> list[str]:
    """What is told of a column: our numbers alone, or the published ones, ours and, where they can be compared, the difference."""
    cells = [found[row, column.name] for row in rows]
    if not any(_is(cell["published"]) for cell in cells):
        return [""]
    compared = any(_is(cell["difference"]) for cell in cells)
    return [PUBLISHED, OURS, *([DIFFERENCE] if compared else [])]


def _heading(column: AnyColumn, part: str) -> str:
    return column.title + (f", {part}" if part else "")


def _line(row: AnyRow, parts: Sequence[tuple[AnyColumn, str]], found: Cells, reasons: Sequence[str]) -> tuple[str, ...]:
    """A row's texts; a value of ours that is not of the row's own variant names its variants."""
    texts = []
    for column, part in parts:
        cell, variants = found[row.label, column.name], variants_of(row, column)
        ours = part in ("", OURS) and _is(cell["value"])
        other = f" ({', '.join(dict.fromkeys(variants))})" if ours and variants != [row.variant] else ""
        texts.append(_text(cell, column, part, found, reasons) + other)
    return tuple(texts)


def _text(cell: Mapping[str, Any], column: AnyColumn, part: str, found: Cells, reasons: Sequence[str]) -> str:
    if part == PUBLISHED:
        return _published(cell, column, found)
    if part == DIFFERENCE:
        return f"{cell['difference']:+.{column.decimals}f}" if _is(cell["difference"]) else ""
    if not _is(cell["value"]):
        return f"{EMPTY} ({reasons.index(cell['reason']) + 1})"
    text = f"{cell['value']:.{column.decimals}f}"
    if _is(cell["std"]):
        return f"{text} ± {cell['std']:.{column.decimals}f}"
    digits = column.decimals
    return f"{text} [{cell['ci_low']:.{digits}f}, {cell['ci_high']:.{digits}f}]" if _is(cell["ci_low"]) else text


def _published(cell: Mapping[str, Any], column: AnyColumn, found: Cells) -> str:
    """A published number with as many decimals as the column's others have."""
    if not _is(cell["published"]):
        return ""
    same = [one for (_, name), one in found.items() if name == column.name]
    decimals = _decimals([one[key] for one in same for key in ("published", "published_std")])
    text = f"{cell['published']:.{decimals}f}"
    return f"{text} ± {cell['published_std']:.{decimals}f}" if _is(cell["published_std"]) else text


def _decimals(values: Sequence[float]) -> int:
    """The fewest decimals, up to five, that show all values as they are."""
    there = np.array([value for value in values if _is(value)])
    return next((decimals for decimals in range(5) if np.allclose(there, there.round(decimals), rtol=0, atol=1e-9)), 5)


def _is(value: object) -> bool:
    return not pd.isna(value)
