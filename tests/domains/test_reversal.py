import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fas.domains.rates import cosine, stepped
from fas.domains.reversal import coefficient, reverse


@pytest.mark.parametrize(("step", "value"), [(0, 0.0), (400, 0.462), (1000, 0.848), (2000, 0.987), (4000, 0.9999)])
def test_coefficients_are_ssdg_s(step: int, value: float) -> None:
    assert coefficient(step, 4000) == pytest.approx(value, abs=5e-4)


@given(st.integers(1, 5000), st.data())
def test_the_coefficient_grows_from_zero_to_less_than_one(steps: int, data: st.DataObject) -> None:
    step = data.draw(st.integers(0, steps - 1))
    assert coefficient(0, steps) == 0
    assert coefficient(step, steps) < coefficient(step + 1, steps) < 1


@given(st.floats(0, 10, width=32), st.integers(1, 5))
def test_the_gradient_is_turned_and_the_values_are_not(factor: float, size: int) -> None:
    features = torch.randn(size, 3, requires_grad=True)
    turned = reverse(features, factor)
    assert torch.equal(turned, features)
    weights = torch.randn(size, 3)
    (turned * weights).sum().backward()
    torch.testing.assert_close(features.grad, -factor * weights)


def test_what_follows_learns_as_it_would() -> None:
    features, layer = torch.randn(4, 3, requires_grad=True), torch.nn.Linear(3, 2)
    layer(reverse(features, 0.3)).square().sum().backward()
    straight, turned = layer.weight.grad.clone(), features.grad.clone()
    layer.zero_grad()
    features.grad = None
    layer(features).square().sum().backward()
    torch.testing.assert_close(layer.weight.grad, straight)
    torch.testing.assert_close(turned, -0.3 * features.grad)


def test_rates_are_the_papers() -> None:
    """AG-FAS: 400 steps of warm-up, then a cosine down to nothing at 4,000; SSDG: a tenth after each period."""
    assert [cosine(step, 4000, 400) for step in (0, 399, 400, 2200, 4000)] == pytest.approx([1 / 400, 1, 1, 0.5, 0])
    assert cosine(0, 10, 0) == 1
    assert [stepped(step, 1500, 0.1) for step in (0, 1499, 1500, 3000)] == pytest.approx([1, 1, 0.1, 0.01])
    assert stepped(10**6, 0, 0.1) == 1
