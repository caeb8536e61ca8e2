"""What `fas plan` says of a stage whose parameters do not hold together: a line of its own, and the other stages as ever."""

from pathlib import Path

import pytest

from fas.cli import run
from fas.items.item import OK, File, Record
from fas.plan import forecast
from fas.plan.forecast import Forecast, Forecaster

IDENTITY = "params.yaml: identity.sha256: give the SHA-256 of weights 'mine'"
ROOT = Path(__file__).resolve().parents[2]
RAFT = "params.yaml: flow.sha256: give the SHA-256 of weights 'raft_large'"


class Finished:
    """A store in which the items of these outputs are finished."""

    outputs: tuple[str, ...] = ()

    def __init__(self, root: Path) -> None:
        pass

    def find(self, keys: list[str], output: str, fetch: bool) -> dict[str, Record]:
        return {key: Record(OK, files=(File("a.npz", key, 1),)) for key in keys} if output in self.outputs else {}


def stages(bench) -> dict[str, Forecast]:
    return {one.stage: one for one in Forecaster(bench.wanted(), Path.cwd()).all()}


@pytest.mark.parametrize("frames", [(), ("data/frames",)])
def test_a_recogniser_without_its_digest_is_told_before_and_after_there_are_frames(bench, monkeypatch, frames):
    monkeypatch.setattr(forecast, "Store", Finished)
    monkeypatch.setattr(Finished, "outputs", ("data/simulated", *frames))
    bench.table("mean_residual")
    whole = stages(bench)
    bench.values["identity"]["model"] = "mine"
    told = stages(bench)
    assert told["identity"] == Forecast("identity", total=whole["identity"].total, note=IDENTITY)
    assert told["identity"].total > 0
    assert list(told) == list(whole)
    for stage in ("frames", "flow", "cues", "residuals"):
        assert (told[stage].total, told[stage].note) == (whole[stage].total, "")
    assert set(told["cues"].runs.values()) == {"waits for identity" if frames else "waits for frames"}


def test_a_flow_network_without_its_digest_keeps_its_methods_waiting_and_no_others(bench, monkeypatch):
    monkeypatch.setattr(forecast, "Store", Finished)
    monkeypatch.setattr(Finished, "outputs", ("data/simulated", "data/frames"))
    bench.table("lgsc", "full")
    Path("other.yaml").write_text(Path("own.yaml").read_text().replace("id: own", "id: other"))
    bench.table("adversarial_flow", "full")
    bench.values["tables"] = ["own.yaml", "other.yaml"]
    bench.values["flow"]["algorithm"] = "raft"
    told = stages(bench)
    assert told["flow"].note == told["train_adversarial_flow"].note == RAFT
    assert told["train_adversarial_flow"].runs == told["flow"].runs == {}
    assert told["train_lgsc"].note == ""
    assert set(told["train_lgsc"].runs.values()) == {"new", "waits for its training"}


def test_the_command_prints_it_below_its_stage(bench, monkeypatch, capsys):
    notes = [Forecast("frames", 2, {"a": "new"}), Forecast("identity", 2, note=IDENTITY), Forecast("(the rest)", note="later")]
    monkeypatch.setattr(Forecaster, "all", lambda self: notes)
    Path("params.yaml").write_text((ROOT / "params.yaml").read_text())
    assert run(["plan"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "frames: 1 of 2 items would run",
        "    new: a",
        "identity: 0 of 2 items would run",
        f"    cannot be computed: {IDENTITY}",
        "(the rest): later",
    ]
