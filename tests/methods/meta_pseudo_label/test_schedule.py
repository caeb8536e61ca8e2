import pytest
from hypothesis import given
from hypothesis import strategies as st

from fas.methods.meta_pseudo_label.schedule import factor, ramp

WARM, TOTAL = 3000, 64_000


def test_the_teachers_corners() -> None:
    assert [factor(step, WARM, 0, TOTAL) for step in (0, 1500, 3000, 64_000, 70_000)] == pytest.approx([0, 0.5, 1, 0, 0])
    assert factor((WARM + TOTAL) // 2, WARM, 0, TOTAL) == pytest.approx(0.5)


def test_the_students_corners() -> None:
    """It waits 3,000 steps, begins at half the rate and is at the whole one at 6,000."""
    assert [factor(step, WARM, 3000, TOTAL) for step in (0, 2999)] == [0, 0]
    assert [factor(step, WARM, 3000, TOTAL) for step in (3000, 6000, 64_000)] == pytest.approx([0.5, 1, 0])
    assert factor(5999, WARM, 3000, TOTAL) < 1


def test_nothing_to_warm_up_or_wait_for() -> None:
    assert factor(0, 0, 0, 10) == 1
    assert factor(10, 0, 0, 10) == pytest.approx(0)


@given(st.integers(0, 300), st.integers(0, 50), st.integers(0, 50), st.integers(1, 300))
def test_a_rate_is_a_share_and_falls_after_its_peak(step: int, warmup: int, wait: int, total: int) -> None:
    now, later = factor(step, warmup, wait, total), factor(step + 1, warmup, wait, total)
    assert 0 <= now <= 1
    if step >= warmup + wait and step < total:
        assert later <= now + 1e-12


def test_ramp() -> None:
    assert [ramp(step, 5000) for step in (0, 2499, 4999, 9999)] == [1 / 5000, 0.5, 1, 1]
    assert ramp(0, 0) == 1
