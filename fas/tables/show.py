"""A table on a terminal, readable when piped too."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fas.tables.layout import Layout


def show(table: Layout, console: Console) -> None:
    """Print the table and its notes; the methods stand side by side when there are more columns than rows.

    A console that is no terminal gets the width it needs, so that nothing is cut or wrapped.
    """
    printed = _upright(table) if len(table.columns) <= len(table.rows) else _transposed(table)
    width = None if console.is_terminal else max(console.measure(printed).maximum, *(len(note) for note in table.notes)) + 1
    console.print(printed, width=width, crop=False)
    for note in table.notes:
        console.print(escape(note), width=width, highlight=False, style="dim")
    console.print()


def _upright(table: Layout) -> Table:
    grid = _grid(table, "", table.full_columns)
    for label, texts in table.rows:
        grid.add_row(*(escape(text) for text in (label, *texts)))
    return grid


def _transposed(table: Layout) -> Table:
    grid = _grid(table, "", [label for label, _ in table.rows])
    position = 0
    for _, span in table.groups:
        for number in range(position, position + span):
            texts = (row[1][number] for row in table.rows)
            grid.add_row(*(escape(text) for text in (table.full_columns[number], *texts)), end_section=number == position + span - 1)
        position += span
    return grid


def _grid(table: Layout, corner: str, heads: list[str] | tuple[str, ...]) -> Table:
    grid = Table(title=escape(table.caption), title_justify="left", title_style="bold")
    grid.add_column(corner)
    for head in heads:
        grid.add_column(escape(head), justify="right")
    return grid
