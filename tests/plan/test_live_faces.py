"""Which datasets may give a training live faces from outside its protocol: additional ones, and those of a cue maker."""

from pathlib import Path

import pandas as pd
import pytest

from fas.errors import UserError
from fas.plan.live_faces import unfit
from fas.plan.ready import card
from fas.plan.wanted import Run
from fas.tables.spec import load_any

SIMULATED = "params.yaml: cues.dfg.faces: dataset 'sim_faces' is simulated and does not train for real data"
COMMAND = "(fas scan ffhq ROOT --name ffhq)"


def manifests(**labels):
    return {name: pd.DataFrame({"label": list(of)}) for name, of in labels.items()}


THERE = manifests(sim_faces=["live"], sim_msu_mfsd=["live", "attack"], sim_oulu_npu=["attack"])


def told(bench, *names, collection="simulated", protocol=("sim_casia_fasd",)):
    return unfit(names, "here", collection, set(protocol), bench.wanted().params, THERE)


def test_what_is_there_and_apart_may_train(bench):
    assert told(bench, "sim_faces", "sim_msu_mfsd") == told(bench) == ""


@pytest.mark.parametrize(
    ("name", "how", "reason"),
    [
        ("sim_casia_fasd", {}, "dataset 'sim_casia_fasd' is part of the protocol itself: people it is tested on would train"),
        ("sim_oulu_npu", {}, "dataset 'sim_oulu_npu' has no live clip"),
        ("sim_replay_attack", {}, "no manifest of dataset 'sim_replay_attack' yet (the simulate stage makes it)"),
        ("sim_faces", {"collection": "real"}, "dataset 'sim_faces' is simulated and does not train for real data"),
        ("ffhq", {}, "dataset 'ffhq' is not in params.yaml (docs/running.md says how to add one)"),
    ],
)
def test_what_does_not_fit_has_a_reason(bench, name, how, reason):
    assert told(bench, name, **how) == f"here: {reason}"


def test_all_that_is_in_the_way_is_told_at_once(bench):
    assert told(bench, "sim_faces", "sim_casia_fasd", "sim_oulu_npu").count("; dataset ") == 1


def test_real_faces_do_not_train_for_simulated_data(bench):
    bench.real("ffhq")
    assert told(bench, "ffhq") == "here: dataset 'ffhq' is real and does not train for simulated data"
    assert told(bench, "ffhq", collection="real") == f"here: no manifest of dataset 'ffhq' yet {COMMAND}"


def test_a_name_that_nobody_knows_is_an_error(bench):
    with pytest.raises(UserError, match=r"^here: unknown dataset 'sim_face' \(datasets has: sim_msu_mfsd,") as error:
        told(bench, "sim_face")
    assert "\n" not in str(error.value)
    bench.values["cues"]["dfg"]["faces"] = ["sim_face"]
    with pytest.raises(UserError, match=r"^params\.yaml: cues\.dfg\.faces: unknown dataset 'sim_face'"):
        _ = bench.wanted().features


def test_a_cue_maker_of_simulated_faces_is_none_for_a_real_run(bench):
    """Nothing is computed of it, and the runs that read no cue are made."""
    bench.real()
    bench.values["tables"] = ["001-T1"]
    wanted = bench.wanted()
    assert {run.collection for run in wanted.runs} == {"real"}
    without = {run for run in wanted.runs if run.method != "agfas"}
    assert set(wanted.ready) == without
    assert set(wanted.absent.values()) == {SIMULATED}
    assert set(wanted.absent) == {run.name for run in wanted.runs if run not in without}
    assert set(wanted.features) == {"frames"}
    assert "sim_faces" not in {sample.dataset for sample in wanted.features["frames"]}


def test_one_maker_serves_the_runs_of_its_faces_collection_alone(bench):
    bench.real()
    bench.values["tables"] = ["001-T1", "demo-cues"]
    wanted = bench.wanted()
    assert {run.collection for run in wanted.runs} == {"real", "simulated"}
    assert {run.collection for run in wanted.ready if run.method in ("agfas", "mean_residual")} == {"simulated"}
    assert {sample.dataset for sample in wanted.features["residuals/dfg"]}.isdisjoint({"msu", "casia", "replay", "oulu"})


