"""Paper 003's losses: closed forms, and which way their gradients point."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from fas.adversarial import loss


def slope(function, *values: Tensor) -> list[Tensor]:
    inputs = [value.clone().requires_grad_() for value in values]
    function(*inputs).backward()
    return [value.grad for value in inputs]


def test_an_undecided_discriminator_has_the_game_s_value() -> None:
    undecided = torch.zeros(4)
    assert loss.game_loss(undecided, undecided).item() == pytest.approx(2 * math.log(2))
    assert loss.saturating_loss(undecided).item() == pytest.approx(-math.log(2))
    assert loss.non_saturating_loss(undecided).item() == pytest.approx(math.log(2))


def test_the_game_is_the_sum_of_two_cross_entropies() -> None:
    real, rebuilt = torch.randn(9), torch.randn(9)
    ones, zeros = torch.ones(9), torch.zeros(9)
    cross_entropies = binary_cross_entropy_with_logits(real, ones) + binary_cross_entropy_with_logits(rebuilt, zeros)
    torch.testing.assert_close(loss.game_loss(real, rebuilt), cross_entropies)
    torch.testing.assert_close(loss.non_saturating_loss(rebuilt), binary_cross_entropy_with_logits(rebuilt, ones))


def test_the_discriminator_raises_what_is_real_and_lowers_what_is_rebuilt() -> None:
    real, rebuilt = slope(loss.game_loss, torch.randn(6), torch.randn(6))
    assert (real < 0).all()
    assert (rebuilt > 0).all()


@pytest.mark.parametrize("function", [loss.saturating_loss, loss.non_saturating_loss])
def test_the_generator_raises_the_discriminator_s_logits(function) -> None:
    (gradient,) = slope(function, torch.randn(6))
    assert (gradient < 0).all()


def test_only_the_printed_form_is_flat_where_the_discriminator_is_sure() -> None:
    sure = torch.full((1,), -20.0)
    assert slope(loss.saturating_loss, sure)[0].abs().item() < 1e-8
    assert slope(loss.non_saturating_loss, sure)[0].abs().item() == pytest.approx(1.0)


def test_sure_logits_stay_finite() -> None:
    far = torch.tensor([-1e4, 1e4])
    for value in (loss.game_loss(far, far), loss.saturating_loss(far), loss.non_saturating_loss(far)):
        assert torch.isfinite(value)


def test_errors_are_zero_for_equal_images_and_their_mean_is_the_loss() -> None:
    images, other = torch.rand(5, 3, 8, 8), torch.rand(5, 3, 8, 8)
    assert loss.image_errors(images, images).eq(0).all()
    assert loss.image_errors(images, other).mean().item() == pytest.approx(loss.reconstruction_loss(images, other).item())
    codes, again = torch.rand(5, 9), torch.rand(5, 9)
    assert loss.latent_errors(codes, again).mean().item() == pytest.approx(loss.latent_loss(codes, again).item())
    assert loss.feature_matching_loss(images, images) == 0
