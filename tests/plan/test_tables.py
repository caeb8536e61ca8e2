"""A table's names are checked, and a paper's table finds its collection."""

from pathlib import Path

import pytest

from fas.errors import UserError
from fas.plan.tables import settle
from fas.tables.spec import load

REAL = {"adapter": "oulu_npu", "collection": "real", "letter": "O"}


def settled(bench, name):
    wanted = bench.wanted()
    return settle(load(name), wanted.params)


def test_without_real_datasets_a_paper_s_table_is_simulated_and_says_so(bench):
    spec = settled(bench, "002-T5")
    assert spec.collection == "simulated"
    assert "simulated data" in spec.heading
    assert load("002-T5").collection == "any"


def test_it_is_real_as_soon_as_params_name_real_datasets_for_one_of_its_protocols(bench):
    bench.values["datasets"]["oulu"] = REAL
    assert settled(bench, "002-T5").collection == "real"
    assert settled(bench, "002-T4").collection == "simulated"  # SiW is missing too
    assert settled(bench, "001-T1").collection == "simulated"
    bench.values["datasets"]["siw"] = {"adapter": "siw", "collection": "real"}
    assert settled(bench, "002-T4").collection == "real"


def test_a_real_table_with_half_of_its_data_keeps_the_rest_and_its_reasons(bench):
    bench.values["datasets"]["casia"] = {"adapter": "casia_fasd", "collection": "real", "letter": "C"}
    bench.values["datasets"]["replay"] = {"adapter": "replay_attack", "collection": "real", "letter": "I"}
    bench.values["tables"] = ["002-T3"]
    bench.manifest("casia", folder="data/manifests")
    wanted = bench.wanted()
    assert {run.collection for run in wanted.runs} == {"real"}
    assert all("no dataset with letter I" in wanted.reason(run) for run in wanted.runs)
    bench.manifest("replay", folder="data/manifests")
    assert bench.wanted().ready == bench.wanted().runs
    assert {dataset for dataset, *_ in bench.wanted().features["frames"]} == {"casia", "replay"}


def test_a_table_of_its_own_collection_keeps_it(bench):
    bench.values["datasets"]["oulu"] = REAL
    assert settled(bench, "demo").collection == "simulated"


def test_a_paper_s_table_wants_its_own_runs_and_frames_only(bench):
    bench.values["tables"] = ["002-T5"]
    wanted = bench.wanted()
    assert len(wanted.runs) == 7
    assert {(run.method, run.protocol, run.collection) for run in wanted.runs} == {("lgsc", "oulu_npu-1", "simulated")}
    assert set(wanted.features) <= {"frames"}
    assert wanted.cues == []


def test_folds_are_runs_of_their_own(bench):
    bench.values["tables"] = ["002-T2"]
    protocols = [run.protocol for run in bench.wanted().runs]
    assert len(protocols) == len(set(protocols)) == 2 + 6 + 6


def test_awaited_methods_are_not_run_and_the_rest_is(bench):
    spec = "{{id: own, title: T, collection: simulated, {awaits}rows: [{{label: A, method: handcrafted}}, {{label: B, method: coming}}]," \
        " columns: [{{protocol: oci-to-m, metric: auc}}]}}"  # fmt: skip
    bench.values["tables"] = ["own.yaml"]
    Path("own.yaml").write_text(spec.format(awaits="awaits: [coming], "))
    assert [run.method for run in bench.wanted().runs] == ["handcrafted"]
    assert bench.wanted().features["frames"]
    Path("own.yaml").write_text(spec.format(awaits=""))
    with pytest.raises(UserError, match=r"table own: row 'B': no method 'coming' \(there is: "):
        bench.wanted()


def test_a_table_that_is_not_made_of_runs_cannot_be_wanted(bench):
    bench.values["tables"] = ["004-T14"]
    with pytest.raises(UserError, match=r"table 004-T14 \(kind complexity\) is not made of runs"):
        bench.wanted()


def test_a_simulated_and_a_real_table_do_not_share_a_folder(bench):
    """Their runs are told apart by nothing in a folder's name, so both at once are refused."""
    bench.values["datasets"] |= {
        "oulu": REAL,
        "msu": {"adapter": "msu_mfsd", "collection": "real", "letter": "M"},
        "casia": {"adapter": "casia_fasd", "collection": "real", "letter": "C"},
        "replay": {"adapter": "replay_attack", "collection": "real", "letter": "I"},
    }
    bench.table(collection="any")
    bench.values["tables"] = ["demo", "own.yaml"]
    with pytest.raises(UserError, match="a simulated and a real table want the same run"):
        _ = bench.wanted().runs


VARIED = "{{id: own, title: T, collection: simulated, rows: [{{label: A, method: ssdg, variant: full, variants: {{{variants}}}}}]," \
    " columns: [{{protocol: oci-to-m, metric: auc}}, {{protocol: icm-to-o, metric: auc}}]}}"  # fmt: skip


def test_a_row_is_of_another_variant_where_it_says_so(bench):
    bench.values["tables"] = ["own.yaml"]
    Path("own.yaml").write_text(VARIED.format(variants="icm-to-o: to_o"))
    assert [run.name for run in bench.wanted().runs] == ["ssdg/full/oci-to-m/0", "ssdg/to_o/icm-to-o/0"]
    Path("own.yaml").write_text(VARIED.format(variants="icm-to-o: to_p"))
    with pytest.raises(UserError, match=r"^table own: row 'A': .*ssdg\.variants: no variant 'to_p' \(there is: ") as error:
        bench.wanted()
    assert "\n" not in str(error.value)


def test_the_features_of_such_a_variant_are_wanted_on_its_protocols_alone(bench):
    bench.values["tables"] = ["own.yaml"]
    Path("own.yaml").write_text(VARIED.format(variants="m-to-i-all: oanet").replace("icm-to-o", "m-to-i-all"))
    features = bench.wanted().features
    assert {sample.dataset for sample in features["residuals/dfg"]} == {"sim_replay_attack", "sim_msu_mfsd"}
    assert {sample.dataset for sample in features["frames"]} > {"sim_casia_fasd", "sim_oulu_npu"}
