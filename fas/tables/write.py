"""A table as csv (one line per cell), Markdown and LaTeX. All say when the data is simulated."""

import re
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
    rows = pd.DataFrame([{"row": row.label, "method": row.method, "variant": row.variant, "score": row.score or "score"} for row in spec.rows])
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
    lines = ["| |" + "".join(f" {_cell(text)} |" for text in table.full_columns), "|---|" + "---:|" * len(table.columns)]
    lines += [f"| {_cell(label)} |" + "".join(f" {_cell(text)} |" for text in texts) for label, texts in table.rows]
    notes = [f"- {note}" for note in table.notes]
    return "\n".join([f"## {table.caption}", "", *lines, "", *notes, ""])


def latex(table: Layout) -> str:
    """A `table` environment for the packages booktabs and caption."""
    spans, rules, start = [], [], 2
    for title, span in table.groups:
        spans.append(rf"\multicolumn{{{span}}}{{c}}{{{_tex(title)}}}")
        rules.append(rf"\cmidrule(lr){{{start}-{start + span - 1}}}")
        start += span
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_tex(table.caption)}}}",
        rf"\label{{tab:{table.id}}}",
        rf"\begin{{tabular}}{{l{'r' * len(table.columns)}}}",
        r"\toprule",
        " & ".join(["", *spans]) + r" \\",
        " ".join(rules),
        " & ".join(["", *(_tex(text) for text in table.columns)]) + r" \\",
        r"\midrule",
        *(" & ".join(_tex(text) for text in (label, *texts)) + r" \\" for label, texts in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
        *(rf"\par\footnotesize {_tex(note)}" for note in table.notes),
        r"\end{table}",
        "",
    ]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _tex(text: str) -> str:
    return re.sub("[" + re.escape("".join(_TEX)) + "]", lambda match: _TEX[match.group()], text)
