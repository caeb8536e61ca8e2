import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fas.methods.adversarial_flow.mmd import Reference, median_squared_distance

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
samples = arrays(np.float64, st.integers(2, 30), elements=st.floats(0, 2))


def between(first: np.ndarray, second: np.ndarray, variance: float) -> float:
    """MMD^2 in the kernel of a given variance: the closed form, pair by pair."""

    def kernel(a: float, b: float) -> float:
        return float(np.mean([np.exp(-((a - b) ** 2) / (2 * factor * variance)) for factor in FACTORS]))

    means = [np.mean([kernel(a, b) for a in one for b in other]) for one, other in ((first, first), (second, second), (first, second))]
    return float(means[0] + means[1] - 2 * means[2])


@given(values=samples)
def test_equal_samples_are_at_distance_zero(values: np.ndarray) -> None:
    reference = Reference(values, FACTORS)
    assert reference.squared(values) == pytest.approx(0, abs=1e-12)
    assert reference.distance(np.tile(values, 3)) == pytest.approx(0, abs=1e-6)  # a V-statistic sees distributions, not counts


@given(first=samples, second=samples)
def test_it_is_bounded_and_never_negative_but_for_rounding(first: np.ndarray, second: np.ndarray) -> None:
    reference = Reference(first, FACTORS)
    assert reference.squared(second) > -1e-12
    assert 0 <= reference.distance(second) <= np.sqrt(2) + 1e-9


def test_it_is_the_closed_form_and_symmetric() -> None:
    random = np.random.default_rng(0)
    first, second = random.normal(0.3, 0.05, 13), random.normal(0.35, 0.1, 7)
    reference = Reference(first, FACTORS)
    assert reference.squared(second) == pytest.approx(between(first, second, reference.variance), rel=1e-9)
    turned = Reference(second, [factor * reference.variance / median_squared_distance(second) for factor in FACTORS])
    assert turned.squared(first) == pytest.approx(reference.squared(second), rel=1e-9)


@pytest.mark.parametrize("sign", [1, -1])
def test_it_grows_with_a_shift_to_either_side(sign: int) -> None:
    """Two-sided: a video that is reconstructed better than any live one is as far away as one that is reconstructed worse."""
    reference = Reference(np.random.default_rng(1).normal(0.3, 0.05, 400), FACTORS)
    shifted = [reference.distance(reference.values[:50] + sign * shift) for shift in (0, 0.02, 0.05, 0.1, 0.2)]
    assert np.all(np.diff(shifted) > 0)


def test_it_does_not_depend_on_the_unit_of_the_errors() -> None:
    random = np.random.default_rng(2)
    first, second = random.normal(0.3, 0.05, 40), random.normal(0.4, 0.05, 12)
    assert Reference(100 * first, FACTORS).distance(100 * second) == pytest.approx(Reference(first, FACTORS).distance(second), rel=1e-9)


def test_a_reference_without_spread_tells_equal_from_other() -> None:
    reference = Reference(np.full(5, 0.2), FACTORS)
    assert reference.distance(np.full(3, 0.2)) == 0
    assert reference.distance(np.full(3, 0.3)) == pytest.approx(np.sqrt(2))
    assert median_squared_distance(np.array([0.2])) > 0
