"""index.html: one file with its style, its script, its data and its pictures; nothing is loaded from anywhere.

The tables and what stands behind them are HTML, and can be read without the script; curves, histograms and clips are drawn by it
(web/*.js) from the JSON object of content.py.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from fas.files import write_text
from fas.report.background import Background
from fas.report.sheet import Sheet
from fas.report.style import SIMULATED

_SCRIPTS = ("dom", "data", "state", "chart", "curves", "scores", "clips", "features", "training", "tables", "main")
_LINES = 200  # of a plain table; an index of all failures of a large dataset would be larger than the rest of the page
_MARKS = {frozenset({"simulated"}): SIMULATED, frozenset({"simulated", "real"}): f"partly {SIMULATED}"}


def write_page(
    path: Path, sheets: Sequence[Sheet], background: Background, content: Mapping[str, Any], apart: Sequence[Sheet] = ()
) -> None:
    """Write the page. `content` is the JSON object that its script draws; `apart` are tables that nothing else on the page is about."""
    environment = Environment(
        loader=PackageLoader("fas.report", "web"), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    text = environment.get_template("page.html.j2").render(
        sheets=sheets,
        apart=apart,
        background=background,
        mark=_MARKS.get(background.collections, ""),
        grid=grid,
        parameters=yaml.safe_dump(dict(background.parameters), sort_keys=False, allow_unicode=True),
        style=_asset("page.css"),
        script=Markup("\n").join(_asset(f"{name}.js") for name in _SCRIPTS),
        content=_json(content),
    )
    write_text(path, text)


def _asset(name: str) -> Markup:
    return Markup((files("fas.report") / "web" / name).read_text(encoding="utf-8"))


def _json(content: Mapping[str, Any]) -> Markup:
    """JSON as it may stand inside a script element: nothing in it ends the element."""
    return Markup(json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", r"\u003c"))


def grid(table: pd.DataFrame) -> Markup:
    """A table of plain values as HTML: numbers to the right, text to the left; no more than so many lines, and how many more there are."""
    if not len(table):
        return Markup("<p>None.</p>")
    words = [name for name in table.columns if table[name].map(lambda value: isinstance(value, str)).any()]
    heads = [Markup('<th scope="col"{}>{}</th>').format(Markup(' class="text"' if name in words else ""), name) for name in table.columns]
    lines = table.head(_LINES).itertuples(index=False)
    rows = Markup("").join(Markup("<tr>{}</tr>\n").format(Markup("").join(_cell(value) for value in row)) for row in lines)
    more = Markup("<p>And {} more.</p>").format(len(table) - _LINES) if len(table) > _LINES else ""
    box = Markup('<div class="wide" tabindex="0"><table><thead><tr>{}</tr></thead>\n<tbody>{}</tbody></table></div>{}')
    return box.format(Markup("").join(heads), rows, more)


def _cell(value: object) -> Markup:
    template = Markup('<td class="text">{}</td>') if isinstance(value, str) else Markup("<td>{}</td>")
    return template.format("" if pd.isna(value) else f"{value:.4g}" if isinstance(value, float) else value)
