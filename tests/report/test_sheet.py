from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fas.report.sheet import sheet
from fas.tables.layout import Layout
from fas.tables.spec import Column, Row, TableSpec


@pytest.fixture
def spec():
    columns = [Column(protocol="p", metric="auc"), Column(protocol="q", metric="hter", policy="dev_eer")]
    return TableSpec(id="t", title="T", collection="real", rows=[Row(label=label, method="lgsc") for label in "AB"], columns=columns)


@pytest.fixture
def shown(monkeypatch):
    """Lets a test say what the layout is."""
    one = Layout("t", "T", (("p", 3),), ("AUC, published", "AUC, ours", "AUC, difference"), (("A", ("90", "– (1)", "")),), ("(1) why",))
    found = SimpleNamespace(**vars(one))
    monkeypatch.setattr("fas.report.sheet.layout", lambda spec, cells: found)
    return found


def test_texts_are_those_of_the_layout(spec, shown):
    found = sheet(spec, pd.DataFrame())
    assert found.measured.columns == shown.columns
    ((label, entries),) = found.measured.rows
    assert (label, [entry.text for entry in entries]) == ("A", ["90", "– (1)", ""])
    assert found.notes == ("(1) why",)
    assert found.literature is None


@pytest.mark.parametrize(
    ("text", "order"),
    [("12.3 [10.0, 20.0]", 12.3), ("12 ± 1", 12), ("-1.5", -1.5), ("+0.4", 0.4), ("– (1)", None), ("–", None), ("", None)],
)
def test_a_cell_sorts_by_the_number_that_it_begins_with(spec, shown, text, order):
    shown.rows = (("A", (text, "", "")),)
    assert sheet(spec, pd.DataFrame()).measured.rows[0][1][0].order == order


def test_rows_of_the_literature_stand_apart(spec, shown):
    shown.literature = Layout("t-literature", "Literature, as published", (("p", 1),), ("AUC",), (("GRADIANT", ("95.0 ± 1",)),), ())
    found = sheet(spec, pd.DataFrame()).literature
    assert (found.title, found.rows[0][0], found.rows[0][1][0].order) == ("Literature, as published", "GRADIANT", 95.0)


def test_a_real_layout_is_understood(spec):
    cell = {"ci_low": np.nan, "ci_high": np.nan, "std": np.nan, "n_live": 3, "n_attack": 4, "kind": "measured", "folds": 1}
    cell |= {"published": np.nan, "published_std": np.nan, "difference": np.nan}
    value, empty = cell | {"value": 51.25, "reason": ""}, cell | {"value": np.nan, "reason": "no scores"}
    cells = [{"row": row, "column": column} | (value if row == "A" else empty) for row in "AB" for column in ("p auc", "q hter@dev_eer")]
    found = sheet(spec, pd.DataFrame(cells))
    assert found.measured.groups == (("p", 1), ("q", 1))
    assert [entry.text for entry in found.measured.rows[1][1]] == ["– (1)", "– (1)"]
    assert [entry.order for entry in found.measured.rows[0][1]] == [51.2, 51.2]
    assert "(1) no scores" in found.notes
    assert found.mark == ""
    assert sheet(spec.model_copy(update={"collection": "simulated"}), pd.DataFrame(cells)).mark == "simulated data"
