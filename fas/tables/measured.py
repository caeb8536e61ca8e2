"""Measured numbers of the tables that are not made of runs: what the one-class experiment (stages/one_class) left, and sizes and times of
networks (fas/tables/complexity.py)."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from fas.files import read_json, read_table
from fas.tables import complexity
from fas.tables.cell import Cell
from fas.tables.spec import PlainSpec, bundled, load_any

RESULTS = "results.csv"
NOTES = "notes.json"
REPORTS = {"one_class": Path("stages/one_class/reports")}
HOW = {
    "complexity": "not measured yet: `fas tables measure 004-T14`",
    "one_class": "not measured here yet: `dvc repro stages/one_class/dvc.yaml` (stages/one_class/README.md says what it needs)",
}


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
        UserError: the results are not a table, lack a column, or are of another table.
    """
    if spec.kind == "complexity":
        return of_complexity(spec, complexity.measured(spec, folder or complexity.FOLDER))
    place = folder or REPORTS.get(spec.kind)
    if place is None or not (place / RESULTS).is_file():
        return PlainResults()
    table = read_table(place / RESULTS, required=("row", "column", "value", "std", "comparable"), text=("row", "column"))
    cells = {(line["row"], line["column"]): Cell(value=line["value"], std=line["std"]) for line in table.to_dict("records")}
    notes = tuple(read_json(place / NOTES)) if (place / NOTES).is_file() else ()
    return PlainResults(cells, frozenset(table.loc[table["comparable"], "column"]), notes)


def measured_tables() -> list[tuple[PlainSpec, PlainResults]]:
    """The tables of sizes and times of which something was measured, with that: the report's (the one-class experiment has its own)."""
    specs = [spec for spec in map(load_any, bundled()) if isinstance(spec, PlainSpec) and spec.kind == "complexity"]
    found = [(spec, measured_cells(spec)) for spec in specs]
    return [(spec, plain) for spec, plain in found if plain.cells]


def of_complexity(spec: PlainSpec, own: pd.DataFrame) -> PlainResults:
    """The numbers `own` of a table of sizes and times, with notes that say where they are from."""
    return PlainResults(complexity.cells(own), notes=complexity.provenance(spec, own))
