import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file, save_file

from fas.assets import sha256
from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.files import write_npz
from fas.methods import method
from fas.methods.base import Fit
from fas.methods.lgsc.model import Encoder
from fas.methods.lgsc.params import LgscParams
from fas.methods.lgsc.patches import scoring_patches
from fas.methods.lgsc.score import cue_maps, embed
from fas.methods.lgsc.score import trained as evaluated
from fas.methods.lgsc.train import LgscTask, budgeted, fit, networks, score, start_encoder
from fas.runs import FitTask, FitWorker, ScoreTask, ScoreWorker, kept_steps
from fas.sampling import evenly
from fas.training import seeded

RUNTIME = Runtime()
TINY = LgscParams(width=4, patch=32, steps=5, batch=4, warmup_steps=2, score_batch=6, score_frames=2)


def capture(name: str, label: str, frames: int = 3, size: int = 40) -> Clip:
    random = np.random.default_rng([len(name), *name.encode()])
    arrays = {
        "native": random.integers(0, 256, (frames, size, size + 4, 3), dtype=np.uint8),
        "frame": np.arange(0, 5 * frames, 5, dtype=np.int32),
    }
    return Clip("set", name, label, features={"frames": arrays})


CLIPS = [capture(f"{label}{index}", label) for label in ("live", "attack") for index in range(3)]


def trained(folder: Path, params: LgscParams = TINY, seed: int = 1, clips: list[Clip] = CLIPS) -> Path:
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    fit(Fit(params, clips, [], seed, out, folder / "scratch", RUNTIME))
    return out


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("lgsc"))


def test_fit_writes_model_and_history(model: Path) -> None:
    assert sorted(path.name for path in model.iterdir()) == ["history.csv", "model.safetensors"]
    history = pd.read_csv(model / "history.csv")
    assert list(history.columns) == ["step", "loss", "regression", "triplet", "auxiliary", *(["hinge"] if TINY.hinge_weight else [])]
    assert len(history) == 5


def test_fit_repeats_to_the_byte_whatever_the_order_of_clips(model: Path, tmp_path: Path) -> None:
    again = trained(tmp_path / "again", clips=CLIPS[::-1])
    other = trained(tmp_path / "other", seed=2)
    for name in ("model.safetensors", "history.csv"):
        assert (model / name).read_bytes() == (again / name).read_bytes()
        assert (model / name).read_bytes() != (other / name).read_bytes()


