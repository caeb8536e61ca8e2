from pathlib import Path

import pytest
import torch
from torch import Tensor

from fas.config import Runtime
from fas.methods.adversarial_flow.adversarial import AdversarialTask, Optimisation
from fas.methods.adversarial_flow.loss import Weights, adversarial_loss, discriminator_loss, feature_matching_loss, latent_loss
from fas.methods.adversarial_flow.model import build
from fas.training import train

BLOCKS = torch.rand(40, 1, 2, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
DIGITS = BLOCKS.repeat_interleave(16, dim=2).repeat_interleave(16, dim=3)


def images(step: int) -> Tensor:
    return DIGITS[[(8 * step + index) % len(DIGITS) for index in range(8)]]


def task(auxiliary: bool = False, discriminator: bool = True, **options) -> AdversarialTask:
    torch.manual_seed(0)
    built = build(1, 0.06, discriminator=discriminator, auxiliary=auxiliary)
    return AdversarialTask(built, images, options.pop("weights", Weights()), Optimisation(learning_rate=1e-3), **options)


def test_closed_forms_of_the_losses() -> None:
    zeros, many = torch.zeros(5), torch.full((5,), 30.0)
    assert discriminator_loss(zeros, zeros) == pytest.approx(torch.log(torch.tensor(2.0)).item())
    assert discriminator_loss(many, -many) == pytest.approx(0, abs=1e-9)
    assert discriminator_loss(-many, many) == pytest.approx(30)
    assert adversarial_loss(many) == pytest.approx(0, abs=1e-9)
    assert adversarial_loss(-many) == pytest.approx(30)
    assert feature_matching_loss(many, many - 2) == 4
    assert latent_loss(many, many - 2) == 2


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"discriminator": False}, ["loss", "reconstruction"]),
        ({}, ["loss", "reconstruction", "adversarial", "discriminator"]),
        ({"adversarial": "feature_matching"}, ["loss", "reconstruction", "adversarial", "discriminator"]),
        ({"auxiliary": True}, ["loss", "reconstruction", "adversarial", "latent", "discriminator"]),
    ],
)
def test_digits_train_as_well_and_the_loss_is_the_weighted_sum(tmp_path: Path, options: dict, names: list[str]) -> None:
    history = train(task(**options), steps=30, seed=0, scratch=tmp_path, runtime=Runtime())
    assert list(history.columns) == ["step", *names]
    assert history["reconstruction"].iloc[-1] < history["reconstruction"].iloc[0]
    total = 50 * history["reconstruction"] + sum(history[name] for name in names if name in ("adversarial", "latent"))
    torch.testing.assert_close(torch.tensor(history["loss"].to_numpy()), torch.tensor(total.to_numpy()), rtol=1e-4, atol=1e-4)


def test_each_optimizer_moves_its_own_networks() -> None:
    one = task(auxiliary=True)
    moved: dict[str, set[str]] = {}

    def update(name: str, loss: Tensor) -> None:
        before = {key: [weight.clone() for weight in module.parameters()] for key, module in one.modules.items()}
        one.optimizers[name].zero_grad()
        loss.backward()
        one.optimizers[name].step()
        changed = {
            key
            for key, module in one.modules.items()
            if any(not torch.equal(old, new) for old, new in zip(before[key], module.parameters(), strict=True))
        }
        moved[name] = changed

    one.step(one.batch(0), 0, update)
    assert moved == {"generator": {"generator", "auxiliary"}, "discriminator": {"discriminator"}}


def test_the_discriminator_learns_to_tell_when_the_generator_does_not_care(tmp_path: Path) -> None:
    history = train(task(weights=Weights(adversarial=0.0)), steps=60, seed=0, scratch=tmp_path, runtime=Runtime())
    assert history["discriminator"].iloc[-1] < 0.5 * history["discriminator"].iloc[0]


def test_the_papers_rate_is_plain_sgd() -> None:
    optimizer = Optimisation("sgd", 0.02).of([torch.nn.Parameter(torch.ones(1))])
    assert isinstance(optimizer, torch.optim.SGD)
    assert optimizer.param_groups[0]["lr"] == 0.02
