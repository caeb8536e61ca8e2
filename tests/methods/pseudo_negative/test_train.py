from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file
from torchvision.models import alexnet, resnet18

from fas.assets import sha256
from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.methods import method
from fas.methods.base import Fit
from fas.methods.pseudo_negative.params import PseudoNegativeParams
from fas.methods.pseudo_negative.statistics import gaussian
from fas.methods.pseudo_negative.train import PseudoNegativeTask, fit, networks, score, whole

RUNTIME = Runtime()
TINY = PseudoNegativeParams(width=1, size=64, steps=5, batch=8, warmup_steps=2, score_batch=6, start="noise", start_step=1)
CONTROL = TINY.model_copy(update={"pseudo_weight": 0.0})
TERMS = ["pseudo", "ratio", "fit"]


def capture(name: str, label: str, frames: int = 3, size: int = 40) -> Clip:
    random = np.random.default_rng([len(name), *name.encode()])
    arrays = {
        "native": random.integers(0, 256, (frames, size, size + 4, 3), dtype=np.uint8),
        "aligned": random.integers(0, 256, (frames, 32, 32, 3), dtype=np.uint8),
        "frame": np.arange(0, 5 * frames, 5, dtype=np.int32),
    }
    return Clip("set", name, label, features={"frames": arrays})


CLIPS = [capture(f"{label}{index}", label) for label in ("live", "attack") for index in range(3)]


def trained(
    folder: Path, params: PseudoNegativeParams = TINY, seed: int = 1, clips: list[Clip] = CLIPS, runtime: Runtime = RUNTIME
) -> dict[str, Any]:
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    return fit(Fit(params, clips, [], seed, out, folder / "scratch", runtime))


def changed(**values: Any) -> PseudoNegativeParams:
    return PseudoNegativeParams.model_validate({**TINY.model_dump(), "steps": 2, **values})


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pseudo_negative")
    trained(folder)
    return folder / "out"


def test_fit_writes_model_and_history(model: Path, tmp_path: Path) -> None:
    assert sorted(path.name for path in model.iterdir()) == ["history.csv", "model.safetensors"]
    assert list(pd.read_csv(model / "history.csv").columns) == ["step", "loss", "original", *TERMS]
    assert len(pd.read_csv(model / "history.csv")) == 5
    trained(tmp_path, CONTROL)
    assert list(pd.read_csv(tmp_path / "out" / "history.csv").columns) == ["step", "loss", "original"]


@pytest.mark.parametrize("params", [TINY, CONTROL], ids=["full", "control"])
def test_fit_repeats_to_the_byte_whatever_the_order_of_clips(tmp_path: Path, params: PseudoNegativeParams) -> None:
    trained(tmp_path / "once", params)
    trained(tmp_path / "again", params, clips=CLIPS[::-1])
    trained(tmp_path / "other", params, seed=2)
    for name in ("model.safetensors", "history.csv"):
        once, again, other = ((tmp_path / folder / "out" / name).read_bytes() for folder in ("once", "again", "other"))
        assert once == again
        assert once != other


