from pathlib import Path

import pytest

from fas.plan.run_items import fit_item, score_item
from fas.runs import FitWorker


def fitted(bench, index, variant="extra_live", without=()):
    """The one wanted run's training: its key and its item."""
    bench.table(method="ssan", variant=variant)
    wanted = bench.wanted()
    (run,) = wanted.ready
    item = fit_item(wanted, run, {"frames": index(wanted, without)})
    return item.key(FitWorker("ssan")), item


def test_additional_faces_train_and_do_nothing_else(bench, index):
    _, item = fitted(bench, index)
    task = item.task
    assert len(task.extra) == 6
    assert {(clip.dataset, clip.domain, clip.label) for clip in task.extra} == {("sim_faces", "sim_faces", "live")}
    assert "sim_faces" not in {clip.dataset for clip in (*task.train, *task.dev)}
    wanted = bench.wanted()
    scored = score_item(wanted, wanted.runs[0], {"frames": index(wanted)}, Path("model"), "digest").task
    assert "sim_faces" not in {clip.dataset for clip, _ in scored.clips}


def test_their_features_are_wanted_only_by_who_trains_on_them(bench):
    bench.table(method="ssan", variant="full")
    assert "sim_faces" not in {sample.dataset for sample in bench.wanted().features["frames"]}
    bench.table(method="ssan", variant="extra_live")
    wanted = bench.wanted()
    assert {sample for sample in wanted.features["frames"] if sample.dataset == "sim_faces"} == wanted.clips_of(["sim_faces"])
    assert set(wanted.features) == {"frames"}
    bench.values["ssan"]["variants"]["extra_live"]["backbone"] = {"name": "oanet", "cue": "dfg"}
    wanted = bench.wanted()
    assert wanted.clips_of(["sim_faces"]) < wanted.features["residuals/dfg"]


def test_a_training_s_key_follows_its_additional_faces(bench, index, row_of):
    before, item = fitted(bench, index)
    gone = ("sim_faces", item.task.extra[0].clip)
    assert fitted(bench, index, without=[gone])[0] != before
    bench.manifest("sim_faces", row_of("sim_faces", "attack.mp4", "attack", "9", "train"))
    assert fitted(bench, index)[0] == before  # an attack is no live face
    bench.manifest("sim_faces", row_of("sim_faces", "live/new.mp4", "live", "9", "train"))
    assert fitted(bench, index)[0] != before


def test_a_training_without_additional_faces_does_not_know_of_them(bench, index, row_of):
    before, item = fitted(bench, index, "full")
    assert item.task.extra == ()
    bench.manifest("sim_faces", row_of("sim_faces", "live/new.mp4", "live", "9", "train"))
    assert fitted(bench, index, "full")[0] == before


def test_a_run_waits_for_a_manifest_of_additional_faces(bench):
    bench.table(method="ssan", variant="extra_live")
    Path("data/simulated/manifests/sim_faces.csv").unlink()
    wanted = bench.wanted()
    assert wanted.ready == []
    assert "no manifest of dataset 'sim_faces' yet" in wanted.reason(wanted.runs[0])
    assert wanted.features == {}


@pytest.mark.parametrize("name", ["sim_msu_mfsd", "sim_oulu_npu"])
def test_a_dataset_of_the_protocol_is_refused_before_anything_runs(bench, name):
    bench.values["ssan"]["variants"]["extra_live"] = {"extra_live": [name]}
    bench.table(method="ssan", variant="extra_live")
    wanted = bench.wanted()
    told = f"params.yaml: ssan.extra_live (variant 'extra_live'): dataset '{name}' is part of the protocol itself"
    assert wanted.absent["ssan/extra_live/oci-to-m/0"].startswith(told)
    assert (wanted.ready, wanted.features) == ([], {})


def test_each_dataset_counts_once(bench):
    bench.values["ssan"]["variants"]["extra_live"] = {"extra_live": ["sim_faces", "sim_faces"]}
    bench.table(method="ssan", variant="extra_live")
    wanted = bench.wanted()
    assert wanted.extra_datasets(wanted.runs[0]) == ("sim_faces",)
