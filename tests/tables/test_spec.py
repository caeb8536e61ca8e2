from copy import deepcopy
from pathlib import Path

import pytest

from fas.errors import UserError
from fas.schema import parse
from fas.tables.spec import TableSpec, bundled, load

SPEC = {
    "id": "toy",
    "title": "Toy",
    "collection": "real",
    "seeds": [0, 1],
    "rows": [
        {"label": "A", "method": "handcrafted", "variant": "default"},
        {"label": "A, other score", "method": "handcrafted", "variant": "default", "score": "other"},
        {"label": "B", "method": "lgsc", "variant": "full"},
    ],
    "columns": [
        {"protocol": "p", "metric": "auc"},
        {"pool": ["p", "q"], "metric": "hter", "policy": "dev_eer"},
    ],
}


def changed(**changes: object) -> dict:
    return deepcopy(SPEC) | changes


def test_runs_are_each_there_once() -> None:
    spec = parse(TableSpec, SPEC, "toy.yaml")
    assert spec.methods() == ["handcrafted", "lgsc"]
    assert spec.protocols() == ["p", "q"]
    handcrafted = [("handcrafted", "default", protocol, seed) for protocol in "pq" for seed in (0, 1)]
    assert spec.runs() == [*handcrafted, *(("lgsc", "full", protocol, seed) for protocol in "pq" for seed in (0, 1))]


def test_heading_says_when_the_data_is_simulated() -> None:
    assert parse(TableSpec, SPEC, "toy.yaml").heading == "Toy"
    assert "simulated data" in parse(TableSpec, changed(collection="simulated"), "toy.yaml").heading


@pytest.mark.parametrize("name", bundled())
def test_bundled_tables_load_under_their_own_name(name: str) -> None:
    spec = load(name)
    assert spec.id == name
    assert spec.collection == "simulated"
    assert "handcrafted" in spec.methods()


def test_the_demo_needs_one_fold_and_the_pictures_features() -> None:
    demo = load("demo")
    assert demo.protocols() == ["oci-to-m"]
    assert demo.features == ["flow", "identity", "residuals/dfg"]
    assert set(demo.runs()) < set(load("demo-loo").runs())


def test_a_team_names_its_own_table_by_path(tmp_path: Path) -> None:
    path = tmp_path / "office.yaml"
    path.write_text(
        "id: office\ntitle: Office\ncollection: real\nrows: [{label: A, method: lgsc, variant: full}]\n"
        "columns: [{protocol: folder-official, metric: eer}]\n"
    )
    assert load(str(path)).runs() == [("lgsc", "full", "folder-official", 0)]


def test_unknown_table_lists_what_there_is() -> None:
    with pytest.raises(UserError, match=r"no table 'nothing' \(there is: demo, demo-loo, simulated-cues; or the path"):
        load("nothing")


def test_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        load(str(tmp_path / "none.yaml"))


@pytest.mark.parametrize(
    ("columns", "problem"),
    [
        ([{"metric": "auc"}], "either 'protocol' or 'pool'"),
        ([{"protocol": "p", "pool": ["p", "q"], "metric": "auc"}], "either 'protocol' or 'pool'"),
        ([{"pool": ["p", "p"], "metric": "auc"}], "pooled twice"),
        ([{"protocol": "p", "metric": "hter"}], "needs a 'policy'"),
        ([{"protocol": "p", "metric": "auc", "policy": "dev_eer"}], "has no threshold"),
        ([{"pool": ["p", "q"], "metric": "eer"}], "cannot be pooled"),
        ([{"protocol": "p", "metric": "auc_mean"}], "mean over the folds"),
        ([{"protocol": "p", "metric": "accuracy"}], "columns.0.metric"),
        ([{"protocol": "p", "metric": "auc"}] * 2, "column 'p auc' is there twice"),
        ([], "columns"),
    ],
)
def test_columns_that_make_no_sense_are_refused_in_one_line(columns: list, problem: str) -> None:
    with pytest.raises(UserError, match=problem) as caught:
        parse(TableSpec, changed(columns=columns), "toy.yaml")
    assert str(caught.value).startswith("toy.yaml: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"rows": [SPEC["rows"][0]] * 2}, "row label 'A' is there twice"),
        ({"seeds": [0, 0]}, "seed '0' is there twice"),
        ({"seeds": []}, "seeds"),
        ({"id": "a/b"}, "id"),
        ({"colour": "red"}, "colour: unknown key"),
    ],
)
def test_tables_that_make_no_sense_are_refused(changes: dict, problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        parse(TableSpec, changed(**changes), "toy.yaml")
