from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from fas.clips import Clip
from fas.config import Runtime
from fas.domains.batches import DomainBatches
from fas.domains.views import Views
from fas.errors import UserError
from fas.methods.base import Fit
from fas.methods.ssdg.params import SsdgParams
from fas.methods.ssdg.score import embed
from fas.methods.ssdg.train import SsdgTask, fit, networks, score
from fas.schema import parse

RUNTIME = Runtime()
VALUES: dict[str, Any] = {
    "backbone": {"size": 32, "width": 4},
    "view": {"brightness": 0.1, "contrast": 0.1},
    "embedding": 8,
    "per_class": 2,
    "steps": 5,
    "decay_steps": 3,
    "score_batch": 4,
}
TINY = parse(SsdgParams, VALUES, "here")


def capture(name: str, label: str, domain: str, frames: int = 3) -> Clip:
    random = np.random.default_rng([*f"{domain}{name}".encode()])
    faces = random.integers(0, 256, (frames, 40, 40, 3), dtype=np.uint8)
    return Clip(
        domain.lower(), name, label, domain=domain, features={"frames": {"aligned": faces, "frame": np.arange(frames, dtype=np.int32)}}
    )


CLIPS = [capture(f"{label}{index}", label, domain) for domain in "MC" for label in ("live", "attack") for index in range(2)]


def changed(**values: Any) -> SsdgParams:
    return parse(SsdgParams, {**VALUES, "steps": 2, **values}, "here")


def trained(
    folder: Path, params: SsdgParams = TINY, seed: int = 1, clips: list[Clip] = CLIPS, runtime: Runtime = RUNTIME, **more: Any
) -> Any:
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    return fit(Fit(params, clips, [], seed, out, folder / "scratch", runtime, **more))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ssdg")
    trained(folder)
    return folder / "out"


def test_fit_writes_model_and_history(model: Path) -> None:
    assert sorted(path.name for path in model.iterdir()) == ["history.csv", "model.safetensors"]
    history = pd.read_csv(model / "history.csv")
    assert list(history.columns) == ["step", "loss", "classification", "triplet", "adversarial"]
    assert len(history) == 5
    total = history["classification"] + TINY.triplet_weight * history["triplet"] + TINY.adversarial_weight * history["adversarial"]
    np.testing.assert_allclose(history["loss"], total, rtol=1e-5)


def test_fit_repeats_to_the_byte_whatever_the_order_of_clips(model: Path, tmp_path: Path) -> None:
    trained(tmp_path / "again", clips=CLIPS[::-1])
    trained(tmp_path / "other", seed=2)
    for name in ("model.safetensors", "history.csv"):
        assert (model / name).read_bytes() == (tmp_path / "again/out" / name).read_bytes()
        assert (model / name).read_bytes() != (tmp_path / "other/out" / name).read_bytes()


@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_fit_resumes_to_the_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, optimiser: str) -> None:
    params = changed(steps=4, optimiser=optimiser)
    trained(tmp_path / "whole", params)
    real = SsdgTask.step

    def killed(self: SsdgTask, batch: Any, step: int, update: Any) -> Mapping[str, Any]:
        if step == 2:
            raise KeyboardInterrupt
        return real(self, batch, step, update)

    monkeypatch.setattr(SsdgTask, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "killed", params)
    monkeypatch.setattr(SsdgTask, "step", real)
    trained(tmp_path / "killed", params)
    for name in ("model.safetensors", "history.csv"):
        assert (tmp_path / "killed/out" / name).read_bytes() == (tmp_path / "whole/out" / name).read_bytes()


def gradients(**values: Any) -> dict[str, torch.Tensor]:
    """Of the backbone in the third of ten steps."""
    params = changed(steps=10, embedding_dropout=0.0, discriminator_dropout=0.0, **values)
    torch.manual_seed(0)
    built = networks(params, 2)
    task = SsdgTask(built, params, DomainBatches(CLIPS, 2, 0, Views(params).training, "ssdg"))
    task.step(task.batch(3), 3, lambda _, loss: loss.backward())
    return {name: one.grad.clone() for name, one in built["backbone"].named_parameters() if one.grad is not None}


def test_the_adversary_is_single_sided_and_reversed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without reversal the adversarial part of the backbone's gradient has the other sign and is 1 / coefficient as large."""
    import fas.methods.ssdg.train as module

    alone = gradients(adversarial_weight=1e-9)
    turned = gradients(adversarial_weight=1.0)
    monkeypatch.setattr(module, "reverse", lambda features, factor: features)
    straight = gradients(adversarial_weight=1.0)
    factor = 2 / (1 + np.exp(-3)) - 1
    for name, gradient in alone.items():
        torch.testing.assert_close(turned[name] - gradient, -factor * (straight[name] - gradient), rtol=0.01, atol=1e-4)


