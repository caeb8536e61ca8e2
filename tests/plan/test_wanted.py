from pathlib import Path

import pytest

from fas.errors import UserError
from fas.plan.wanted import Run, samples

DOMAINS = {"sim_msu_mfsd", "sim_casia_fasd", "sim_replay_attack", "sim_oulu_npu"}
FRAMES, FLOW, IDENTITY, DFG = "frames", "flow", "identity", "residuals/dfg"


def datasets(clips):
    return {dataset for dataset, *_ in clips}


def test_the_runs_of_the_default_table(bench):
    names = [run.name for run in bench.wanted().runs]
    first = ["adversarial_flow/full", "agfas/full", "handcrafted/default", "lgsc/full", "meta_pseudo_label/full"]
    runs = [*first, "pseudo_negative/control", "pseudo_negative/full"]
    assert names == [f"{run}/oci-to-m/0" for run in runs]


def test_tables_that_share_runs_want_them_once(bench):
    bench.values["tables"] = ["demo", "demo-loo"]
    runs = bench.wanted().runs
    assert len(set(runs)) == len(runs) == 7 * 5
    assert runs == sorted(runs)


def test_a_run_without_dev_set_stands_apart():
    run = Run("lgsc", "full", "oci-to-m", 3, "simulated", "none")
    assert run.name == "lgsc/full/oci-to-m-nodev/3"


def test_the_default_table_needs_all_features_and_the_cue_s_own_faces(bench):
    wanted = bench.wanted()
    features = wanted.features
    assert set(features) == {FRAMES, FLOW, IDENTITY, DFG}
    assert features[FLOW] == features[DFG] == wanted.clips_of(DOMAINS)
    assert features[FRAMES] == features[IDENTITY] == wanted.clips_of({*DOMAINS, "sim_faces"})
    assert wanted.cues == ["dfg"]


def test_only_the_cue_s_live_clips_are_its_faces(bench, row_of):
    bench.manifest("sim_faces", row_of("sim_faces", "attack.mp4", "attack", "9", "train"))
    wanted = bench.wanted()
    faces = wanted.cue_faces("dfg")
    assert datasets(faces) == {"sim_faces"}
    assert ("sim_faces", "attack.mp4") not in faces
    assert ("sim_faces", "attack.mp4") not in wanted.features[FRAMES]


def test_a_table_that_reads_frames_only_wants_nothing_else(bench):
    bench.table("handcrafted")
    wanted = bench.wanted()
    assert wanted.features == {FRAMES: wanted.clips_of(DOMAINS)}
    assert wanted.cues == []


def test_a_protocol_of_two_domains_wants_no_clip_of_the_others(bench):
    bench.table(protocol="m-to-o")
    assert datasets(bench.wanted().features[FRAMES]) == {"sim_msu_mfsd", "sim_oulu_npu"}


def test_extract_wants_features_with_what_they_are_made_from(bench):
    bench.table(protocol="m-to-o")
    bench.values["extract"] = {"sim_casia_fasd": ["flow"]}
    wanted = bench.wanted()
    assert wanted.features[FLOW] == wanted.clips_of(["sim_casia_fasd"])
    assert wanted.features[FLOW] < wanted.features[FRAMES]
    assert IDENTITY not in wanted.features


def test_extracted_residuals_want_the_cue_s_faces(bench):
    bench.values |= {"tables": [], "extract": {"sim_msu_mfsd": ["residuals"]}}
    wanted = bench.wanted()
    assert wanted.runs == []
    assert datasets(wanted.features[DFG]) == {"sim_msu_mfsd"}
    assert datasets(wanted.features[IDENTITY]) == datasets(wanted.features[FRAMES]) == {"sim_msu_mfsd", "sim_faces"}


def test_nothing_wanted_is_nothing(bench):
    bench.values["tables"] = []
    wanted = bench.wanted()
    assert (wanted.runs, wanted.features, wanted.simulates) == ([], {}, False)


def test_an_absent_manifest_is_a_reason_and_no_error(bench):
    Path("data/simulated/manifests/sim_oulu_npu.csv").unlink()
    bench.values["tables"] = ["demo-loo"]
    wanted = bench.wanted()
    reasons = {wanted.reason(run) for run in wanted.runs}
    assert len(reasons) == 1
    assert reasons.pop().startswith("no dataset with letter O in the manifests")
    assert wanted.ready == []
    assert wanted.features == {}


def test_without_any_manifest_the_reason_says_what_makes_them(bench):
    bench.table(collection="real", protocol="m-to-o")
    (run,) = bench.wanted().runs
    assert bench.wanted().reason(run).startswith("m-to-o: no manifest of a real dataset (fas scan")
    assert not bench.wanted().simulates


def test_a_bad_manifest_is_an_error(bench):
    Path("data/simulated/manifests/sim_oulu_npu.csv").write_text("dataset\n")
    with pytest.raises(UserError, match="column missing"):
        _ = bench.wanted().features


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"method": "lgcs", "variant": "full"}, "no method 'lgcs'"),
        ({"method": "lgsc", "variant": "ful"}, "lgsc.variants: no variant 'ful'"),
    ],
)
def test_an_unknown_method_or_variant_is_told(bench, table, told):
    bench.table(**table)
    with pytest.raises(UserError, match=told):
        _ = bench.wanted().runs


def test_an_unknown_protocol_is_told(bench):
    bench.table(protocol="m-to-x")
    with pytest.raises(UserError, match="unknown protocol 'm-to-x'"):
        _ = bench.wanted().runs


def test_a_protocol_may_begin_with_a_dataset_s_own_name(bench):
    bench.table(protocol="sim_oulu_npu-2")
    assert [run.protocol for run in bench.wanted().runs] == ["sim_oulu_npu-2"]


def test_a_simulated_and_a_real_table_cannot_share_a_run(bench):
    bench.table(variant="default", collection="real")
    bench.values["tables"] = ["demo", "own.yaml"]
    with pytest.raises(UserError, match="a simulated and a real table want the same run"):
        _ = bench.wanted().runs


def test_roles_are_people_apart(bench):
    wanted = bench.wanted()
    roles = wanted.roles(wanted.runs[0])
    by_role = {
        role: {(sample.dataset, wanted.rows[sample.pair]["subject"]) for sample in samples(rows)} for role, rows in roles.groupby("role")
    }
    assert set(by_role) == {"train", "dev", "test"}
    assert datasets(by_role["test"]) == {"sim_msu_mfsd"}
    assert not by_role["train"] & by_role["dev"]


def test_an_unknown_feature_of_a_table_is_one_line(bench, tmp_path):
    spec = tmp_path / "typo.yaml"
    spec.write_text(
        "{id: typo, title: T, collection: simulated, features: [flwo], rows: [{label: L, method: lgsc, variant: full}],"
        " columns: [{protocol: oci-to-m, metric: auc}]}"
    )
    bench.values["tables"] = [str(spec)]
    with pytest.raises(UserError, match="no feature 'flwo'"):
        bench.wanted()
