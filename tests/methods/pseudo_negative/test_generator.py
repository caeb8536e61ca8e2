from typing import Any

import pytest
import torch
from torch import Tensor

from fas.methods.pseudo_negative.generator import Generator
from fas.methods.pseudo_negative.loss import kl_ratio
from fas.methods.pseudo_negative.params import PseudoNegativeParams
from fas.methods.pseudo_negative.statistics import Gaussian, gaussian

SIZE = 6
FLOOR = 1e-4
FRAMES = ["absolute", "attack"]
STARTS = ["exact", "noise", "path"]


def features() -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(0)
    draws = torch.randn(2, 12, SIZE, generator=random, dtype=torch.float64)
    return draws[0] - 1, 2 * draws[1] + 3


def made(count: int = 5, **values: Any):
    """A generator in double precision at its start, and what it makes of one batch."""
    torch.manual_seed(1)
    generator = Generator(PseudoNegativeParams(**values), SIZE).double()
    lives, attacks = features()
    return generator, generator(gaussian(lives), gaussian(attacks), count, held=True)


@pytest.mark.parametrize("frame", FRAMES)
def test_the_exact_start_is_the_attack_features_gaussian_noise_included(frame: str) -> None:
    generator, one = made(frame=frame, start="exact", noise=0.3)
    torch.testing.assert_close(one.pseudo.mean, one.attack.mean)
    torch.testing.assert_close(one.pseudo.variance, one.attack.variance)
    ratio = kl_ratio(one.pseudo, one.live, one.attack, FLOOR)
    ratio.backward()
    assert float(ratio.detach()) == pytest.approx(1)
    assert max(float(parameter.grad.abs().max()) for parameter in generator.parameters()) < 1e-10


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("start", ["noise", "path"])
def test_the_other_starts_can_leave(frame: str, start: str) -> None:
    generator, one = made(frame=frame, start=start)
    ratio = kl_ratio(one.pseudo, one.live, one.attack, FLOOR)
    ratio.backward()
    assert float(ratio.detach()) < 1
    assert all(float(parameter.grad.abs().max()) > 1e-5 for parameter in generator.parameters())


@pytest.mark.parametrize("start", STARTS)
def test_both_frames_start_alike(start: str) -> None:
    first, second = (made(frame=frame, start=start)[1] for frame in FRAMES)
    torch.testing.assert_close(first.pseudo.mean, second.pseudo.mean)
    torch.testing.assert_close(first.pseudo.variance, second.pseudo.variance)


def test_the_start_on_the_path_lies_at_its_share() -> None:
    _, one = made(start="path", start_share=0.25, noise=0.0)
    torch.testing.assert_close(one.pseudo.mean, one.attack.mean.lerp(one.live.mean, 0.25))
    torch.testing.assert_close(one.pseudo.variance.sqrt(), one.attack.variance.sqrt().lerp(one.live.variance.sqrt(), 0.25))


def test_pseudo_features_are_of_the_distribution_that_the_loss_sees() -> None:
    _, one = made(count=20_000, start="path", noise=0.5)
    found = gaussian(one.features)
    torch.testing.assert_close(found.mean, one.pseudo.mean, atol=0.06, rtol=0)
    torch.testing.assert_close(found.variance, one.pseudo.variance, atol=0, rtol=0.06)
    assert (gaussian(one.made).variance < one.pseudo.variance).all()  # X_M lacks the noise


def test_in_the_frame_of_attacks_the_generator_moves_with_them() -> None:
    lives, attacks = features()
    moved = Gaussian(gaussian(attacks).mean + 100, gaussian(attacks).variance)
    for frame, distance in (("attack", 100.0), ("absolute", 0.0)):
        generator, before = made(frame=frame, momentum=0.0)
        after = generator(gaussian(lives), moved, 5)
        assert (after.pseudo.mean - before.pseudo.mean).detach().mean().item() == pytest.approx(distance)


def reached(**values: Any) -> dict[str, bool]:
    """Which of the two losses' gradients reach the features."""
    generator = Generator(PseudoNegativeParams(start="noise", **values), SIZE).double()
    found = {}
    for name in ("ratio", "pseudo"):
        lives, attacks = (part.requires_grad_() for part in features())
        one = generator(gaussian(lives), gaussian(attacks), 5, held=True)
        loss = kl_ratio(one.pseudo, one.live, one.attack, FLOOR) if name == "ratio" else one.features.square().mean()
        if loss.requires_grad:
            loss.backward()
        found[name] = attacks.grad is not None and bool(attacks.grad.abs().sum() > 0)
    return found


def test_by_default_the_generator_s_losses_never_reach_the_features() -> None:
    assert reached() == {"ratio": False, "pseudo": False}
    assert reached(ratio_trains="all") == {"ratio": True, "pseudo": False}
    assert reached(pseudo_trains="all") == {"ratio": False, "pseudo": True}


@pytest.mark.parametrize("frame", FRAMES)
def test_the_pseudo_features_cross_entropy_never_trains_the_generator(frame: str) -> None:
    generator, one = made(frame=frame, pseudo_trains="all")
    assert not one.features.requires_grad
    assert one.made.requires_grad
    assert one.pseudo.mean.requires_grad
    assert not one.attack.mean.requires_grad
    assert [name for name, _ in generator.named_parameters()] == ["shift", "log_scale"]


def test_held_it_follows_the_statistics_and_let_go_it_stays() -> None:
    lives, attacks = features()
    generator, _ = made(frame="absolute", start="exact", noise=0.0, momentum=0.0)
    later = gaussian(lives), gaussian(attacks + 5)
    torch.testing.assert_close(generator(*later, 5, held=True).pseudo.mean, later[1].mean)
    before = generator.shift.detach().clone()
    generator(gaussian(lives), gaussian(attacks), 5)
    assert torch.equal(generator.shift.detach(), before)


def test_sampling_changes_nothing() -> None:
    generator, _ = made()
    before = {name: tensor.clone() for name, tensor in generator.state_dict().items()}
    samples = generator.sample(7)
    assert samples.shape == (7, SIZE)
    assert all(torch.equal(tensor, before[name]) for name, tensor in generator.state_dict().items())


def test_a_generator_whose_start_is_narrower_than_its_noise_is_finite() -> None:
    generator = Generator(PseudoNegativeParams(start="path", start_share=0.9, noise=0.9), SIZE)
    one = generator(Gaussian(torch.zeros(SIZE), torch.full((SIZE,), 1e-6)), Gaussian(torch.ones(SIZE), torch.ones(SIZE)), 3, held=True)
    assert all(torch.isfinite(tensor).all() for tensor in generator.state_dict().values())
    assert torch.isfinite(one.features).all()
