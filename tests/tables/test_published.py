from pathlib import Path

import numpy as np
import pytest

from fas.errors import UserError
from fas.tables.published import COLUMNS, published
from fas.tables.spec import Column, PlainColumn, PlainSpec, Row, TableSpec

HEAD = ",".join(COLUMNS)
SPEC = TableSpec(
    id="toy",
    title="Toy",
    paper="999",
    collection="any",
    rows=[Row(label="A", method="lgsc")],
    literature=["B"],
    columns=[Column(protocol="p", metric="hter", policy="dev_eer"), Column(protocol="p", metric="train_clips")],
)


def written(folder: Path, *lines: str) -> Path:
    (folder / "toy.csv").write_text("\n".join([HEAD, *lines]) + "\n")
    return folder


def test_numbers_are_read_as_they_stand(tmp_path: Path) -> None:
    lines = [
        "A,p hter@dev_eer,1.5,0.4,paper,paper 999,",
        "B,p train_clips,1480,,literature,paper 999: NA,",
        "B,p hter@dev_eer,,,literature,paper 999,unreadable",
    ]
    table = published(SPEC, written(tmp_path, *lines))
    assert list(table.columns) == list(COLUMNS)
    assert table["value"].tolist()[:2] == [1.5, 1480.0]
    assert np.isnan(table["value"][2])
    assert table["std"][0] == 0.4
    assert table["source"][1] == "paper 999: NA"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("C,p hter@dev_eer,1,,paper,s,", "row 'C', column 'p hter@dev_eer': the table has no such row"),
        ("A,p auc,1,,paper,s,", "the table has no such column"),
        ("A,p hter@dev_eer,101,,paper,s,", r"the value 101 is not in 0..100"),
        ("A,p hter@dev_eer,-1,,paper,s,", "is not in 0..100"),
        ("A,p hter@dev_eer,1,-2,paper,s,", "the standard deviation -2 is not in 0..100"),
        ("A,p hter@dev_eer,1,,mine,s,", "kind is none of paper, literature"),
        ("A,p hter@dev_eer,1,,paper,,", "no source"),
        ("A,p hter@dev_eer,,,paper,s,", "no value, and no note why"),
        ("A,p hter@dev_eer,many,,paper,s,", "column value holds something that is not a number"),
    ],
)
def test_a_bad_line_is_one_line(tmp_path: Path, line: str, problem: str) -> None:
    with pytest.raises(UserError, match=problem) as caught:
        published(SPEC, written(tmp_path, line))
    assert str(caught.value).startswith("toy.csv: ")
    assert "\n" not in str(caught.value)


def test_a_number_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    line = "A,p hter@dev_eer,1,,paper,s,"
    with pytest.raises(UserError, match="is there twice"):
        published(SPEC, written(tmp_path, line, line))


def test_a_missing_column_is_told(tmp_path: Path) -> None:
    (tmp_path / "toy.csv").write_text("row,column,value\n")
    with pytest.raises(UserError, match="column missing: std"):
        published(SPEC, tmp_path)


def test_only_a_paper_s_table_has_published_numbers(tmp_path: Path) -> None:
    folder = written(tmp_path, "A,p hter@dev_eer,1.5,,paper,s,")
    assert len(published(SPEC.model_copy(update={"paper": None}), folder)) == 0
    assert len(published(SPEC.model_copy(update={"id": "other"}), folder)) == 0


def test_a_plain_column_s_range_follows_its_unit(tmp_path: Path) -> None:
    columns = [PlainColumn(group="g", title="AUC", unit="percent"), PlainColumn(group="g", title="time", unit="ms")]
    spec = PlainSpec(id="toy", title="Toy", paper="999", kind="one_class", rows=[{"label": "A"}], columns=columns)
    assert published(spec, written(tmp_path, "A,g time,450,,paper,s,"))["value"].tolist() == [450.0]
    with pytest.raises(UserError, match="is not in 0"):
        published(spec, written(tmp_path, "A,g AUC,450,,paper,s,"))
