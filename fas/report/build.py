"""The whole report: tables/, metrics.json, plots/, figures/ and index.html."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from fas.files import write_json, write_table
from fas.report.faces import learned
from fas.report.figures import Figures, draw
from fas.report.page import Page, Section, write_page
from fas.report.sources import Sources
from fas.report.style import slug
from fas.report.training import draw_history
from fas.runs import CONFIG
from fas.tables.compute import MEASURED, Results, compute
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
    sections: list[Section] = []
    metrics: dict[str, Any] = {}
    drawn: list[Figures] = []
    for spec in specs:
        results = Results(partial(sources.scores, spec), partial(sources.checkpoints, spec))
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
    found: dict[str, dict[str, float]] = {row: {} for row in cells.loc[cells["kind"] == MEASURED, "row"]}
    for cell in cells[cells["value"].notna()].to_dict("records"):
        found[cell["row"]][cell["column"]] = round(cell["value"], 3)
    return found


def counts(captures: pd.DataFrame) -> pd.DataFrame:
    """How many captures there are: a line per dataset and split, a column per class."""
    if not len(captures):
        return pd.DataFrame()
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
    cues = {f"cues/{path.parent.name}": path.parent for path in sorted(sources.cues.glob(f"*/{CONFIG}"))}
    runs = [sources.folder(spec, *run) for spec in specs for run in spec.runs()]
    trained = cues | {run.relative_to(sources.runs).as_posix(): run for run in runs}
    configs = {name: config for name, folder in trained.items() if (config := sources.config(folder))}
    warnings = [warning for figures in drawn for warning in figures.warnings]
    warnings += [f"{name}: {text}" for name, config in configs.items() for text in config.get("warnings", [])]
    return Page(
        simulated=any(spec.collection == "simulated" for spec in specs),
        sections=sections,
        warnings=list(dict.fromkeys(warnings)),
        runs=_runs({name: config for name, config in configs.items() if name not in cues}),
        captures=counts(sources.captures),
        learned=learned([config for name, config in configs.items() if name in cues]),
        failures=sources.failures(),
        histories=_histories(folder, trained, sources),
        parameters=_parameters(configs),
    )


def _parameters(configs: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What was trained with: per method and variant its own parameters, and those of the features they read."""
    extraction: dict[str, Any] = {}
    trained: dict[str, Any] = {}
    for name, config in configs.items():
        extraction |= config.get("extraction", {})
        trained["/".join(name.split("/")[:2])] = config.get("params", {})
    return extraction | trained


def _runs(configs: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """A line per trained run: its clips, and its own threshold with its source."""
    rows = []
    for name, config in configs.items():
        clips = {f"{role} (live + attack)": f"{count['live']} + {count['attack']}" for role, count in config["clips"].items()}
        rows.append({"run": name, **clips, "own threshold": config["threshold"], "from": config["threshold_source"]})
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
