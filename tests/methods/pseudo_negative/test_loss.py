import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from torch.nn.functional import cross_entropy

from fas.methods.pseudo_negative.generator import Pseudo
from fas.methods.pseudo_negative.loss import PseudoNegativeLoss, fit_distance, kl_ratio
from fas.methods.pseudo_negative.params import PseudoNegativeParams
from fas.methods.pseudo_negative.statistics import Gaussian, divergence

FLOOR = 1e-4


def some(seed: int, size: int = 16, near: float = 0.0) -> Gaussian:
    random = torch.Generator().manual_seed(seed)
    mean = torch.randn(size, generator=random, dtype=torch.float64) + near
    return Gaussian(mean, torch.rand(size, generator=random, dtype=torch.float64) * 2 + 0.2)


LIVE, ATTACK = some(1), some(2, near=1.0)


def between(share: float) -> Gaussian:
    """On the straight path from the attack features' Gaussian (0) to the live ones' (1), in mean and standard deviation."""
    deviation = ATTACK.variance.sqrt().lerp(LIVE.variance.sqrt(), share)
    return Gaussian(ATTACK.mean.lerp(LIVE.mean, share), deviation.square())


def leaf(one: Gaussian) -> tuple[Tensor, Tensor]:
    """Mean and logarithm of the standard deviation as parameters."""
    return one.mean.clone().requires_grad_(), (one.variance.log() / 2).requires_grad_()


def of(mean: Tensor, log_scale: Tensor) -> Gaussian:
    return Gaussian(mean, (2 * log_scale).exp())


def gradient(start: Gaussian) -> tuple[float, float]:
    """Equation 1 at `start` and the norm of its gradient."""
    mean, log_scale = leaf(start)
    value = kl_ratio(of(mean, log_scale), LIVE, ATTACK, FLOOR)
    value.backward()
    return float(value.detach()), float(torch.cat([mean.grad, log_scale.grad]).norm())


@given(st.integers(0, 10_000))
def test_equation_1_is_a_share_of_the_two_divergences(seed: int) -> None:
    value = float(kl_ratio(some(seed), LIVE, ATTACK, FLOOR))
    assert 0 <= value <= 1
    other = float(kl_ratio(some(seed), ATTACK, LIVE, FLOOR))
    assert value + other == pytest.approx(1)


def test_equation_1_does_not_move_from_the_start_the_paper_states() -> None:
    """At P_P = P_A it is 1, its largest value (not its smallest, as the text has it), and its gradient vanishes."""
    value, norm = gradient(ATTACK)
    assert value == pytest.approx(1, abs=1e-12)
    assert norm < 1e-12
    assert gradient(Gaussian(ATTACK.mean + 0.25 * ATTACK.variance.sqrt(), ATTACK.variance))[1] > 1e-2


def test_equation_1_is_smallest_where_pseudo_features_are_live_ones() -> None:
    value, norm = gradient(LIVE)
    assert value == 0
    assert norm < 1e-12


def test_equation_1_falls_along_the_path_from_attack_to_live() -> None:
    values = [float(kl_ratio(between(share), LIVE, ATTACK, FLOOR)) for share in (0, 0.05, 0.25, 0.5, 0.75, 0.9, 1)]
    assert values == sorted(values, reverse=True)
    assert values[1] > 0.99  # flat near its start


def descended(floor: float, steps: int = 400) -> Gaussian:
    mean, log_scale = leaf(Gaussian(ATTACK.mean + 0.25 * ATTACK.variance.sqrt(), ATTACK.variance))
    optimizer = torch.optim.Adam([mean, log_scale], lr=3e-2)
    for _ in range(steps):
        optimizer.zero_grad()
        kl_ratio(of(mean, log_scale), LIVE, ATTACK, FLOOR).clamp_min(floor).backward()
        optimizer.step()
    return of(mean.detach(), log_scale.detach())


