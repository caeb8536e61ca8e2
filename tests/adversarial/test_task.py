"""Paper 003's training: who is updated by what, the plain autoencoder, and a resume that changes nothing."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from fas.adversarial.model import PATCH, networks
from fas.adversarial.params import AdversarialParams
from fas.adversarial.task import AdversarialTask
from fas.config import Runtime
from fas.sampling import generator
from fas.training import Batch, seeded, train

RUNTIME = Runtime(threads=1)
SMALL = {"width": 0.05, "latent": 4}


class KilledError(Exception):
    pass


def batches(step: int) -> Batch:
    return {"image": torch.from_numpy(generator("images", step).uniform(-1, 1, (4, 1, PATCH, PATCH)).astype("float32"))}


def task(kill_at: int | None = None, **params) -> AdversarialTask:
    chosen = AdversarialParams(**{**SMALL, **params})

    class Killed(AdversarialTask):
        def step(self, batch, step, update):
            if step == kill_at:
                raise KilledError
            return super().step(batch, step, update)

    with seeded("test", 3):
        return Killed(networks(chosen, channels=1), chosen, batches)


def weights(one: AdversarialTask) -> dict[str, Tensor]:
    return {f"{name}.{key}": value.clone() for name, module in one.modules.items() for key, value in module.state_dict().items()}


@pytest.mark.parametrize("kill_at", [0, 3, 5])
def test_resumed_equals_uninterrupted_to_the_bit(tmp_path: Path, kill_at: int) -> None:
    whole = task(auxiliary=True)
    history = train(whole, steps=6, seed=1, scratch=tmp_path / "whole", runtime=RUNTIME, checkpoint_every=2)
    with pytest.raises(KilledError):
        train(task(kill_at, auxiliary=True), steps=6, seed=1, scratch=tmp_path / "killed", runtime=RUNTIME, checkpoint_every=2)
    resumed = task(auxiliary=True)
    again = train(resumed, steps=6, seed=1, scratch=tmp_path / "killed", runtime=RUNTIME, checkpoint_every=2)
    assert history.equals(again)
    assert list(history.columns) == ["step", "loss", "reconstruction", "adversarial", "latent", "discriminator"]
    ours, theirs = weights(whole), weights(resumed)
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


@pytest.mark.parametrize("adversary", ["non_saturating", "saturating", "feature_matching"])
@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_each_loss_moves_both_networks(tmp_path: Path, adversary: str, optimizer: str) -> None:
    one = task(adversary=adversary, optimizer=optimizer, reconstruction_weight=0.0)
    before = weights(one)
    train(one, steps=1, seed=1, scratch=tmp_path, runtime=RUNTIME)
    after = weights(one)
    for name in ("generator.encoder.down.0.weight", "generator.decoder.up.0.weight", "discriminator.down.0.weight"):
        assert not torch.equal(before[name], after[name])


def test_without_discriminator_it_is_an_autoencoder_that_learns(tmp_path: Path) -> None:
    fixed = batches(0)
    chosen = AdversarialParams(**SMALL, discriminator=False, learning_rate=0.01)
    with seeded("test", 3):
        one = AdversarialTask(networks(chosen, channels=1), chosen, lambda step: fixed)
    history = train(one, steps=40, seed=1, scratch=tmp_path, runtime=RUNTIME)
    assert list(history.columns) == ["step", "loss", "reconstruction"]
    assert history["reconstruction"].iloc[-1] < history["reconstruction"].iloc[0]
    assert history["loss"].iloc[0] == pytest.approx(50 * history["reconstruction"].iloc[0])


def test_each_optimizer_moves_its_own_networks_and_the_discriminator_s_comes_first() -> None:
    one = task(auxiliary=True)
    moved: dict[str, set[str]] = {}

    def update(name: str, loss: Tensor) -> None:
        before = {key: [weight.detach().clone() for weight in module.parameters()] for key, module in one.modules.items()}
        one.optimizers[name].zero_grad()
        loss.backward()
        one.optimizers[name].step()
        moved[name] = {
            key
            for key, module in one.modules.items()
            if any(not torch.equal(old, new) for old, new in zip(before[key], module.parameters(), strict=True))
        }

    one.step(one.batch(0), 0, update)
    assert list(moved) == ["discriminator", "generator"]
    assert moved == {"generator": {"generator", "auxiliary"}, "discriminator": {"discriminator"}}


def test_the_loss_is_the_weighted_sum(tmp_path: Path) -> None:
    history = train(task(auxiliary=True, latent_weight=3.0), steps=5, seed=0, scratch=tmp_path, runtime=RUNTIME)
    total = 50 * history["reconstruction"] + history["adversarial"] + 3 * history["latent"]
    assert history["loss"].to_list() == pytest.approx(total.to_list(), rel=1e-4)


def test_the_discriminator_learns_to_tell_when_the_generator_does_not_care(tmp_path: Path) -> None:
    fixed = batches(0)
    chosen = AdversarialParams(**SMALL, adversarial_weight=0.0, learning_rate=1e-3)
    with seeded("test", 3):
        one = AdversarialTask(networks(chosen, channels=1), chosen, lambda step: fixed)
    history = train(one, steps=60, seed=0, scratch=tmp_path, runtime=RUNTIME)
    assert history["discriminator"].iloc[-1] < 0.5 * history["discriminator"].iloc[0]
