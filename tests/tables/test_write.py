import io
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

from fas.tables.compute import Results, compute
from fas.tables.layout import layout
from fas.tables.show import show
from fas.tables.spec import Column, Row, TableSpec
from fas.tables.write import latex, markdown, tidy, write

Make = Callable[..., pd.DataFrame]
LABEL = "50 % of A_b & C | D"


def table(make: Make, collection: str = "simulated", rows: int = 2) -> tuple[TableSpec, pd.DataFrame]:
    """Two columns; the last row has no scores. With one row the table is printed transposed."""
    spec = TableSpec(
        id="toy",
        title="Toy",
        collection=collection,
        rows=[Row(label=LABEL, method="m"), Row(label="B", method="n")][:rows],
        columns=[Column(protocol="p", metric="auc"), Column(protocol="p", metric="hter", policy="dev_eer")],
    )
    return spec, compute(spec, Results(lambda method, *run: make(0) if method == "m" else None))


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("render", [markdown, latex])
def test_every_format_says_simulated_and_names_the_threshold(scores: Make, render: Callable, rows: int) -> None:
    text = render(layout(*table(scores, rows=rows)))
    assert "Toy (simulated data)" in text
    assert "HTER @dev EER" in text
    assert "threshold at the equal error rate of the development clips" in text


@pytest.mark.parametrize("render", [markdown, latex])
def test_real_data_is_not_called_simulated(scores: Make, render: Callable) -> None:
    assert "simulated" not in render(layout(*table(scores, "real"))).lower()


@pytest.mark.parametrize("rows", [1, 2])
def test_markdown_has_as_many_cells_in_every_line(scores: Make, rows: int) -> None:
    lines = [line for line in markdown(layout(*table(scores, rows=rows))).splitlines() if line.startswith("|")]
    cells = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
    assert len(cells) == 1


@pytest.mark.parametrize("rows", [1, 2])
def test_latex_is_balanced_and_escaped(scores: Make, rows: int) -> None:
    text = latex(layout(*table(scores, rows=rows)))
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    assert r"50 \% of A\_b \& C | D" in text
    width = len(re.search(r"tabular}{(l r*|lr*)}", text).group(1))
    body = text.split(r"\toprule")[1].split(r"\bottomrule")[0]
    for line in (line for line in body.splitlines() if line.endswith(r"\\")):
        spanned = sum(int(span) - 1 for span in re.findall(r"multicolumn{(\d+)}", line))
        assert len(re.findall(r"(?<!\\)&", line)) + 1 + spanned == width


def test_cells_carry_their_interval_or_their_reason(scores: Make) -> None:
    spec, cells = table(scores)
    laid_out = layout(spec, cells)
    first = cells.iloc[0]
    assert laid_out.rows[0][1][0] == f"{first['value']:.1f} [{first['ci_low']:.1f}, {first['ci_high']:.1f}]"
    assert laid_out.rows[1][1] == ("– (1)", "– (1)")
    assert laid_out.notes[-1] == "(1) no scores: n/default/p/0"
    assert "Test clips, live + attack: p 8 + 8." in laid_out.notes


def test_several_seeds_show_their_deviation(scores: Make) -> None:
    spec, _ = table(scores)
    spec = spec.model_copy(update={"seeds": [0, 1]})
    cells = compute(spec, Results(lambda method, variant, protocol, seed: scores(seed)))
    assert "±" in layout(spec, cells).rows[0][1][0]
    assert r"$\pm$" in latex(layout(spec, cells))


def test_csv_has_a_line_per_cell_and_reads_back(scores: Make, tmp_path: Path) -> None:
    spec, cells = table(scores)
    write(tmp_path, spec, cells)
    back = pd.read_csv(tmp_path / "toy.csv")
    assert len(back) == len(cells)
    assert set(back["data"]) == {"simulated data"}
    assert back["value"][0] == pytest.approx(cells["value"][0])
    assert list(back["policy"].fillna("")) == ["", "dev_eer"] * 2
    assert list(tidy(spec, cells).columns) == list(back.columns)


def test_the_same_table_has_the_same_bytes(scores: Make, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        write(tmp_path / folder, *table(scores))
    for name in ("toy.csv", "toy.md", "toy.tex"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize("rows", [1, 2])
def test_a_pipe_gets_every_number_on_its_line(scores: Make, rows: int) -> None:
    laid_out = layout(*table(scores, rows=rows))
    stream = io.StringIO()
    show(laid_out, Console(file=stream, width=20))
    printed = stream.getvalue()
    assert "(simulated data)" in printed
    for text in (*laid_out.rows[0][1], *laid_out.notes, LABEL):
        assert text in printed


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("render", [markdown, latex])
def test_a_reader_sees_which_variant_a_cell_is_from(scores: Make, render: Callable, rows: int) -> None:
    varied = [Row(label="A", method="m", variant="v", variants={"q": "w", "r": "w"}), Row(label="B", method="n", variant="v")][:rows]
    columns = [Column(protocol=name, metric="auc") for name in "pqr"] + [Column(folds=["p", "q", "r"], metric="auc")]
    spec = TableSpec(id="toy", title="Toy", collection="simulated", rows=varied, columns=columns)
    cells = compute(spec, Results(lambda *run: scores(0)))
    laid_out = layout(spec, cells)
    first, *others = (dict(laid_out.rows)[row.label] for row in varied)
    assert [text.partition(" (")[2] for text in first] == ["", "w)", "w)", "v, w)"]
    assert not any("(" in text for row in others for text in row)
    assert "A: variant v, but w on q, r. A cell of runs that are not all of variant v names theirs." in render(laid_out)
    table = tidy(spec, cells)
    assert table.loc[table["row"] == "A", "variant"].tolist() == ["v", "w", "w", "v+w+w"]
    assert set(table.loc[table["row"] == "B", "variant"]) <= {"v"}


def test_an_empty_cell_names_no_variant(scores: Make) -> None:
    spec = TableSpec(
        id="toy",
        title="Toy",
        collection="simulated",
        rows=[Row(label="A", method="m", variant="v", variants={"p": "w"})],
        columns=[Column(protocol="p", metric="auc")],
    )
    laid_out = layout(spec, compute(spec, Results(lambda *run: None)))
    assert laid_out.rows == (("A", ("– (1)",)),)
    assert laid_out.notes[-1] == "(1) no scores: m/w/p/0"
