import numpy as np
import pandas as pd
import pytest

from fas.tables.compute import beside
from fas.tables.layout import layout
from fas.tables.notes import NOT_COMPARABLE, flattery
from fas.tables.spec import Column, PlainColumn, PlainSpec, Row, TableSpec
from fas.tables.write import latex, markdown

HONEST = Column(protocol="p", metric="hter", policy="dev_eer")
HABIT = Column(protocol="p", metric="hter", policy="test_eer", checkpoint="oracle")
AUC, ORACLE = Column(protocol="p", metric="auc"), Column(protocol="p", metric="auc", checkpoint="oracle")
NUMBERS = pd.DataFrame(
    [
        {"row": "A", "column": HABIT.name, "value": 7.5, "std": np.nan, "kind": "paper", "source": "s", "note": ""},
        {"row": "L", "column": HABIT.name, "value": 12.25, "std": 0.5, "kind": "literature", "source": "s", "note": "hard to read"},
    ]
)
MARKDOWN = """\
## Toy

|  | p HTER @dev EER | p HTER @test EER, oracle, published | p HTER @test EER, oracle, ours | p HTER @test EER, oracle, difference |
|---|---:|---:|---:|---:|
| A | 10.0 [8.0, 12.0] | 7.50 | 6.0 | -1.5 |
| B | 20.0 [18.0, 22.0] |  | 12.0 |  |
| C | – (1) |  | – (1) |  |
| D | – (2) |  | – (2) |  |

### Literature, as published

|  | p HTER @test EER, oracle |
|---|---:|
| L | 12.25 ± 0.50 |

- Percent, over clips. [low, high]: 95 % interval over 1,000 resamples of the people.
"""
LATEX = r"""
\begin{tabular}{lrrrr}
\toprule
 & \multicolumn{4}{c}{p} \\
\cmidrule(lr){2-5}
 & HTER @dev EER & HTER @test EER, oracle, published & HTER @test EER, oracle, ours & HTER @test EER, oracle, difference \\
\midrule
A & 10.0 [8.0, 12.0] & 7.50 & 6.0 & -1.5 \\
B & 20.0 [18.0, 22.0] &  & 12.0 &  \\
C & -- (1) &  & -- (1) &  \\
D & -- (2) &  & -- (2) &  \\
\bottomrule
\end{tabular}
\par\medskip Literature, as published\par
\begin{tabular}{lr}
\toprule
 & \multicolumn{1}{c}{p} \\
\cmidrule(lr){2-2}
 & HTER @test EER, oracle \\
\midrule
L & 12.25 $\pm$ 0.50 \\
\bottomrule
\end{tabular}
"""


def spec(columns: list[Column], collection: str = "real") -> TableSpec:
    rows = [Row(label=label, method="m", variant=label) for label in "ABCD"]
    return TableSpec(id="toy", title="Toy", paper="999", collection=collection, rows=rows, literature=["L"], columns=columns)


def cells(table: TableSpec, values: dict[str, tuple[float, float]], numbers: pd.DataFrame = NUMBERS) -> pd.DataFrame:
    """Cells of the rows A and B in `values` per column; C and D have reasons, L is literature."""
    rows = []
    for label in (*"ABCD", "L"):
        for column in table.columns:
            value = dict(zip("AB", values[column.name], strict=True)).get(label, np.nan)
            wide = np.nan if column.optimistic else 2.0
            rows.append(
                {"row": label, "column": column.name, "kind": "literature" if label == "L" else "measured", "value": value,
                 "ci_low": value - wide, "ci_high": value + wide, "std": np.nan, "folds": 1, "n_live": 5, "n_attack": 9,
                 "reason": f"{label} failed" if label != "L" and np.isnan(value) else ""}
            )  # fmt: skip
    return beside(table, pd.DataFrame(rows), numbers)


VALUES = {HONEST.name: (10.0, 20.0), HABIT.name: (6.0, 12.0), AUC.name: (90.0, 80.0), ORACLE.name: (93.0, 81.0)}


def test_published_ours_and_difference_stand_side_by_side() -> None:
    table = spec([HONEST, HABIT])
    laid_out = layout(table, cells(table, VALUES), NUMBERS)
    assert markdown(laid_out).startswith(MARKDOWN)
    assert LATEX in latex(laid_out)
    assert laid_out.notes[-2:] == ("(1) C failed", "(2) D failed")
    assert any("hard to read" in note and "L, p hter@test_eer oracle" in note for note in laid_out.notes)


