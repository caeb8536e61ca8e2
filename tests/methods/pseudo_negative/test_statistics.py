import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Normal, kl_divergence

from fas.methods.pseudo_negative.statistics import Gaussian, Statistics, divergence, gaussian

FLOOR = 1e-4


def some(seed: int, size: int = 16) -> Gaussian:
    random = torch.Generator().manual_seed(seed)
    return Gaussian(
        torch.randn(size, generator=random, dtype=torch.float64), torch.rand(size, generator=random, dtype=torch.float64) * 4 + 0.1
    )


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_divergence_is_torch_s_and_never_negative(first: int, second: int) -> None:
    p, q = some(first), some(second)
    expected = kl_divergence(Normal(p.mean, p.variance.sqrt()), Normal(q.mean, q.variance.sqrt())).mean()
    torch.testing.assert_close(divergence(p, q, FLOOR), expected, atol=1e-10, rtol=1e-10)
    assert divergence(p, q, FLOOR) >= 0


def test_divergence_of_equal_gaussians_is_zero_with_zero_gradient() -> None:
    mean, variance = (part.clone().requires_grad_() for part in some(0))
    value = divergence(Gaussian(mean, variance), some(0), FLOOR)
    value.backward()
    assert float(value.detach()) == 0
    assert torch.count_nonzero(mean.grad) == torch.count_nonzero(variance.grad) == 0


def test_variances_below_the_floor_count_as_the_floor() -> None:
    narrow, floored = (Gaussian(torch.zeros(3), torch.full((3,), variance)) for variance in (1e-12, FLOOR))
    assert divergence(narrow, floored, FLOOR) == divergence(floored, narrow, FLOOR) == 0
    assert torch.isfinite(divergence(Gaussian(torch.ones(3), torch.zeros(3)), narrow, FLOOR))


def test_statistics_of_a_batch() -> None:
    one = gaussian(torch.tensor([[1.0, 5.0], [3.0, 5.0]]))
    assert one.mean.tolist() == [2.0, 5.0]
    assert one.variance.tolist() == [2.0, 0.0]


def test_the_first_batch_is_taken_whole_and_the_others_are_averaged_in() -> None:
    running = Statistics(2, 0.75, FLOOR)
    batches = [Gaussian(torch.tensor([4.0, 0.0]), torch.tensor([1.0, 2.0])), Gaussian(torch.tensor([8.0, 4.0]), torch.tensor([3.0, 2.0]))]
    first = running(batches[0])
    assert torch.equal(first.mean, batches[0].mean)
    assert torch.equal(first.variance, batches[0].variance)
    second = running(batches[1])
    assert second.mean.tolist() == [5.0, 1.0]
    assert second.variance.tolist() == [1.5, 2.0]
    assert torch.equal(running.now().mean, second.mean)


def test_without_momentum_the_statistics_are_the_batch_s() -> None:
    running = Statistics(16, 0.0, FLOOR)
    for seed in range(3):
        one = some(seed)
        found = running(Gaussian(one.mean.float(), one.variance.float()))
        torch.testing.assert_close(found.mean, one.mean.float())
        torch.testing.assert_close(found.variance, one.variance.float())


def test_running_variance_is_never_below_the_floor() -> None:
    found = Statistics(3, 0.9, FLOOR)(Gaussian(torch.zeros(3), torch.zeros(3)))
    assert found.variance.tolist() == pytest.approx([FLOOR] * 3)


def test_the_gradient_is_that_of_the_batch() -> None:
    features = torch.randn(4, 3, requires_grad=True)
    running = Statistics(3, 0.99, FLOOR)
    running(gaussian(torch.randn(4, 3)))
    running(gaussian(features)).mean.sum().backward()
    torch.testing.assert_close(features.grad, torch.full((4, 3), 1 / 4))
    assert running.now().detached().mean.requires_grad is False
