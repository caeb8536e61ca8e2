from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.methods import method
from fas.methods.base import Fit
from fas.methods.lgsc.params import LgscParams
from fas.methods.lgsc.score import cue_maps, evenly
from fas.methods.lgsc.train import LgscTask, fit, networks, score
from fas.runs import FitTask, FitWorker, ScoreTask, ScoreWorker, kept_steps

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


ABLATIONS: dict[str, dict[str, Any]] = {
    "resized": {"input": "resized"},
    "triplet_sc": {"triplet_levels": ["E5", "D1", "D2", "D3", "D4", "SC"]},
    "no_auxiliary": {"auxiliary_input": "none"},
    "both": {"regression": "both"},
    "auxiliary_on_cue": {"auxiliary_input": "cue"},
    "faithful": {"faithful_in": True},
}


@pytest.mark.parametrize("override", ABLATIONS.values(), ids=ABLATIONS.keys())
def test_ablations_train_and_score(tmp_path: Path, override: dict[str, Any]) -> None:
    params = LgscParams.model_validate({**TINY.model_dump(), "steps": 1, **override})
    result = next(score(trained(tmp_path, params), params, CLIPS[:1], RUNTIME))
    assert ("auxiliary" in result.scores) == (params.auxiliary_input != "none")
    assert np.isfinite(result.scores["score"]).all()


def test_card_names_variants_and_builds_their_networks() -> None:
    card = method("lgsc")
    section = card.params()
    assert {"full", "no_triplet"} <= set(section.variants)
    for name in section.variants:
        assert set(card.load().networks(section.variant("lgsc", name))) == {"generator", "classifier"}
    assert card.inputs(section) == ("frames",)
    assert section.variant("lgsc", "no_triplet").triplet_weight == 0


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
