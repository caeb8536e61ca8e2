from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from pydantic import ValidationError

from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.methods import method
from fas.methods.base import Fit
from fas.methods.ssan.loss import adversarial
from fas.methods.ssan.model import Live, Network, networks
from fas.methods.ssan.params import SsanParams, sides
from fas.methods.ssan.train import SsanTask, batches_of, fit, score
from fas.params import load

ROOT = Path(__file__).resolve().parents[3]
RUNTIME = Runtime()
SECTION = load(ROOT / "presets/tiny.yaml").method("ssan")
FULL = SECTION.variant("ssan", "full")
VARIANTS = list(SECTION.variants)
assert isinstance(FULL, SsanParams)


def capture(domain: str, name: str, label: str, frames: int = 2, size: int = 64) -> Clip:
    random = np.random.default_rng([*f"{domain} {name}".encode()])
    aligned = random.integers(0, 256, (frames, size, size, 3), dtype=np.uint8)
    numbers = np.arange(0, 5 * frames, 5, dtype=np.int32)
    reconstruction = random.integers(0, 256, (frames, 32, 32, 3), dtype=np.uint8)
    features = {
        "frames": {"aligned": aligned, "frame": numbers},
        "residuals/dfg": {"reconstruction": reconstruction, "frame": numbers},
    }
    return Clip(f"set {domain}", name, label, domain=domain, features=features)


CLIPS = [capture(domain, f"{label} {number}", label) for domain in "MIO" for label in ("live", "attack") for number in range(2)]
EXTRA = [capture("faces", f"face {number}", "live") for number in range(3)]


def trained(
    folder: Path, params: Any = FULL, seed: int = 1, clips: list[Clip] = CLIPS, extra: list[Clip] | None = None, runtime: Runtime = RUNTIME
) -> dict[str, Any]:
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    more = extra if extra is not None else EXTRA if params.extra_live else []
    return fit(Fit(params, clips, [], seed, out, folder / "scratch", runtime, more))


def changed(**values: Any) -> SsanParams:
    return SsanParams.model_validate({**FULL.model_dump(), "variants": {}, **values})


def built(params: SsanParams, seed: int = 0) -> SsanTask:
    torch.manual_seed(seed)
    return SsanTask(networks(params), params, batches_of(params, CLIPS, [], 0), 2)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ssan")
    trained(folder)
    return folder / "out"


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_trains_and_scores(tmp_path: Path, name: str) -> None:
    params = SECTION.variant("ssan", name)
    notes = trained(tmp_path, params)
    assert notes == {"warnings": [], "domains": ["I", "M", "O", *(["faces"] if name == "extra_live" else [])]}
    history = pd.read_csv(tmp_path / "out" / "history.csv")
    assert list(history.columns) == ["step", "loss", "said", "contrast", "adversarial"]
    assert len(history) == 4
    scores = list(score(tmp_path / "out", params, CLIPS[:2], RUNTIME))  # type: ignore[arg-type]
    assert all(one.frames.tolist() == [0, 5] and ((one.scores["score"] > 0) & (one.scores["score"] < 1)).all() for one in scores)


def test_fit_repeats_to_the_byte_whatever_the_order_of_clips(model: Path, tmp_path: Path) -> None:
    trained(tmp_path / "again", clips=CLIPS[::-1])
    trained(tmp_path / "other", seed=2)
    for name in ("model.safetensors", "history.csv"):
        assert (tmp_path / "again" / "out" / name).read_bytes() == (model / name).read_bytes()
        assert (tmp_path / "other" / "out" / name).read_bytes() != (model / name).read_bytes()


