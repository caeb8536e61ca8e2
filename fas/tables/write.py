"""A table as csv (one line per cell), Markdown and LaTeX. All say when the data is simulated."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fas.files import write_table, write_text
from fas.tables.layout import Layout, layout
from fas.tables.spec import TableSpec

_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "–": "--",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def write(folder: Path, spec: TableSpec, cells: pd.DataFrame) -> None:
    """Write `<id>.csv`, `<id>.md` and `<id>.tex` into `folder`."""
    laid_out = layout(spec, cells)
    write_table(folder / f"{spec.id}.csv", tidy(spec, cells))
    write_text(folder / f"{spec.id}.md", markdown(laid_out))
    write_text(folder / f"{spec.id}.tex", latex(laid_out))


def tidy(spec: TableSpec, cells: pd.DataFrame) -> pd.DataFrame:
    """One line per cell with everything that identifies it: table, data, method, variant, protocol, metric, policy."""
    rows = pd.DataFrame(
        [{"row": row.label, "method": row.method, "variant": row.variant, "score": row.score or "score"} for row in spec.rows]
    )
    columns = pd.DataFrame(
        [
            {"column": column.name, "protocol": "+".join(column.protocols), "metric": column.metric, "policy": column.policy or ""}
            for column in spec.columns
        ]
    )
    table = cells.merge(rows, on="row", how="left", sort=False).merge(columns, on="column", how="left", sort=False)
    table.insert(0, "data", f"{spec.collection} data")
    table.insert(0, "table", spec.id)
    keys = ["table", "data", "row", "method", "variant", "score", "column", "protocol", "metric", "policy"]
    return table[[*keys, *(name for name in table.columns if name not in keys)]]


def markdown(table: Layout) -> str:
    """A GitHub-flavoured table below its title, the notes as a list."""
    heads = [label for label, _ in table.rows] if table.transposed else list(table.full_columns)
    lines = [_line("", heads), "|---|" + "---:|" * len(heads)]
    if table.transposed:
        lines += [_line(f"{group} {column}", texts) for group, block in table.blocks() for column, texts in block]
    else:
        lines += [_line(label, texts) for label, texts in table.rows]
    return "\n".join([f"## {table.caption}", "", *lines, "", *(f"- {note}" for note in table.notes), ""])


def _line(label: str, texts: Sequence[str]) -> str:
    return "| " + " | ".join(text.replace("|", r"\|") for text in (label, *texts)) + " |"


def latex(table: Layout) -> str:
    """A `table` environment; needs the package booktabs."""
    width = len(table.rows) if table.transposed else len(table.columns)
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_tex(table.caption)}}}",
        rf"\label{{tab:{table.id}}}",
        rf"\begin{{tabular}}{{l{'r' * width}}}",
        r"\toprule",
        *(_latex_transposed(table) if table.transposed else _latex_upright(table)),
        r"\bottomrule",
        r"\end{tabular}",
        *(rf"\par\footnotesize {_tex(note)}" for note in table.notes),
        r"\end{table}",
        "",
    ]
    return "\n".join(lines)


def _latex_upright(table: Layout) -> list[str]:
    spans, rules, start = [], [], 2
    for title, span in table.groups:
        spans.append(rf"\multicolumn{{{span}}}{{c}}{{{_tex(title)}}}")
        rules.append(rf"\cmidrule(lr){{{start}-{start + span - 1}}}")
        start += span
    head = [" & ".join(["", *spans]) + r" \\", " ".join(rules), _latex_line("", table.columns), r"\midrule"]
    return [*head, *(_latex_line(label, texts) for label, texts in table.rows)]


def _latex_transposed(table: Layout) -> list[str]:
    lines = [_latex_line("", [label for label, _ in table.rows])]
    for group, block in table.blocks():
        lines += [r"\midrule", rf"\multicolumn{{{len(table.rows) + 1}}}{{l}}{{{_tex(group)}}} \\"]
        lines += [_latex_line(column, texts) for column, texts in block]
    return lines


def _latex_line(label: str, texts: Sequence[str]) -> str:
    return " & ".join(_tex(text) for text in (label, *texts)) + r" \\"


def _tex(text: str) -> str:
    return re.sub("[" + re.escape("".join(_TEX)) + "]", lambda match: _TEX[match.group()], text)