def test_simulated_data_is_not_compared() -> None:
    table = spec([HONEST, HABIT], "simulated")
    laid_out = layout(table, cells(table, VALUES), NUMBERS)
    assert laid_out.columns == ("HTER @dev EER", "HTER @test EER, oracle, published", "HTER @test EER, oracle, ours")
    assert NOT_COMPARABLE in laid_out.notes
    assert laid_out.caption == "Toy (simulated data)"


def test_a_table_without_published_numbers_is_ours_alone() -> None:
    table = spec([HONEST]).model_copy(update={"literature": []})
    ours = cells(table, VALUES, NUMBERS.iloc[:0])
    laid_out = layout(table, ours[ours["kind"] == "measured"], NUMBERS.iloc[:0])
    assert laid_out.columns == ("HTER @dev EER",)
    assert laid_out.literature is None


def test_the_literature_s_columns_are_those_that_it_has_numbers_in() -> None:
    table = spec([HONEST, AUC, HABIT])
    literature = layout(table, cells(table, VALUES), NUMBERS).literature
    assert literature is not None
    assert literature.rows == (("L", ("12.25 ± 0.50",)),)
    assert not {label for label, _ in literature.rows} & {row.label for row in table.rows}


def test_the_habit_s_flattery_is_the_mean_over_rows_that_have_both() -> None:
    table = spec([HONEST, HABIT, AUC, ORACLE])
    found = flattery(table, cells(table, VALUES)).set_index("column")
    assert found.loc[HABIT.name, ["points", "rows"]].tolist() == [pytest.approx((4 + 8) / 2), 2]
    assert found.loc[ORACLE.name, ["points", "rows"]].tolist() == [pytest.approx((3 + 1) / 2), 2]
    notes = layout(table, cells(table, VALUES), NUMBERS).notes
    told = next(note for note in notes if "flatters" in note)
    assert told == (
        "The papers' habit (oracle checkpoint, threshold at the test EER) flatters (mean over 2 rows): "
        "p HTER @test EER, oracle by 6.0 points; p AUC, oracle by 2.0 points."
    )


def test_nothing_is_said_of_a_habit_without_numbers() -> None:
    table = spec([HONEST, HABIT])
    nothing = cells(table, dict.fromkeys(VALUES, (np.nan, np.nan)))
    assert flattery(table, nothing)["points"].isna().all()
    assert not [note for note in layout(table, nothing, NUMBERS).notes if "flatters" in note]


def test_what_stands_behind_a_deviation_is_said() -> None:
    folds = Column(folds=["p", "q"], label="both", metric="auc")
    table = spec([folds]).model_copy(update={"seeds": [0, 1]})
    notes = layout(table, cells(table, {folds.name: (1.0, 2.0)}), NUMBERS.iloc[:0]).notes
    assert "both: mean ± standard deviation of the folds' means over the seeds over 2 folds: p, q." in notes


def test_plain_columns_show_published_numbers_as_they_are() -> None:
    columns = [PlainColumn(group="network", title=title, unit="million") for title in ("parameters", "operations")]
    plain = PlainSpec(id="toy", title="Toy", paper="999", kind="complexity", rows=[{"label": "A"}, {"label": "B"}], columns=columns)
    numbers = pd.DataFrame(
        [{"row": row, "column": "network parameters", "value": value, "std": np.nan, "kind": "paper", "source": "s", "note": ""}
         for row, value in (("A", 11.69), ("B", 0.096))]
    )  # fmt: skip
    empty = {"kind": "measured", "value": np.nan, "ci_low": np.nan, "ci_high": np.nan, "std": np.nan, "n_live": 0, "n_attack": 0}
    rows = [{"row": row, "column": column.name, **empty, "reason": "not yet"} for row in "AB" for column in columns]
    laid_out = layout(plain, beside(plain, pd.DataFrame(rows), numbers), numbers)
    assert dict(laid_out.rows) == {"A": ("11.690", "– (1)", "– (1)"), "B": ("0.096", "– (1)", "– (1)")}