def test_the_paper_preset_is_ready_when_its_faces_are_scanned(bench):
    bench.preset("paper")
    bench.real()
    bench.values["tables"] = ["001-T1"]

    def missing(name, wanted=None):
        found = card(load_any(name), wanted or bench.wanted())
        assert found["ready"] == (not found["missing"])
        return found["missing"]

    how = "is not in params.yaml (docs/running.md says how to add one)"
    assert missing("001-T1") == [f"params.yaml: cues.dfg.faces: dataset 'ffhq' {how}; dataset 'celeba_spoof' {how}"]
    assert len(missing("001-T3")) == 6 + 1  # the variants with additional faces, and the cue maker
    bench.real("ffhq", "celeba_spoof")
    (told,) = missing("001-T1")
    assert told.startswith(
        f"params.yaml: cues.dfg.faces: no manifest of dataset 'ffhq' yet {COMMAND}; no manifest of dataset 'celeba_spoof'"
    )
    for name in ("ffhq", "celeba_spoof"):
        bench.manifest(name, folder="data/manifests")
    wanted = bench.wanted()
    for name in ("001-T1", "001-T3", "identity-over-t"):
        assert missing(name, wanted) == []
    assert wanted.ready == wanted.runs
    assert {sample.dataset for sample in wanted.cue_faces("dfg")} == {"ffhq", "celeba_spoof"}


def test_a_protocol_s_own_people_train_no_cue_maker(bench):
    bench.values["cues"]["dfg"]["faces"] = ["sim_msu_mfsd"]
    bench.table(method="mean_residual", protocol="m-to-o")
    told = "params.yaml: cues.dfg.faces: dataset 'sim_msu_mfsd' is part of the protocol itself: people it is tested on would train"
    wanted = bench.wanted()
    assert wanted.absent == {"mean_residual/default/m-to-o/0": told}
    bench.table(method="mean_residual", protocol="c-to-i")
    assert bench.wanted().absent == {}


def test_a_variant_s_own_faces_are_named(bench):
    bench.values["cues"]["dfg"]["variants"]["t600"]["faces"] = []
    bench.table(method="mean_residual", variant="t600")
    wanted = bench.wanted()
    assert wanted.reason(wanted.runs[0]) == "params.yaml: cues.dfg.faces (variant 'dfg-t600'): names no dataset"
    assert wanted.unfit_feature("residuals/dfg", "simulated", set()) == ""


def test_a_shown_feature_that_cannot_be_made_is_told_and_left_out(bench):
    bench.values["cues"]["memae"]["faces"] = ["sim_msu_mfsd"]
    bench.table()
    Path("own.yaml").write_text(Path("own.yaml").read_text() + "features: [residuals/memae, identity]\n")
    wanted = bench.wanted()
    assert len(wanted.ready) == len(wanted.runs) == 1
    assert set(wanted.absent) == {"residuals/memae of oci-to-m"}
    assert set(wanted.features) == {"frames", "identity"}
    assert [text for text in card(load_any("own.yaml"), wanted)["missing"] if "cues.memae.faces" in text]


def test_extracted_residuals_are_refused_with_the_other_collection_s_faces(bench):
    bench.real()
    bench.values |= {"tables": [], "extract": {"msu": ["frames", "residuals"]}}
    with pytest.raises(UserError, match=rf"^{SIMULATED} \(asked for by extract.msu\)$"):
        _ = bench.wanted().features
    bench.values["extract"] = {"msu": ["frames"]}
    assert set(bench.wanted().features) == {"frames"}


def test_what_is_missing_of_faces_is_told_before_the_protocols_are_there(bench):
    bench.real()
    Path("data/manifests/msu.csv").unlink()
    found = card(load_any("001-T5"), bench.wanted())
    assert found["missing"] == ["no manifest yet (fas scan): dataset msu", SIMULATED]
    run = Run("agfas", "full", "oci-to-m", 0, "real", "seeded")
    assert bench.wanted().reason(run).startswith("no dataset with letter M in the manifests")