@pytest.mark.parametrize("kill_at", [1, 3])
def test_fit_resumes_to_the_byte(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kill_at: int) -> None:
    """Network, generator, running statistics and Adam's state come back, and so do the draws."""
    real = PseudoNegativeTask.step

    def killed(self: PseudoNegativeTask, batch: Any, step: int, update: Any) -> Mapping[str, Any]:
        if step == kill_at:
            raise KeyboardInterrupt
        return real(self, batch, step, update)

    monkeypatch.setattr(PseudoNegativeTask, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path)
    monkeypatch.setattr(PseudoNegativeTask, "step", real)
    trained(tmp_path)
    for name in ("model.safetensors", "history.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (model / name).read_bytes()


def test_until_its_start_the_generator_changes_nothing(tmp_path: Path) -> None:
    """Held to the end it leaves the network as the control has it: only the classifier's batches are larger."""
    held, control = changed(start_step=9, dropout=0.0), changed(pseudo_weight=0.0, dropout=0.0)
    trained(tmp_path / "held", held)
    trained(tmp_path / "control", control)
    first, second = (load_file(tmp_path / name / "out" / "model.safetensors") for name in ("held", "control"))
    for name, tensor in second.items():
        torch.testing.assert_close(first[name], tensor, atol=1e-5, rtol=1e-4)
    history = pd.read_csv(tmp_path / "held" / "out" / "history.csv")
    assert np.allclose(history["loss"], history["original"])


def test_the_trained_generator_has_seen_every_batch_and_has_moved(model: Path) -> None:
    tensors = load_file(model / "model.safetensors")
    assert tensors["generator.live.batches"] == tensors["generator.attack.batches"] == TINY.steps
    start = TINY.start_noise * tensors["generator.direction"]
    assert not torch.allclose(tensors["generator.shift"], start)
    assert torch.allclose(tensors["generator.shift"], start, atol=1.1 * TINY.steps * TINY.generator_rate)


@pytest.mark.parametrize("label", ["live", "attack"])
def test_one_class_is_told_in_one_line(tmp_path: Path, label: str) -> None:
    with pytest.raises(UserError, match="pseudo_negative: the training clips need both classes") as error:
        trained(tmp_path, clips=[clip for clip in CLIPS if clip.label == label])
    assert "\n" not in str(error.value)


READINGS: dict[str, dict[str, Any]] = {
    "fc6": {"layer": "fc6"},
    "conv5": {"layer": "conv5"},
    "after": {"activation": "after"},
    "batch statistics": {"momentum": 0.0},
    "absolute": {"frame": "absolute"},
    "exact start": {"start": "exact"},
    "path": {"start": "path"},
    "no floor": {"floor": 0.0},
    "fit to all": {"fit": "all"},
    "ratio trains all": {"ratio_trains": "all"},
    "pseudo trains all": {"pseudo_trains": "all"},
    "aligned": {"view": "aligned", "crop": 0.9},
    "no norm": {"norm": "none"},
}


@pytest.mark.parametrize("override", READINGS.values(), ids=READINGS.keys())
def test_every_reading_trains(tmp_path: Path, override: dict[str, Any]) -> None:
    trained(tmp_path, changed(start_step=0, **override))
    history = pd.read_csv(tmp_path / "out" / "history.csv")
    assert np.isfinite(history.to_numpy()).all()
    assert history["ratio"].between(0, 1).all()


def test_bfloat16_trains(tmp_path: Path) -> None:
    trained(tmp_path, runtime=Runtime(precision="bf16"))
    assert np.isfinite(pd.read_csv(tmp_path / "out" / "history.csv").to_numpy()).all()
    tensors = load_file(tmp_path / "out" / "model.safetensors")
    assert {tensor.dtype for tensor in tensors.values()} == {torch.float32, torch.int64}


def weights(path: Path, tensors: dict[str, torch.Tensor]) -> Runtime:
    torch.save(tensors, path)
    return Runtime(weights=(("alexnet", str(path)),))


IMAGENET: dict[str, Any] = {"width": 64, "norm": "none", "layer": "conv5", "batch": 4, "steps": 1, "start_step": 0}


def test_imagenet_weights_are_where_it_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = {name: tensor for name, tensor in alexnet().state_dict().items() if name.startswith("features.")}
    runtime = weights(tmp_path / "a.pth", {**source, "classifier.6.weight": torch.zeros(1)})
    notes = trained(tmp_path, changed(**IMAGENET, pretrained=sha256(tmp_path / "a.pth"), learning_rate=1e-12), runtime=runtime)
    assert notes == {"warnings": []}
    tensors = load_file(tmp_path / "out" / "model.safetensors")
    torch.testing.assert_close(tensors["extractor.features.6.weight"], source["features.6.weight"])


def test_weights_that_nobody_has_are_a_warning(tmp_path: Path) -> None:
    (warning,) = trained(tmp_path, changed(**IMAGENET, pretrained="0" * 64))["warnings"]
    assert "'alexnet'" in warning
    assert "random weights" in warning


def test_weights_of_another_network_are_told_in_one_line(tmp_path: Path) -> None:
    runtime = weights(tmp_path / "r.pth", resnet18().state_dict())
    with pytest.raises(UserError, match=r"r\.pth: does not fit the network: lacks features\.0\.weight") as error:
        trained(tmp_path, changed(**IMAGENET, pretrained=sha256(tmp_path / "r.pth")), runtime=runtime)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("override", [{"width": 2}, {"width": 2, "norm": "batch"}, {"width": 2, "layer": "fc7", "size": 112}])
def test_imagenet_weights_need_the_papers_form(tmp_path: Path, override: dict[str, Any]) -> None:
    with pytest.raises(UserError, match="AlexNet's weights need width 64, norm none"):
        trained(tmp_path, changed(**IMAGENET | override, pretrained="0" * 64))


def test_batches_are_balanced_and_pure() -> None:
    first, second = (PseudoNegativeTask(networks(TINY), TINY, CLIPS, 3) for _ in range(2))
    first.batch(0)
    assert first.batch(4)["live"].tolist() == [True, False] * 4
    assert first.batch(4)["image"].equal(second.batch(4)["image"])
    assert not first.batch(4)["image"].equal(second.batch(5)["image"])


def test_learning_rate_warms_up_and_each_part_has_its_own() -> None:
    task = PseudoNegativeTask(networks(TINY), TINY, CLIPS, 0)
    assert [task.rate("adam", step) for step in (0, 1, 2, 50)] == [0.5, 1.0, 1.0, 1.0]
    assert [group["lr"] for group in task.optimizers["adam"].param_groups] == [TINY.learning_rate] * 2 + [TINY.generator_rate]


def test_the_statistics_of_one_process_are_its_own() -> None:
    one = gaussian(torch.randn(4, 3))
    assert whole(one, 4) is one


def test_card_names_variants_and_builds_their_networks() -> None:
    card = method("pseudo_negative")
    section = card.params()
    built = {name: set(card.load().networks(section.variant("pseudo_negative", name))) for name in section.variants}
    assert built == {"full": {"extractor", "classifier", "generator"}, "control": {"extractor", "classifier"}}
    assert card.inputs(section) == ("frames",)
    assert card.weights(section) == ()
    assert card.weights(section.model_copy(update={"pretrained": "0" * 64})) == ("alexnet",)


def test_networks_are_kept_on_the_way(tmp_path: Path) -> None:
    params = changed(steps=4, checkpoints=2)
    trained(tmp_path, params)
    kept = tmp_path / "scratch" / "kept"
    assert [path.name for path in kept.iterdir()] == ["2"]
    half = next(score(kept / "2", params, CLIPS[:1], RUNTIME)).scores["score"]
    assert not np.array_equal(half, next(score(tmp_path / "out", params, CLIPS[:1], RUNTIME)).scores["score"])