def test_fit_resumes_to_the_byte(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = SsanTask.step

    def killed(self: SsanTask, batch: Any, step: int, update: Any) -> Mapping[str, Any]:
        if step == 2:
            raise KeyboardInterrupt
        return real(self, batch, step, update)

    monkeypatch.setattr(SsanTask, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path)
    monkeypatch.setattr(SsanTask, "step", real)
    trained(tmp_path)
    for name in ("model.safetensors", "history.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (model / name).read_bytes()


@pytest.mark.parametrize(("reversal", "sign"), [("gradient", -1.0), ("none", 1.0)])
def test_the_content_unlearns_its_dataset_unless_nothing_is_reversed(reversal: str, sign: float) -> None:
    """L_adv's gradient at the content is that of the plain cross entropy times -coefficient; with the original's layer it is the plain."""
    task = built(changed(reversal=reversal))
    content = torch.randn(6, FULL.channels, 4, 4)  # type: ignore[attr-defined]
    domain = torch.tensor([0, 1, 2, 0, 1, 2])
    discriminator = task.modules["discriminator"].eval()

    def gradient(hidden: bool) -> torch.Tensor:
        leaf = content.clone().requires_grad_()
        adversarial(discriminator(task._hidden(leaf, task.steps) if hidden else leaf), domain).backward()
        assert leaf.grad is not None
        return leaf.grad

    plain = gradient(hidden=False)
    assert plain.abs().max() > 0
    torch.testing.assert_close(gradient(hidden=True), sign * plain, atol=1e-7, rtol=1e-3)  # the coefficient is .9999 at the end


def test_a_reversal_starts_at_nothing() -> None:
    task = built(changed())
    leaf = torch.randn(2, 3, requires_grad=True)
    task._hidden(leaf, 0).sum().backward()
    assert leaf.grad is not None
    assert leaf.grad.abs().max() == 0


def test_without_a_partner_a_face_keeps_its_own_style_and_with_itself_too() -> None:
    torch.manual_seed(0)
    network = Network(changed()).eval()
    images = torch.randn(3, 3, 64, 64)
    alone, itself = network(images), network(images, partner=torch.arange(3))
    torch.testing.assert_close(itself.mixed, alone.own)
    other = network(images, partner=torch.tensor([1, 2, 0]))
    assert not torch.allclose(other.mixed, alone.own)
    torch.testing.assert_close(other.own, alone.own)
    assert Live(network)(images).shape == (3,)


def test_balanced_batches_and_those_of_one_shuffled_list() -> None:
    balanced = batches_of(changed(), CLIPS, [], 0).batch(0)
    assert [((balanced["domain"] == d) & (balanced["live"] == live)).sum() for d in range(3) for live in (True, False)] == [2] * 6
    shuffled = batches_of(changed(batches="shuffled", batch=12), CLIPS[:-2], [], 0)
    seen = torch.cat([torch.stack([shuffled.batch(step)["domain"], shuffled.batch(step)["live"].long()]) for step in range(5)], dim=1)
    pairs, counts = torch.unique(seen, dim=1, return_counts=True)  # 60 draws of 10 clips: each came six times
    assert {(int(d), int(live)): int(n) for (d, live), n in zip(pairs.T, counts, strict=True)} == {
        (0, 0): 12,
        (0, 1): 12,
        (1, 0): 12,
        (1, 1): 12,
        (2, 1): 12,
    }


@pytest.mark.parametrize("batches", ["balanced", "shuffled"])
def test_half_of_the_live_faces_are_additional_ones(batches: str) -> None:
    made = batches_of(changed(batches=batches, per_class=4), CLIPS, EXTRA, 0)
    assert made.domains == ["I", "M", "O", "faces"]
    for step in range(3):
        batch = made.batch(step)
        added = batch["domain"] == 3
        assert batch["live"].sum() == (~batch["live"]).sum() == 2 * added.sum()
        assert batch["live"][added].all()


def test_learning_rate_falls_by_epochs() -> None:
    task = built(changed(epochs=8, decay_epochs=3))
    assert task.steps == 16
    assert [task.rate("adam", step) for step in (0, 5, 6, 11, 12)] == [1, 1, 0.5, 0.5, 0.25]


@pytest.mark.parametrize("label", ["live", "attack"])
def test_one_class_is_told_in_one_line(tmp_path: Path, label: str) -> None:
    with pytest.raises(UserError, match="ssan: the training clips need both classes") as error:
        trained(tmp_path, clips=[clip for clip in CLIPS if clip.label == label])
    assert "\n" not in str(error.value)


def test_additional_faces_that_are_not_there_or_cannot_be_halved_are_told(tmp_path: Path) -> None:
    asked = changed(extra_live=["faces"])
    with pytest.raises(UserError, match=r"^ssan: extra_live: no clip of faces has the features needed$"):
        trained(tmp_path, asked, extra=[])
    with pytest.raises(UserError, match=r"^ssan: with extra_live a batch needs an even number"):
        trained(tmp_path, asked.model_copy(update={"per_class": 3}))


def test_a_picture_too_small_to_be_normalised_is_refused() -> None:
    small = {**FULL.model_dump()["backbone"], "size": 32}
    with pytest.raises(ValidationError, match=r"backbone\.size: 32 pixels leave content 1 and style 1 wide"):
        changed(backbone=small)


@pytest.mark.parametrize("name", VARIANTS)
def test_the_sides_that_are_checked_are_the_network_s(name: str) -> None:
    params = SECTION.variant("ssan", name)
    assert isinstance(params, SsanParams)
    network = Network(params).eval()
    size, cue = params.backbone.size, params.backbone.cue_side
    seen: list[torch.Tensor] = []
    network.style.convolutions[-1].register_forward_hook(lambda _, __, out: seen.append(out))
    content = network(torch.zeros(1, 3, size, size), torch.zeros(1, 3, cue, cue)).content
    assert (content.shape[-1], seen[0].shape[-1]) == sides(params.backbone, params.head)


def test_networks_are_kept_on_the_way_and_load_again(tmp_path: Path) -> None:
    params = changed(checkpoints=2)
    trained(tmp_path, params)
    kept = tmp_path / "scratch" / "kept"
    assert [path.name for path in kept.iterdir()] == ["2"]
    half = next(score(kept / "2", params, CLIPS[:1], RUNTIME)).scores["score"]
    assert not np.array_equal(half, next(score(tmp_path / "out", params, CLIPS[:1], RUNTIME)).scores["score"])
    with pytest.raises(UserError, match=r"model\.safetensors: does not fit the network"):
        next(score(tmp_path / "out", changed(channels=4), CLIPS[:1], RUNTIME))
    with pytest.raises(UserError, match="no such file"):
        next(score(tmp_path, params, CLIPS[:1], RUNTIME))


def test_bfloat16_trains(tmp_path: Path) -> None:
    trained(tmp_path, runtime=Runtime(precision="bf16"))
    assert np.isfinite(pd.read_csv(tmp_path / "out" / "history.csv").to_numpy()).all()


def test_the_loss_is_the_weighted_sum_of_its_terms(model: Path) -> None:
    rows = pd.read_csv(model / "history.csv")
    np.testing.assert_allclose(rows["loss"], rows["said"] + rows["contrast"] + rows["adversarial"], rtol=1e-5)


def test_features_are_those_of_the_scored_frames(model: Path) -> None:
    (features,) = method("ssan").embed()(model, FULL, CLIPS[:1], RUNTIME)
    assert features.shape == (2, 2 * FULL.channels)  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_the_paper_s_networks_run_at_full_size(name: str) -> None:
    params = load(ROOT / "presets/paper.yaml").method("ssan").variant("ssan", name)
    assert isinstance(params, SsanParams)
    network = Network(params).eval()
    size, cue = params.backbone.size, params.backbone.cue_side
    with torch.inference_mode():
        seen = network(torch.zeros(1, 3, size, size), torch.zeros(1, 3, cue, cue), torch.zeros(1, dtype=torch.long))
    assert seen.content.shape[1] == params.channels
    assert {"full": 8, "m": 32, "oanet": 7}.get(name, 8) == seen.content.shape[-1]
