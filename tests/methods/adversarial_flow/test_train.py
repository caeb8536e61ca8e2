from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

from fas.adversarial.task import AdversarialTask
from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.files import read_json, read_npz
from fas.methods.adversarial_flow.params import AdversarialFlowParams
from fas.methods.adversarial_flow.train import LivePatches, fit, score
from fas.methods.base import Fit
from fas.runs import FitTask, FitWorker, clip_score

RUNTIME = Runtime()
FILES = ("model.safetensors", "history.csv", "reference.npz")


def trained(folder: Path, params: AdversarialFlowParams, clips: list[Clip], seed: int = 1) -> dict[str, Any]:
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    return fit(Fit(params, clips, [], seed, out, folder / "scratch", RUNTIME))


def same(first: Path, second: Path) -> list[bool]:
    return [(first / "out" / name).read_bytes() == (second / "out" / name).read_bytes() for name in FILES]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny: AdversarialFlowParams, clips: list[Clip]) -> Path:
    folder = tmp_path_factory.mktemp("adversarial_flow")
    trained(folder, tiny, clips)
    return folder


def test_fit_writes_model_history_and_reference(run: Path) -> None:
    assert sorted(path.name for path in (run / "out").iterdir()) == sorted(FILES)
    history = pd.read_csv(run / "out" / "history.csv")
    assert list(history.columns) == ["step", "loss", "reconstruction", "adversarial", "discriminator"]
    assert len(history) == 5
    assert {name.split(".")[0] for name in load_file(run / "out" / "model.safetensors")} == {"generator", "discriminator"}
    assert len(read_npz(run / "out" / "reference.npz")["error"]) == 4 * 3


def test_attacks_of_the_training_clips_are_left_out_and_counted(
    run: Path, tmp_path: Path, tiny: AdversarialFlowParams, clips: list[Clip]
) -> None:
    """With or without them the bytes are the same: no attack is looked at."""
    notes = trained(tmp_path, tiny, [clip for clip in clips if clip.live])
    assert notes["left_out"] == {"attack": {}, "without_maps": 0}
    assert all(same(run, tmp_path))
    assert trained(tmp_path / "b", tiny, clips)["left_out"]["attack"] == {"print": 3, "replay": 1}


def test_the_loader_refuses_an_attack_by_name(tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    with pytest.raises(UserError, match=r"trained on live clips alone: set fixed0 is an attack \(print\)"):
        LivePatches(clips, tiny, 1.0, 0)


def folder_of(tmp_path: Path, params: AdversarialFlowParams, train: list[Clip], dev: list[Clip]) -> Path:
    """The folder of a run."""
    out = tmp_path / "run"
    out.mkdir()
    worker = FitWorker("adversarial_flow")
    worker.setup(RUNTIME)
    worker.work(FitTask("adversarial_flow", params, tuple(train), tuple(dev), 1, {}), out, tmp_path / "scratch")
    return out


@pytest.mark.parametrize("held_out", [2, 0])
def test_live_clips_alone_make_a_model_with_a_threshold(
    tmp_path: Path, tiny: AdversarialFlowParams, clips: list[Clip], held_out: int
) -> None:
    """No attack anywhere: the threshold is a percentile of the live clips' scores, of those held out if there are any."""
    live = [clip for clip in clips if clip.live]
    params = tiny.model_copy(update={"live_percentile": 50.0})
    train, dev = live[held_out:], live[:held_out]
    out = folder_of(tmp_path, params, train, dev)
    config = read_json(out / "config.json")
    assert config["threshold_source"] == "live_percentile"
    scores = [clip_score(one) for one in score(out, params, dev or train, RUNTIME)]
    assert config["threshold"] == pytest.approx(np.median(scores))


def test_attacks_choose_the_threshold_where_there_are_any(tmp_path: Path, tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    config = read_json(folder_of(tmp_path, tiny, clips, clips[:2]) / "config.json")
    assert config["threshold_source"] == "train_eer"


def test_without_live_clips_it_says_so(tmp_path: Path, tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    with pytest.raises(UserError, match="no live training clip has a pair of frames"):
        trained(tmp_path, tiny, [clip for clip in clips if not clip.live])


def test_a_clip_without_maps_is_no_obstacle(tmp_path: Path, tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    empty = Clip("set", "empty", "live", features={"flow": {"flow": np.zeros((0, 2, 64, 64), np.float16), "frame": np.zeros(0, np.int32)}})
    assert trained(tmp_path, tiny, [*clips, empty])["left_out"]["without_maps"] == 1
    (scores,) = score(tmp_path / "out", tiny, [empty], RUNTIME)
    assert len(scores.frames) == 0


def test_fit_repeats_to_the_byte_whatever_the_order_of_clips(
    run: Path, tmp_path: Path, tiny: AdversarialFlowParams, clips: list[Clip]
) -> None:
    trained(tmp_path / "again", tiny, clips[::-1])
    trained(tmp_path / "other", tiny, clips, seed=2)
    assert all(same(run, tmp_path / "again"))
    assert not any(same(run, tmp_path / "other"))


@pytest.mark.parametrize("kill_at", [1, 3])
def test_fit_resumes_to_the_byte(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: AdversarialFlowParams, clips: list[Clip], kill_at: int
) -> None:
    """Both networks and both optimizers come back, and so do the draws."""
    real = AdversarialTask.step

    def killed(self: AdversarialTask, batch: Any, step: int, update: Any) -> Mapping[str, Any]:
        if step == kill_at:
            raise KeyboardInterrupt
        return real(self, batch, step, update)

    monkeypatch.setattr(AdversarialTask, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path, tiny, clips)
    monkeypatch.setattr(AdversarialTask, "step", real)
    trained(tmp_path, tiny, clips)
    assert all(same(run, tmp_path))


def test_checkpoints_keep_the_reference_of_their_own_networks(tmp_path: Path, tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    params = tiny.model_copy(update={"steps": 4, "checkpoints": 2})
    trained(tmp_path, params, clips)
    trained(tmp_path / "plain", params.model_copy(update={"checkpoints": 1}), clips)
    assert all(same(tmp_path, tmp_path / "plain"))  # keeping changes nothing
    kept = tmp_path / "scratch" / "kept" / "2"
    assert sorted(path.name for path in kept.iterdir()) == ["model.safetensors", "reference.npz"]
    assert not np.array_equal(read_npz(kept / "reference.npz")["error"], read_npz(tmp_path / "out" / "reference.npz")["error"])
    half, last = (next(score(folder, params, clips[:1], RUNTIME)).scores["error"] for folder in (kept, tmp_path / "out"))
    assert not np.array_equal(half, last)


def test_epochs_count_passes_over_the_windows(tmp_path: Path, tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    """4 live clips of 4 maps of 4 windows, 8 at a time: 8 steps."""
    notes = trained(tmp_path, tiny.model_copy(update={"epochs": 1}), clips)
    assert notes["steps"] == len(pd.read_csv(tmp_path / "out" / "history.csv")) == 8


@pytest.mark.parametrize("name", list(AdversarialFlowParams().variants))
def test_every_variant_trains_and_scores(tmp_path: Path, tiny: AdversarialFlowParams, clips: list[Clip], name: str) -> None:
    params = tiny.model_copy(update={"steps": 2}).variant("adversarial_flow", name)
    trained(tmp_path, params, clips)
    for one in score(tmp_path / "out", params, clips, RUNTIME):
        assert np.isfinite(one.scores["score"]).all()
        assert ("motion" in one.scores) == (name != "appearance")