def test_minimised_to_the_end_pseudo_features_become_live_ones() -> None:
    collapsed = descended(floor=0.0)
    assert float(kl_ratio(collapsed, LIVE, ATTACK, FLOOR)) < 0.02
    assert float(divergence(collapsed, LIVE, FLOOR)) < 0.05


def test_the_floor_stops_them_on_the_way() -> None:
    stopped = descended(floor=0.5)
    assert 0.3 < float(kl_ratio(stopped, LIVE, ATTACK, FLOOR)) <= 0.5  # Adam's momentum carries them a little further
    assert float(divergence(stopped, LIVE, FLOOR)) > 0.2


@pytest.mark.parametrize("factor", [1e-2, 1e3])
def test_equation_1_knows_no_unit(factor: float) -> None:
    scaled = [Gaussian(one.mean * factor, one.variance * factor**2) for one in (between(0.3), LIVE, ATTACK)]
    assert float(kl_ratio(*scaled, floor=1e-12)) == pytest.approx(float(kl_ratio(between(0.3), LIVE, ATTACK, 1e-12)))


def test_equation_1_of_three_equal_gaussians_is_finite() -> None:
    assert float(kl_ratio(LIVE, LIVE, LIVE, FLOOR)) == 0


def test_fit_is_the_distance_to_the_nearest_attack_or_to_all() -> None:
    made = torch.tensor([[0.0, 0.0], [4.0, 0.0]])
    attacks = torch.tensor([[0.0, 2.0], [4.0, 0.0], [0.0, 6.0]])
    assert float(fit_distance(made, attacks)) == pytest.approx((4 / 2 + 0) / 2)
    assert float(fit_distance(made, attacks, nearest=False)) == pytest.approx((4 + 16 + 36 + 20 + 0 + 52) / 2 / 6)


LOGITS = torch.tensor([[1.0, 0.0], [0.0, 2.0], [0.5, 0.5], [0.0, 1.0]])
IS_LIVE = torch.tensor([False, True])
ATTACKS = torch.randn(3, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


def pseudo(share: float) -> Pseudo:
    return Pseudo(LIVE, ATTACK, between(share), ATTACKS[:2] + 1, ATTACKS[:2])


def test_equation_3_is_the_weighted_sum() -> None:
    params = PseudoNegativeParams(original_weight=2.0, pseudo_weight=3.0, fit_weight=0.25, floor=0.1)
    terms = PseudoNegativeLoss(params)(LOGITS, IS_LIVE, pseudo(0.25), ATTACKS)
    assert float(terms["original"]) == pytest.approx(float(cross_entropy(LOGITS[:2], torch.tensor([0, 1]))))
    assert float(terms["pseudo"]) == pytest.approx(float(cross_entropy(LOGITS[2:], torch.tensor([0, 0]))))
    expected = 2 * terms["original"] + 3 * (terms["pseudo"] + terms["ratio"] + 0.25 * terms["fit"])
    torch.testing.assert_close(terms["loss"], expected)


def test_below_the_floor_the_ratio_is_told_and_the_floor_is_summed() -> None:
    params = PseudoNegativeParams(floor=0.5, fit_weight=0.0, pseudo_weight=1.0)
    terms = PseudoNegativeLoss(params)(LOGITS, IS_LIVE, pseudo(0.9), ATTACKS)
    assert float(terms["ratio"]) < 0.3
    torch.testing.assert_close(terms["loss"], (terms["original"] + terms["pseudo"] + 0.5).double())


def test_held_and_alone_it_is_the_images_cross_entropy() -> None:
    loss = PseudoNegativeLoss(PseudoNegativeParams())
    held = loss(LOGITS, IS_LIVE, pseudo(0.25), ATTACKS, held=True)
    alone = loss.original(LOGITS[:2], IS_LIVE)
    assert set(held) == {"loss", "original", "pseudo", "ratio", "fit"}
    assert set(alone) == {"loss", "original"}
    assert float(held["loss"]) == float(alone["loss"]) == float(alone["original"])
