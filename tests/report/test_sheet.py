import numpy as np
import pandas as pd
import pytest

from fas.report.sheet import sheet
from fas.tables.spec import Column, Row, TableSpec


@pytest.fixture
def spec():
    columns = [Column(protocol="p", metric="auc"), Column(protocol="q", metric="hter", policy="dev_eer")]
    return TableSpec(
        id="t", title="T", collection="real", rows=[Row(label="A", method="lgsc"), Row(label="B", method="lgsc")], columns=columns
    )


def cells(**first):
    """Four cells; the first one (row A, column p auc) with what is given."""
    empty = {"value": np.nan, "ci_low": np.nan, "ci_high": np.nan, "std": np.nan, "n_live": 0, "n_attack": 0, "reason": "no scores"}
    rows = [{"row": row, "column": column, **empty} for row in "AB" for column in ("p auc", "q hter@dev_eer")]
    rows[0] |= first
    return pd.DataFrame(rows)


def first(spec, **cell):
    return sheet(spec, cells(**cell)).rows[0][1][0]


def test_a_value_has_its_interval_or_its_spread(spec):
    assert first(spec, value=12.34, ci_low=10.0, ci_high=20.04, reason="").text == "12.3 [10.0, 20.0]"
    assert first(spec, value=12.34, std=1.25, reason="").text == "12.3 ± 1.2"
    assert first(spec, value=12.34, reason="").order == 12.34


def test_an_empty_cell_points_to_its_reason_and_sorts_nowhere(spec):
    shown = sheet(spec, cells(reason="first reason"))
    texts = [[entry.text for entry in entries] for _, entries in shown.rows]
    assert texts == [["– (1)", "– (2)"], ["– (2)", "– (2)"]]
    assert "(1) first reason" in shown.notes
    assert "(2) no scores" in shown.notes
    assert shown.rows[0][1][0].order is None


def test_published_values_stand_below_the_measured(spec):
    entry = first(
        spec, value=12.0, reason="", published=10.5, published_std=0.5, difference=1.5, kind="measured", folds=4, checkpoint="last"
    )
    assert entry.details == ("published 10.5 ± 0.5", "difference +1.5", "4 folds", "checkpoint last")
    assert not entry.literature


def test_a_value_that_is_only_published_is_marked_so(spec):
    entry = first(spec, published=10.5, kind="literature", difference=np.nan)
    assert (entry.text, entry.details, entry.order, entry.literature) == ("10.5", ("published",), 10.5, True)


def test_a_missing_measurement_keeps_the_published_value(spec):
    entry = first(spec, published=10.5, kind="measured")
    assert entry.text == "– (1)"
    assert entry.details == ("published 10.5",)


def test_groups_and_columns_are_those_of_the_spec(spec):
    shown = sheet(spec, cells())
    assert shown.groups == (("p", 1), ("q", 1))
    assert shown.columns == ("AUC", "HTER @dev EER")
    assert shown.mark == ""
    assert sheet(spec.model_copy(update={"collection": "simulated"}), cells()).mark == "simulated data"