def test_only_live_faces_reach_the_discriminator() -> None:
    built = networks(TINY, 2)
    task = SsdgTask(built, TINY, DomainBatches(CLIPS, 2, 0, Views(TINY).training, "ssdg"))
    seen: list[int] = []
    built["discriminator"].register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    batch = task.batch(0)
    task.step(batch, 0, lambda _, loss: None)
    assert seen == [int(batch["live"].sum())]


def test_the_schedule_is_a_parameter() -> None:
    batches = DomainBatches(CLIPS, 2, 0, Views(TINY).training, "ssdg")
    stepped = SsdgTask(networks(TINY), TINY, batches)
    assert [stepped.rate("all", step) for step in (0, 2, 3, 100)] == pytest.approx([1, 1, 0.1, 0.1])  # once
    cosine = changed(steps=10, schedule="cosine", warmup_steps=2)
    assert [SsdgTask(networks(cosine), cosine, batches).rate("all", step) for step in (0, 1, 2)] == pytest.approx([0.5, 1, 1])


READINGS: dict[str, dict[str, Any]] = {
    "m": {"backbone": {"name": "maddg", "size": 32, "width": 4}},
    "vit": {"backbone": {"name": "vit", "size": 32, "transformer": {"layers": 1, "heads": 1, "hidden": 4, "mlp": 4}}},
    "repo norm": {"feat_norm": "repo"},
    "no adversary": {"adversarial_weight": 0.0},
    "imagenet": {"view": {"normalise": "imagenet", "frames": 1}},
}


@pytest.mark.parametrize("override", READINGS.values(), ids=READINGS.keys())
def test_every_reading_trains_and_scores(tmp_path: Path, override: dict[str, Any]) -> None:
    params = changed(**override)
    trained(tmp_path, params)
    assert np.isfinite(pd.read_csv(tmp_path / "out/history.csv").to_numpy()).all()
    (scored,) = score(tmp_path / "out", params, CLIPS[:1], RUNTIME)
    assert scored.scores["score"].shape == (3,)


def test_scores_are_probabilities_of_live_and_depend_on_no_other_clip(model: Path) -> None:
    together = list(score(model, TINY, CLIPS, RUNTIME))
    assert len(together) == len(CLIPS)
    for clip, scored in zip(CLIPS, together, strict=True):
        assert scored.frames.tolist() == [0, 1, 2]
        assert scored.frames.dtype == np.int32
        assert ((scored.scores["score"] >= 0) & (scored.scores["score"] <= 1)).all()
        (alone,) = score(model, TINY, [clip], RUNTIME)
        assert np.array_equal(alone.scores["score"], scored.scores["score"])


def test_embedded_features_have_the_norm_of_the_paper(model: Path) -> None:
    (features,) = embed(model, TINY, CLIPS[:1], RUNTIME)
    assert features.shape == (3, 8)
    assert features.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(features, axis=1), 1, rtol=1e-5)


def test_additional_live_faces_are_a_domain_of_their_own(tmp_path: Path) -> None:
    faces = [capture(f"face{index}", "live", "F") for index in range(3)]
    found = trained(tmp_path, changed(extra_live=["faces"]), extra=faces)
    assert found == {"warnings": [], "domains": ["C", "M", "F"]}
    assert len(load_file(tmp_path / "out/model.safetensors")["discriminator.layers.3.bias"]) == 3


def test_a_domain_without_a_class_trains_with_a_warning(tmp_path: Path) -> None:
    found = trained(tmp_path, changed(), clips=[clip for clip in CLIPS if clip.domain == "M" or clip.live])
    assert found["warnings"] == ["ssdg: domain C has no attack training clip: its batches are unbalanced"]


@pytest.mark.parametrize("label", ["live", "attack"])
def test_one_class_is_told_in_one_line(tmp_path: Path, label: str) -> None:
    with pytest.raises(UserError, match="ssdg: the training clips need both classes"):
        trained(tmp_path, clips=[clip for clip in CLIPS if clip.label == label])


def test_networks_are_kept_on_the_way(tmp_path: Path) -> None:
    params = changed(steps=4, checkpoints=2)
    trained(tmp_path, params)
    kept = tmp_path / "scratch/kept"
    assert [path.name for path in kept.iterdir()] == ["2"]
    half = next(score(kept / "2", params, CLIPS[:1], RUNTIME)).scores["score"]
    assert not np.array_equal(half, next(score(tmp_path / "out", params, CLIPS[:1], RUNTIME)).scores["score"])
