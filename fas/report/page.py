"""index.html: the tables on top, then what stands behind them. Pictures have relative paths, nothing is loaded from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from fas.files import write_text
from fas.tables.layout import Layout


@dataclass(frozen=True)
class Section:
    """A table and its pictures: heading -> file names below figures/."""

    table: Layout
    pictures: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """Everything that index.html shows."""

    simulated: bool
    sections: Sequence[Section]
    warnings: Sequence[str]
    runs: pd.DataFrame
    captures: pd.DataFrame
    learned: pd.DataFrame
    failures: pd.DataFrame
    histories: Sequence[str]
    parameters: Mapping[str, Any]


def write_page(path: Path, page: Page) -> None:
    """Write the page."""
    environment = Environment(
        loader=PackageLoader("fas.report", "."), autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    values = {name: getattr(page, name) for name in Page.__dataclass_fields__}
    values["parameters"] = yaml.safe_dump(dict(page.parameters), sort_keys=False, allow_unicode=True)
    write_text(path, environment.get_template("page.html.j2").render(grid=grid, **values))


def grid(table: pd.DataFrame) -> Markup:
    """A table of plain values as HTML: numbers to the right, text to the left."""
    if not len(table):
        return Markup("<p>None.</p>")
    head = Markup("").join(Markup("<th>{}</th>").format(name) for name in table.columns)
    rows = Markup("").join(
        Markup("<tr>{}</tr>\n").format(Markup("").join(_cell(value) for value in row)) for row in table.itertuples(index=False)
    )
    return Markup('<div class="wide"><table><thead><tr>{}</tr></thead>\n<tbody>{}</tbody></table></div>').format(head, rows)


def _cell(value: object) -> Markup:
    template = Markup('<td class="text">{}</td>') if isinstance(value, str) else Markup("<td>{}</td>")
    return template.format("" if pd.isna(value) else f"{value:.4g}" if isinstance(value, float) else value)
