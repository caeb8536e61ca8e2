"""Measured numbers of the tables that are not made of runs: what the one-class experiment (stages/one_class) left."""

from dataclasses import dataclass, field
from pathlib import Path

from fas.files import read_json, read_table
from fas.tables.cell import Cell
from fas.tables.spec import PlainSpec

RESULTS = "results.csv"
NOTES = "notes.json"
REPORTS = {"one_class": Path("stages/one_class/reports")}
HOW = {"one_class": "not measured here yet: `dvc repro stages/one_class/dvc.yaml` (stages/one_class/README.md says what it needs)"}


@dataclass(frozen=True)
class PlainResults:
    """Cells by (row, column), the columns whose numbers may be compared with published ones, and what must be said about them."""

    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)
    comparable: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def missing(spec: PlainSpec) -> str:
    """Why a cell of such a table is empty: how to get its number."""
    return HOW.get(spec.kind, f"tables of kind {spec.kind} are not measured in this version yet")


def measured_cells(spec: PlainSpec, folder: Path | None = None) -> PlainResults:
    """What was measured of a table; nothing where its experiment has not run.

    Raises:
        UserError: the results are not a table, or lack a column.
    """
    place = folder or REPORTS.get(spec.kind)
    if place is None or not (place / RESULTS).is_file():
        return PlainResults()
    table = read_table(place / RESULTS, required=("row", "column", "value", "std", "comparable"), text=("row", "column"))
    cells = {(line["row"], line["column"]): Cell(value=line["value"], std=line["std"]) for line in table.to_dict("records")}
    notes = tuple(read_json(place / NOTES)) if (place / NOTES).is_file() else ()
    return PlainResults(cells, frozenset(table.loc[table["comparable"], "column"]), notes)