def test_fit_resumes_to_the_byte(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = LgscTask.step

    def killed(self: LgscTask, batch: Any, step: int, update: Any) -> Mapping[str, Any]:
        if step == 3:
            raise KeyboardInterrupt
        return real(self, batch, step, update)

    monkeypatch.setattr(LgscTask, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path)
    monkeypatch.setattr(LgscTask, "step", real)
    assert (trained(tmp_path) / "model.safetensors").read_bytes() == (model / "model.safetensors").read_bytes()


def test_scores_of_a_clip_depend_on_no_other_clip(model: Path) -> None:
    together = list(score(model, TINY, CLIPS, RUNTIME))
    alone = [next(score(model, TINY, [clip], RUNTIME)) for clip in CLIPS[::-1]][::-1]
    for first, second in zip(together, alone, strict=True):
        assert np.array_equal(first.frames, second.frames)
        for name in ("score", "auxiliary"):
            assert first.scores[name].tobytes() == second.scores[name].tobytes()


def test_scores_have_their_range_and_frames(model: Path) -> None:
    for result in score(model, TINY, CLIPS, RUNTIME):
        assert result.frames.tolist() == [0, 10]
        assert result.frames.dtype == np.int32
        assert result.scores["score"].dtype == np.float32
        assert ((result.scores["score"] >= -1) & (result.scores["score"] <= 0)).all()
        assert ((result.scores["auxiliary"] >= 0) & (result.scores["auxiliary"] <= 1)).all()


def test_a_cue_map_covers_the_crop_of_the_nearest_frame(model: Path) -> None:
    first, last = cue_maps(model, TINY, [(CLIPS[0], 1), (CLIPS[0], 99)], RUNTIME)
    assert first.shape == last.shape == (64, 64)
    assert 0 <= first.min() < first.max() <= 1
    assert not np.array_equal(first, last)
    alone = Clip("set", "alone", features={"frames": {name: array[2:] for name, array in CLIPS[0].features["frames"].items()}})
    assert np.array_equal(last, cue_maps(model, TINY, [(alone, 0)], RUNTIME)[0])


def test_no_clips_no_scores(model: Path) -> None:
    assert list(score(model, TINY, [], RUNTIME)) == []


@pytest.mark.parametrize(("count", "wanted", "expected"), [(3, 0, [0, 1, 2]), (3, 5, [0, 1, 2]), (10, 2, [2, 7]), (9, 1, [4])])
def test_scored_frames_are_spread_evenly(count: int, wanted: int, expected: list[int]) -> None:
    assert evenly(count, wanted).tolist() == expected


@pytest.mark.parametrize("label", ["live", "attack"])
def test_one_class_is_told_in_one_line(tmp_path: Path, label: str) -> None:
    with pytest.raises(UserError, match="lgsc: the training clips need both classes") as error:
        trained(tmp_path, clips=[clip for clip in CLIPS if clip.label == label])
    assert "\n" not in str(error.value)


def test_frames_without_the_native_view_are_told(model: Path) -> None:
    clip = Clip("set", "x", features={"frames": {"frame": np.zeros(1, np.int32)}})
    with pytest.raises(UserError, match="set x: feature 'frames' was computed without native"):
        list(score(model, TINY, [clip], RUNTIME))


def test_model_of_other_parameters_is_told(model: Path) -> None:
    with pytest.raises(UserError, match="does not fit the network"):
        list(score(model, TINY.model_copy(update={"width": 5}), CLIPS, RUNTIME))


def test_imagenet_weights_need_the_papers_width(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="need width 64"):
        trained(tmp_path, TINY.model_copy(update={"pretrained": "0" * 64}))


def test_learning_rate_warms_up_and_falls_in_steps() -> None:
    params = LgscParams(warmup_steps=10, decay=0.5, decay_steps=100)
    task = LgscTask(networks(TINY), params, CLIPS, 0)
    rates = [task.rate("adam", step) for step in (0, 4, 9, 10, 99, 100, 250)]
    assert rates == pytest.approx([0.1, 0.5, 1, 1, 1, 0.5, 0.25])


def test_batches_are_balanced_and_pure() -> None:
    first, second = (LgscTask(networks(TINY), TINY, CLIPS, 3) for _ in range(2))
    first.batch(0)
    assert first.batch(4)["live"].tolist() == [True, False, True, False]
    assert first.batch(4)["image"].equal(second.batch(4)["image"])
    assert not first.batch(4)["image"].equal(second.batch(5)["image"])


@pytest.mark.parametrize("name", TINY.variants)
def test_every_variant_trains_scores_and_embeds(tmp_path: Path, name: str) -> None:
    params = TINY.model_copy(update={"steps": 1}).variant("lgsc", name)
    model = trained(tmp_path, params)
    result = next(score(model, params, CLIPS[:1], RUNTIME))
    assert ("auxiliary" in result.scores) == (params.auxiliary_input != "none")
    assert np.isfinite(result.scores["score"]).all()
    assert next(embed(model, params, CLIPS[:1], RUNTIME)).shape == (2, 4)


def test_features_are_those_of_d4_averaged_over_a_frame_s_patches(model: Path) -> None:
    generator = evaluated(model, TINY, torch.device("cpu"))["generator"]
    vectors = list(embed(model, TINY, CLIPS, RUNTIME))
    assert len(vectors) == len(CLIPS)
    for clip, found in zip(CLIPS, vectors, strict=True):
        crop = clip.features["frames"]["native"][0]
        with torch.inference_mode():
            expected = generator(torch.from_numpy(scoring_patches(crop, TINY)))[1]["D4"].mean(dim=(0, 2, 3))
        assert found.dtype == np.float32
        np.testing.assert_allclose(found[0], expected, atol=1e-5)


def test_crops_smaller_than_a_patch_are_told_in_training_and_in_scoring(model: Path, tmp_path: Path) -> None:
    small = capture("small", "live", size=28)
    params = TINY.model_copy(update={"patch": 32})
    with pytest.raises(UserError, match="set small: its face crops are 32 x 28 pixels"):
        trained(tmp_path, params, clips=[*CLIPS[3:], small])
    with pytest.raises(UserError, match="set small: its face crops are 32 x 28 pixels"):
        list(score(model, params, [small], RUNTIME))
    assert len(list(score(model, params.model_copy(update={"small_faces": "mirror"}), [small], RUNTIME))) == 1


def test_epochs_count_the_frames_of_the_larger_class(tmp_path: Path) -> None:
    clips = [capture(f"live{index}", "live", frames=2) for index in range(2)] + [capture(f"attack{index}", "attack") for index in range(3)]
    path = tmp_path / "frames.npz"
    write_npz(path, {name: np.concatenate([array, array]) for name, array in clips[0].features["frames"].items()}, compress=False)
    clips[0] = replace(clips[0], features={"frames": path})
    params = TINY.model_copy(update={"epochs": 5, "batch": 4})
    budget = budgeted(params, clips)
    assert (budget.steps, budget.warmup_steps) == (25, 5)  # 9 frames of attacks (and 6 live) at two of each a step
    assert budgeted(params, [*clips, capture("more", "live", frames=5)]).steps == 30  # 11 live frames now
    assert budgeted(TINY, clips) is TINY


def test_epochs_need_the_native_view() -> None:
    clips = [Clip("set", label, label, features={"frames": {"frame": np.zeros(1, np.int32)}}) for label in ("live", "attack")]
    with pytest.raises(UserError, match="set live: feature 'frames' was computed without native"):
        budgeted(TINY.model_copy(update={"epochs": 1}), clips)


def test_imagenet_weights_are_taken_over_or_told(tmp_path: Path) -> None:
    with seeded("weights"):
        network = Encoder(64)
    path = tmp_path / "resnet18.safetensors"
    save_file({**network.state_dict(), "fc.weight": torch.zeros(3)}, path)
    wide = TINY.model_copy(update={"width": 64, "pretrained": sha256(path)})
    runtime = Runtime(weights=(("resnet18", str(path)),))
    generator = networks(wide)["generator"]
    assert start_encoder(generator, wide, runtime) == []
    assert torch.equal(generator.encoder.layer4[1].conv2.weight, network.layer4[1].conv2.weight)
    (warning,) = start_encoder(generator, wide, RUNTIME)
    assert "random weights" in warning
    save_file(Encoder(32).state_dict(), path)
    with pytest.raises(UserError, match=r"resnet18.safetensors: does not fit the network: has another shape of \S+ and \d+ more"):
        start_encoder(generator, wide.model_copy(update={"pretrained": sha256(path)}), runtime)


def test_bf16_trains_finite_weights_of_full_precision(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    fit(Fit(TINY.model_copy(update={"steps": 2}), CLIPS, [], 1, out, tmp_path / "scratch", Runtime(precision="bf16")))
    assert all(tensor.isfinite().all() and tensor.dtype != torch.bfloat16 for tensor in load_file(out / "model.safetensors").values())
    assert np.isfinite(pd.read_csv(out / "history.csv")).all(axis=None)


KILLED = """
import os, signal, sys
from fas.methods.lgsc.train import LgscTask
sys.path.insert(0, sys.argv[2])
from test_train import trained
from pathlib import Path
real = LgscTask.step

def step(self, batch, step, update):
    losses = real(self, batch, step, update)
    if step == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return losses

LgscTask.step = step
trained(Path(sys.argv[1]))
"""


def test_killed_training_goes_on_to_the_same_bytes(model: Path, tmp_path: Path) -> None:
    """The whole process, in the middle of its third step of five."""
    here = Path(__file__).parent
    command = [sys.executable, "-c", KILLED, str(tmp_path), str(here)]
    done = subprocess.run(command, cwd=here.parents[2], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert torch.load(tmp_path / "scratch/checkpoint.pt", weights_only=True)["done"] == 2
    assert not list((tmp_path / "out").iterdir())
    resumed = trained(tmp_path)
    for name in ("model.safetensors", "history.csv"):
        assert (resumed / name).read_bytes() == (model / name).read_bytes()


def test_card_names_its_parts() -> None:
    card = method("lgsc")
    assert card.inputs(card.params()) == ("frames",)
    assert card.embed() is embed
    assert callable(card.draw_figures())
    assert callable(card.exporter().exportable)


def test_kept_checkpoints_are_scored_beside_the_last(tmp_path: Path) -> None:
    params = TINY.model_copy(update={"checkpoints": 2, "steps": 4})
    card = {"method": "lgsc", "params": {}}
    out = tmp_path / "out"
    for folder in (out, tmp_path / "scratch", tmp_path / "scores"):
        folder.mkdir()
    fits, scores = FitWorker("lgsc"), ScoreWorker("lgsc")
    fits.setup(RUNTIME)
    scores.setup(RUNTIME)
    fits.work(FitTask("lgsc", params, tuple(CLIPS), (), 0, card), out, tmp_path / "scratch")
    assert kept_steps(out) == [2]
    scores.work(ScoreTask("lgsc", params, out, tuple((clip, "test") for clip in CLIPS)), tmp_path / "scores", tmp_path)
    last = pd.read_parquet(tmp_path / "scores" / "scores.parquet")
    every = pd.read_parquet(tmp_path / "scores" / "checkpoints.parquet")
    assert sorted(every["step"].unique()) == [2, 4]
    pd.testing.assert_frame_equal(every[every["step"] == 4].drop(columns="step").reset_index(drop=True), last)
    assert not np.allclose(every.loc[every["step"] == 2, "score"].to_numpy(), last["score"].to_numpy())
