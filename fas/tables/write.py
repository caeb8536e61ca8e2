"""A table as csv (one line per cell), Markdown and LaTeX. All say when the data is simulated."""

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from fas.files import write_table, write_text
from fas.tables.columns import AnyColumn, Column
from fas.tables.layout import Layout, layout
from fas.tables.published import published
from fas.tables.spec import AnySpec, TableSpec, columns_of, variants_of

_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "–": "--",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


def write(folder: Path, spec: AnySpec, cells: pd.DataFrame) -> None:
    """Write `<id>.csv`, `<id>.md` and `<id>.tex` into `folder`."""
    numbers = published(spec)
    laid_out = layout(spec, cells, numbers)
    write_table(folder / f"{spec.id}.csv", tidy(spec, cells, numbers))
    write_text(folder / f"{spec.id}.md", markdown(laid_out))
    write_text(folder / f"{spec.id}.tex", latex(laid_out))


def tidy(spec: AnySpec, cells: pd.DataFrame, numbers: pd.DataFrame | None = None) -> pd.DataFrame:
    """One line per cell with everything that identifies it: table, data, method, variant, protocol, metric, policy, checkpoint.

    The `variant` of several protocols is that of each, joined as in `protocol`, where they are not all of the same.
    `published_source` says where a published number stands; `numbers` are these (default: those of the spec's file).
    """
    numbers = published(spec) if numbers is None else numbers
    rows = pd.DataFrame([{"row": row.label, "method": row.method, "score": row.score or "score"} for row in spec.rows])
    variants = {(row.label, column.name): "+".join(variants_of(row, column)) for row in spec.rows for column in columns_of(spec)}
    columns = pd.DataFrame([{"column": column.name, **_about(column)} for column in columns_of(spec)])
    sources = numbers[["row", "column", "source", "note"]].rename(columns={"source": "published_source", "note": "published_note"})
    table = cells.merge(rows, on="row", how="left", sort=False).merge(columns, on="column", how="left", sort=False)
    table = table.merge(sources, on=["row", "column"], how="left", sort=False)
    table["variant"] = [variants.get(key, "") for key in zip(table["row"], table["column"], strict=True)]
    text = ["method", "score", "published_source", "published_note"]
    table[text] = table[text].fillna("")
    table.insert(0, "data", f"{spec.collection} data" if isinstance(spec, TableSpec) else spec.kind)
    table.insert(0, "table", spec.id)
    keys = ["table", "data", "kind", "row", "method", "variant", "score", "column", "protocol", "metric", "policy", "checkpoint"]
    return table[[*keys, *(name for name in table.columns if name not in keys)]]


def _about(column: AnyColumn) -> dict[str, str]:
    if not isinstance(column, Column):
        return {"protocol": "", "metric": column.title, "policy": "", "checkpoint": ""}
    policy = column.policy or ""
    return {
        "protocol": "+".join(column.protocols),
        "metric": column.metric,
        "policy": policy if column.threshold is None else f"{policy} {column.threshold:g}",
        "checkpoint": column.checkpoint,
    }


def markdown(table: Layout) -> str:
    """A GitHub-flavoured table below its title, the literature's rows in a table of their own, the notes as a list."""
    literature = [f"### {table.literature.caption}", "", *_grid(table.literature), ""] if table.literature else []
    return "\n".join([f"## {table.caption}", "", *_grid(table), "", *literature, *(f"- {note}" for note in table.notes), ""])


def _grid(table: Layout) -> list[str]:
    heads = [label for label, _ in table.rows] if table.transposed else list(table.full_columns)
    lines = [_line("", heads), "|---|" + "---:|" * len(heads)]
    if table.transposed:
        return lines + [_line(f"{group} {column}", texts) for group, block in table.blocks() for column, texts in block]
    return lines + [_line(label, texts) for label, texts in table.rows]


def _line(label: str, texts: Sequence[str]) -> str:
    return "| " + " | ".join(text.replace("|", r"\|") for text in (label, *texts)) + " |"


def latex(table: Layout) -> str:
    """A `table` environment, the literature's rows in a second `tabular`; needs the package booktabs."""
    literature = [rf"\par\medskip {_tex(table.literature.caption)}\par", *_tabular(table.literature)] if table.literature else []
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_tex(table.caption)}}}",
        rf"\label{{tab:{table.id}}}",
        *_tabular(table),
        *literature,
        *(rf"\par\footnotesize {_tex(note)}" for note in table.notes),
        r"\end{table}",
        "",
    ]
    return "\n".join(lines)


def _tabular(table: Layout) -> list[str]:
    width = len(table.rows) if table.transposed else len(table.columns)
    body = _latex_transposed(table) if table.transposed else _latex_upright(table)
    return [rf"\begin{{tabular}}{{l{'r' * width}}}", r"\toprule", *body, r"\bottomrule", r"\end{tabular}"]


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
