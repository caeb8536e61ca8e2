import json
from copy import deepcopy
from pathlib import Path

import pytest

from fas.errors import UserError
from fas.schema import parse
from fas.tables.spec import PlainSpec, TableSpec, bundled, load, load_any, parsed, variants_of

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
    assert load_any(name).id == name


@pytest.mark.parametrize("name", ["demo", "demo-loo", "simulated-cues"])
def test_tables_of_the_embedded_default_are_simulated_and_have_a_baseline(name: str) -> None:
    spec = load(name)
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
    with pytest.raises(UserError, match=r"no table 'nothing' \(there is: 000-T1, .*, demo, .*demo-loo, .*simulated-cues; or the path"):
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
        ([{"protocol": "p", "metric": "exactness"}], "columns.0.metric"),
        ([{"protocol": "p", "metric": "hter", "policy": "dev"}], "columns.0.policy"),
        ([{"protocol": "p", "metric": "auc", "checkpoint": "best"}], "columns.0.checkpoint"),
        ([{"protocol": "p", "metric": "accuracy"}], "needs a 'policy'"),
        ([{"protocol": "p", "metric": "hter", "policy": "fixed"}], "goes with a 'threshold'"),
        ([{"protocol": "p", "metric": "hter", "policy": "dev_eer", "threshold": 0.5}], "goes with a 'threshold'"),
        ([{"pool": ["p", "q"], "metric": "hter", "policy": "fixed", "threshold": 0.5}], "policy 'fixed' cannot be pooled"),
        ([{"pool": ["p", "q"], "folds": ["p", "q"], "metric": "auc"}], "either 'protocol' or 'pool' or 'folds'"),
        ([{"folds": ["p"], "metric": "auc"}], "columns.0.folds"),
        ([{"folds": ["p", "p"], "metric": "auc"}], "a fold twice"),
        ([{"folds": ["p", "q"], "metric": "auc_mean"}], "mean over the folds"),
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
        ({"literature": ["A"]}, "row label 'A' is there twice"),
        ({"literature": ["L", "L"]}, "row label 'L' is there twice"),
        ({"awaits": ["other"]}, "awaits: no row has method 'other'"),
        ({"awaits": ["lgsc", "lgsc"]}, "awaited method 'lgsc' is there twice"),
        ({"collection": "both"}, "collection"),
        ({"seeds": [0, 0]}, "seed '0' is there twice"),
        ({"seeds": []}, "seeds"),
        ({"id": "a/b"}, "id"),
        ({"rows": [SPEC["rows"][0] | {"variants": {"r": "full"}}]}, r"row 'A': variants: no column has protocol 'r' \(there is: p, q\)"),
        ({"colour": "red"}, "colour: unknown key"),
    ],
)
def test_tables_that_make_no_sense_are_refused(changes: dict, problem: str) -> None:
    with pytest.raises(UserError, match=problem):
        parse(TableSpec, changed(**changes), "toy.yaml")


def test_the_rows_of_awaited_methods_have_no_runs_unless_they_are_asked_for() -> None:
    spec = parse(TableSpec, changed(awaits=["handcrafted"]), "toy.yaml")
    assert spec.methods() == ["handcrafted", "lgsc"]
    assert [row.label for row in spec.measured()] == ["B"]
    assert {run[0] for run in spec.runs()} == {"lgsc"}
    assert spec.runs(awaited=True) == parse(TableSpec, SPEC, "toy.yaml").runs()


def test_folds_and_pools_are_runs_of_each_protocol() -> None:
    columns = [{"folds": ["p", "q"], "metric": "auc"}, {"pool": ["q", "r"], "metric": "auc"}, {"protocol": "p", "metric": "eer"}]
    assert parse(TableSpec, changed(columns=columns), "toy.yaml").protocols() == ["p", "q", "r"]


def test_a_row_has_the_runs_of_its_variants() -> None:
    row = {"label": "B", "method": "lgsc", "variant": "full", "variants": {"q": "resized"}}
    spec = parse(TableSpec, changed(rows=[row], seeds=[0]), "toy.yaml")
    assert spec.runs() == [("lgsc", "full", "p", 0), ("lgsc", "resized", "q", 0)]
    assert [variants_of(spec.rows[0], column) for column in spec.columns] == [["full"], ["full", "resized"]]
    assert spec.rows[0].on("q") == spec.rows[0].model_copy(update={"variant": "resized", "variants": {}})


PLAIN = {
    "id": "sizes",
    "title": "Sizes",
    "kind": "complexity",
    "rows": [{"label": "WideResNet", "method": "lgsc"}, {"label": "ResNet18"}],
    "columns": [{"group": "network", "title": "parameters", "unit": "million"}],
}


def test_a_table_of_another_kind_has_plain_columns_and_cannot_be_wanted(tmp_path: Path) -> None:
    spec = parsed(PLAIN, "sizes.yaml")
    assert isinstance(spec, PlainSpec)
    assert spec.methods() == ["lgsc"]
    path = tmp_path / "sizes.yaml"
    path.write_text(json.dumps(PLAIN))
    assert load_any(str(path)) == spec
    with pytest.raises(UserError, match=r"table sizes .kind complexity. is not made of runs: .* `fas tables show` prints it"):
        load(str(path))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kind": "speed"}, r"kind: no kind 'speed' \(there is: runs, complexity, one_class\)"),
        ({"collection": "real"}, "collection: unknown key"),
        ({"rows": [{"label": "A", "variants": {}}]}, "rows.0.variants: unknown key"),
        ({"columns": PLAIN["columns"] * 2}, "column 'network parameters' is there twice"),
        ({"columns": [{"group": "network", "title": "parameters", "unit": "kilo"}]}, "unit"),
        ({"kind": "runs"}, "sizes.yaml: "),
    ],
)
def test_tables_of_another_kind_that_make_no_sense_are_refused(changes: dict, problem: str) -> None:
    with pytest.raises(UserError, match=problem) as caught:
        parsed({**PLAIN, **changes}, "sizes.yaml")
    assert "\n" not in str(caught.value)


def test_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(UserError, match=r"list\.yaml: "):
        parsed(["a"], "list.yaml")


def test_bundled_tables_stand_in_the_order_of_their_numbers() -> None:
    names = [name for name in bundled() if name.startswith("004")]
    assert names == [f"004-T{number}" for number in range(5, 15)]
