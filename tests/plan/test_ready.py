from pathlib import Path

from fas.plan.ready import card
from fas.tables.spec import load_any

KEYS = {"id", "paper", "title", "methods", "datasets", "runs", "ready", "missing"}  # contracts.md 8


METHODS = ["adversarial_flow", "agfas", "handcrafted", "lgsc", "meta_pseudo_label", "pseudo_negative"]  # of table demo


def cards(bench, *names):
    wanted = bench.wanted()
    return [card(load_any(name), wanted) for name in names]


def test_a_table_is_ready_when_its_manifests_are_there(bench):
    (found,) = cards(bench, "demo")
    assert found.keys() >= KEYS
    assert found["ready"]
    assert found["missing"] == []
    assert (found["runs"], found["methods"], found["paper"]) == (7, METHODS, None)
    assert found["datasets"] == ["sim_casia_fasd", "sim_msu_mfsd", "sim_oulu_npu", "sim_replay_attack"]


def test_what_is_missing_is_said_once(bench):
    Path("data/simulated/manifests/sim_msu_mfsd.csv").unlink()
    (found,) = cards(bench, "demo")
    assert not found["ready"]
    assert found["missing"] == ["no manifest yet (the simulate stage makes it): dataset sim_msu_mfsd"]


def test_datasets_that_nobody_registered_are_named(bench):
    (found,) = cards(bench, "002-T4")
    assert found["datasets"] == ["sim_oulu_npu", "siw"]
    assert any(text.startswith("no simulated data: dataset siw") for text in found["missing"])
    assert (found["runs"], found["collection"]) == (14, "simulated")


def test_real_datasets_make_a_paper_s_table_ready(bench):
    bench.values["datasets"]["replay"] = {"adapter": "replay_attack", "collection": "real", "letter": "I"}
    bench.values["datasets"]["casia"] = {"adapter": "casia_fasd", "collection": "real", "letter": "C"}
    (found,) = cards(bench, "002-T3")
    assert found["missing"] == ["no manifest yet (fas scan): datasets casia, replay"]
    for name in ("replay", "casia"):
        bench.manifest(name, folder="data/manifests")
    (found,) = cards(bench, "002-T3")
    assert (found["ready"], found["collection"], found["datasets"]) == (True, "real", ["casia", "replay"])


def test_a_protocol_without_clips_is_a_reason(bench):
    """The bench's OULU-NPU has no phones and sessions: where one is left out, nobody is tested."""
    (found,) = cards(bench, "002-T2")
    assert not found["ready"]
    (told,) = found["missing"]
    assert told.startswith("no test clip: protocols oulu_npu-1, oulu_npu-3-1, ")
    assert "oulu_npu-2" not in told


def test_awaited_methods_and_other_kinds_are_not_ready(bench):
    plain, awaiting = cards(bench, "003-T2", "000-T6")
    assert (plain["ready"], plain["runs"], plain["datasets"], plain["kind"]) == (False, 0, ["MNIST", "CIFAR-10"], "one_class")
    if load_any("000-T6").awaits:
        assert awaiting["missing"][0] == "not in this version yet: method pseudo_negative"
    assert awaiting["runs"] == 4
