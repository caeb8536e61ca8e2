"""The whole report: tables/, metrics.json, plots/, figures/ and index.html."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from fas.files import write_json, write_table
from fas.report.album import Album
from fas.report.background import background, trained
from fas.report.content import Tabled, content
from fas.report.figures import draw
from fas.report.page import write_page
from fas.report.params import ReportParams
from fas.report.pictures import embed
from fas.report.sheet import Sheet, sheet
from fas.report.sources import Sources
from fas.report.style import slug
from fas.report.training import draw_history
from fas.report.views import views
from fas.tables.compute import MEASURED, Results, compute
from fas.tables.layout import layout
from fas.tables.measured import PlainResults
from fas.tables.show import show
from fas.tables.spec import PlainSpec, TableSpec
from fas.tables.write import write

_ABOUT = ["table", "data", "protocol", "row"]
_ROC = [*_ABOUT, "threshold", "apcer_pooled", "bpcer"]
_DET = [*_ABOUT, "threshold", "apcer_deviate", "bpcer_deviate"]
_HISTOGRAM = [*_ABOUT, "class", "low", "high", "clips"]


def report(
    out: Path,
    specs: Sequence[TableSpec],
    sources: Sources,
    params: ReportParams | None = None,
    console: Console | None = None,
    apart: Sequence[tuple[PlainSpec, PlainResults]] = (),
) -> None:
    """Write the report of the tables `specs` into `out`, and print the tables on `console` if one is given.

    tables/<id>.csv, .md, .tex; metrics.json ({table: {row: {column: value}}}, percent, three decimals, empty cells left out);
    plots/roc.csv, det.csv and histogram.csv; figures/*.png; index.html. What was not computed is told where it would stand.
    `apart` are tables that are not made of runs, with what was measured of them: they have files in tables/ and a section of the page.
    """
    params = params or ReportParams()
    album = Album(params.embedded)
    metrics: dict[str, Any] = {}
    tables: list[Tabled] = []
    for spec in specs:
        results = Results(partial(sources.scores, spec), partial(sources.checkpoints, spec))
        cells = compute(spec, results)
        write(out / "tables", spec, cells)
        metrics[spec.id] = nested(cells)
        found = views(spec, results, sources)
        tables.append(Tabled(spec, sheet(spec, cells), found, draw(out / "figures", spec, found, sources, params, album)))
        if console:
            show(layout(spec, cells), console)
    write_json(out / "metrics.json", metrics)
    _write_plots(out / "plots", tables)
    pictured = embed(album, [view for table in tables for view in table.views], sources, params)
    histories = _histories(out / "figures", specs, sources)
    shown = content(tables, pictured, album, histories, params)
    sheets = [_apart(out / "tables", spec, plain) for spec, plain in apart]
    write_page(out / "index.html", [table.sheet for table in tables], background(tables, pictured, album, sources), shown, sheets)


def _apart(folder: Path, spec: PlainSpec, plain: PlainResults) -> Sheet:
    told = spec.model_copy(update={"notes": [*plain.notes, *spec.notes]})
    cells = compute(told, plain=plain)
    write(folder, told, cells)
    return sheet(told, cells)


def nested(cells: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Row -> column -> value, for `dvc metrics diff`; empty cells are left out."""
    found: dict[str, dict[str, float]] = {row: {} for row in cells.loc[cells["kind"] == MEASURED, "row"]}
    for cell in cells[cells["value"].notna()].to_dict("records"):
        found[cell["row"]][cell["column"]] = round(cell["value"], 3)
    return found


def _write_plots(folder: Path, tables: Sequence[Tabled]) -> None:
    curves = [one for table in tables for one in table.figures.curves]
    histograms = [one for table in tables for one in table.figures.histograms]
    for name, names, parts in (("roc.csv", _ROC, curves), ("det.csv", _DET, curves), ("histogram.csv", _HISTOGRAM, histograms)):
        whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=names)
        write_table(folder / name, whole[names].round(6))


def _histories(folder: Path, specs: Sequence[TableSpec], sources: Sources) -> dict[str, pd.DataFrame]:
    """The histories that have something to draw, each drawn into `folder`."""
    found = {}
    for title, source in trained(specs, sources).items():
        history = sources.history(source)
        if history is not None and draw_history(folder / (slug("history", *title.split("/")) + ".png"), title, history):
            found[title] = history
    return found
