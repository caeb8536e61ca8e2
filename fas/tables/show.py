"""A table on a terminal, readable when piped too."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fas.tables.layout import Layout

_WIDE = 1000


def show(table: Layout, console: Console) -> None:
    """Print the table, the literature's rows apart, and its notes; rows stand side by side where the layout says so.

    A console that is no terminal is made as wide as it needs to be, so that nothing is cut or wrapped.
    """
    parts = [table, table.literature] if table.literature else [table]
    grids = [_transposed(part) if part.transposed else _upright(part) for part in parts]
    if not console.is_terminal:
        console.width = _WIDE
        texts = [*table.notes, *(part.caption for part in parts)]
        console.width = max(*(console.measure(grid).maximum for grid in grids), *(len(text) for text in texts)) + 1
    for part, grid in zip(parts, grids, strict=True):
        console.print(escape(part.caption), style="bold", highlight=False)
        console.print(grid)
    for note in table.notes:
        console.print(escape(note), highlight=False, style="dim")
    console.print()


def _upright(table: Layout) -> Table:
    grid = _grid(table.full_columns)
    for label, texts in table.rows:
        grid.add_row(*(escape(text) for text in (label, *texts)))
    return grid


def _transposed(table: Layout) -> Table:
    grid = _grid([label for label, _ in table.rows])
    for group, lines in table.blocks():
        grid.add_row(f"[bold]{escape(group)}[/bold]")
        for column, texts in lines:
            grid.add_row(f"  {escape(column)}", *(escape(text) for text in texts))
    return grid


def _grid(heads: Sequence[str]) -> Table:
    grid = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    grid.add_column("")
    for head in heads:
        grid.add_column(escape(head), justify="right")
    return grid
