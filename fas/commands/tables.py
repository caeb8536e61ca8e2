"""`fas tables`, `fas tables show`: the tables that can be asked for, what they need, and what they say."""

import math
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fas.commands.output import as_json

if TYPE_CHECKING:
    import pandas as pd

    from fas.params import BaseParams
    from fas.tables.spec import AnySpec, TableSpec

REPORTED = Path("reports/tables")

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout and nothing else.")]

app = typer.Typer(help="The tables: what each needs, whether it is there, and what one says.", invoke_without_command=True)


@app.callback()
def list_tables(context: typer.Context, json: AsJson = False) -> None:
    """The tables that can be asked for in `tables:` of params.yaml, and whether the present manifests suffice."""
    if context.invoked_subcommand is not None:
        return
    from fas.params import load
    from fas.plan.ready import card
    from fas.plan.wanted import Wanted
    from fas.tables.spec import bundled, load_any

    wanted = Wanted(_of(load(), []))
    cards = [card(load_any(name), wanted) for name in bundled()]
    if json:
        as_json({"tables": cards})
        return
    for one in cards:
        typer.echo(f"{one['id']}  {one['title']}" + (f" (paper {one['paper']})" if one["paper"] else ""))
        typer.echo(f"    {_needs(one)}")
        typer.echo("    ready" if one["ready"] else f"    not ready: {'; '.join(one['missing'])}")


def _needs(card: dict[str, Any]) -> str:
    if card["kind"] != "runs":
        return f"kind {card['kind']}; {', '.join(card['datasets']) or 'no dataset'}"
    runs = f"{card['runs']} run{'s' if card['runs'] > 1 else ''}"
    return f"{runs} of {', '.join(card['methods'])} on {', '.join(card['datasets'])} ({card['collection']} data)"


@app.command("show")
def show_table(
    name: Annotated[str, typer.Argument(metavar="ID", help="A table that `fas tables` lists, or the path of your own spec.")],
    json: AsJson = False,
) -> None:
    """Print one table: the published numbers and, as far as runs/ or reports/ hold results, ours."""
    from rich.console import Console

    from fas.params import load
    from fas.tables.layout import layout
    from fas.tables.show import show
    from fas.tables.write import tidy

    spec, cells = _cells(name, load())
    laid_out = layout(spec, cells)
    if json:
        about = {"id": spec.id, "paper": spec.paper, "title": spec.title, "kind": spec.kind}
        kept = [{key: _plain(value) for key, value in cell.items()} for cell in tidy(spec, cells).to_dict("records")]
        as_json({**about, "collection": getattr(spec, "collection", None), "cells": kept, "notes": laid_out.notes})
    else:
        show(laid_out, Console())


def _cells(name: str, params: "BaseParams") -> "tuple[AnySpec, pd.DataFrame]":
    """The spec, its collection decided, and its cells from the runs that are there, or else from the last report."""
    from fas.config import load as load_config
    from fas.plan.wanted import Wanted
    from fas.report.sources import Sources
    from fas.tables.compute import Results, compute
    from fas.tables.measured import measured_cells
    from fas.tables.spec import PlainSpec, load_any

    spec = load_any(name)
    if isinstance(spec, PlainSpec):
        plain = measured_cells(spec)
        return spec.model_copy(update={"notes": [*plain.notes, *spec.notes]}), compute(spec, plain=plain)
    wanted = Wanted(_of(params, [name]), load_config())
    (settled,) = wanted.tables
    sources = Sources.of(wanted)
    cells = compute(settled, Results(partial(sources.scores, settled), partial(sources.checkpoints, settled)))
    return settled, cells if cells["value"].notna().any() else _reported(settled, cells)


def _reported(spec: "TableSpec", cells: "pd.DataFrame") -> "pd.DataFrame":
    """The measured values of the last report, where it has this table of the same collection; `cells` otherwise."""
    from fas.files import read_table
    from fas.tables.compute import beside
    from fas.tables.published import published

    path = REPORTED / f"{spec.id}.csv"
    own = [name for name in cells.columns if name not in ("published", "published_std", "difference")]
    if not path.is_file():
        return cells
    table = read_table(path, required=("data", *own), text=("row", "column", "kind", "reason", "data"))
    known = set(zip(cells["row"], cells["column"], strict=True)) == set(zip(table["row"], table["column"], strict=True))
    if not known or set(table["data"]) != {f"{spec.collection} data"}:
        return cells
    return beside(spec, table[own], published(spec))


def _of(params: "BaseParams", tables: list[str]) -> "BaseParams":
    return params.model_copy(update={"tables": tables, "extract": {}})


def _plain(value: Any) -> Any:
    """A value as JSON has it: no NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value
