"""The whole report: tables/, metrics.json, plots/, figures/ and index.html."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pandas as pd
from rich.console import Console

from fas.files import write_json, write_table
from fas.report.figures import Figures, draw
from fas.report.page import Page, Section, write_page
from fas.report.sources import Sources
from fas.report.style import slug
from fas.report.training import draw_history
from fas.tables.compute import Results, compute
from fas.tables.layout import Layout, layout
from fas.tables.show import show
from fas.tables.spec import TableSpec
from fas.tables.write import write

_ROC = ["table", "protocol", "row", "threshold", "apcer_pooled", "bpcer"]
_HISTOGRAM = ["table", "protocol", "row", "class", "low", "high", "clips"]


def report(out: Path, specs: Sequence[TableSpec], sources: Sources, console: Console | None = None) -> None:
    """Write the report of the tables `specs` into `out`, and print the tables on `console` if one is given.

    tables/<id>.csv, .md, .tex; metrics.json ({table: {row: {column: value}}}, percent, three decimals, empty cells left out);
    plots/roc.csv and plots/histogram.csv; figures/*.png; index.html. What was not computed is told where it would stand.
    """
    sections, metrics, drawn = [], {}, []
    for spec in specs:
        results = Results(partial(sources.scores, spec))
        cells = compute(spec, results)
        write(out / "tables", spec, cells)
        figures = draw(out / "figures", spec, results, sources)
        drawn.append(figures)
        metrics[spec.id] = nested(cells)
        sections.append(Section(layout(spec, cells), figures.pictures))
    write_json(out / "metrics.json", metrics)
    _write_plots(out / "plots", drawn)
    write_page(out / "index.html", _page(out / "figures", specs, sections, drawn, sources))
    if console:
        _print([section.table for section in sections], console)


def nested(cells: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Row -> column -> value, for `dvc metrics diff`; empty cells are left out."""
    found: dict[str, dict[str, float]] = {row: {} for row in cells["row"]}
    for cell in cells[cells["value"].notna()].to_dict("records"):
        found[cell["row"]][cell["column"]] = round(cell["value"], 3)
    return found


def counts(captures: pd.DataFrame) -> pd.DataFrame:
    """How many captures there are: a line per dataset and split, a column per class."""
    kind = captures["attack"].where(captures["label"] == "attack", "live")
    table = pd.crosstab([captures["dataset"], captures["split"].replace("", "-")], kind)
    table = table[sorted(table.columns, key=lambda name: (name != "live", name))]
    return table.assign(all=table.sum(axis=1)).reset_index().rename_axis(columns=None)


def _write_plots(folder: Path, drawn: Sequence[Figures]) -> None:
    for name, columns, tables in (
        ("roc.csv", _ROC, [table for figures in drawn for table in figures.roc]),
        ("histogram.csv", _HISTOGRAM, [table for figures in drawn for table in figures.histograms]),
    ):
        whole = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
        write_table(folder / name, whole[columns].round(6))


def _page(folder: Path, specs: Sequence[TableSpec], sections: list[Section], drawn: Sequence[Figures], sources: Sources) -> Page:
    runs = {run: sources.folder(spec, *run) for spec in specs for run in spec.runs()}
    trained = {folder.relative_to(sources.runs).as_posix(): folder for folder in runs.values()}
    configs = {name: sources.config(folder) for name, folder in trained.items()}
    cues = {path.parent.name: path.parent for path in sorted(sources.cues.glob("*/config.json"))}
    configs_of_cues = {name: sources.config(path) for name, path in cues.items()}
    warnings = [warning for figures in drawn for warning in figures.warnings]
    warnings += [f"{name}: {text}" for name, config in {**configs, **configs_of_cues}.items() for text in config.get("warnings", [])]
    return Page(
        simulated=any(spec.collection == "simulated" for spec in specs),
        sections=sections,
        warnings=list(dict.fromkeys(warnings)),
        runs=_runs(configs),
        captures=counts(sources.captures),
        failures=sources.failures(),
        histories=_histories(folder, {**cues, **trained}, sources),
        parameters=sources.parameters,
    )


def _runs(configs: dict[str, dict]) -> pd.DataFrame:
    """A line per trained run: its clips, and its own threshold with its source."""
    rows = []
    for name, config in configs.items():
        if config:
            clips = {role: f"{count['live']} + {count['attack']}" for role, count in config.get("clips", {}).items()}
            row = {"run": name, **{f"{role} (live + attack)": text for role, text in clips.items()}}
            rows.append({**row, "own threshold": config.get("threshold"), "from": config.get("threshold_source", "")})
    return pd.DataFrame(rows)


def _histories(folder: Path, trained: dict[str, Path], sources: Sources) -> list[str]:
    names = []
    for title, source in trained.items():
        history = sources.history(source)
        name = slug("history", *title.split("/")) + ".png"
        if history is not None and draw_history(folder / name, title, history):
            names.append(name)
    return names


def _print(tables: Sequence[Layout], console: Console) -> None:
    for table in tables:
        show(table, console)
