import numpy as np
import pytest

from fas.faces.sampling import POLICIES, first60, pair_starts, ssdg, uniform


def test_ssdg_takes_frames_6_and_16_of_20() -> None:
    assert ssdg(20, 2) == [6, 16]
    assert ssdg(20, 1) == [6]
    assert ssdg(4, 1) == [2]


def test_uniform_takes_the_middles_of_equal_parts() -> None:
    assert uniform(20, 2) == [5, 15]
    assert uniform(9, 3) == [1, 4, 7]
    assert uniform(1, 8) == [0]


def test_first60_looks_at_no_later_frame() -> None:
    assert first60(599, 2) == first60(60, 2) == [15, 45]
    assert first60(20, 2) == uniform(20, 2)


@pytest.mark.parametrize("policy", sorted(POLICIES))
def test_policies_return_increasing_frames_of_the_clip(policy: str) -> None:
    for count in range(1, 60):
        for k in (1, 2, 7, 10, 40):
            frames = POLICIES[policy](count, k)
            assert frames
            assert frames == sorted(set(frames))
            assert set(frames) <= set(range(count))
            assert len(frames) <= k


def test_uniform_gives_exactly_k_evenly_spread_frames_when_there_are_enough() -> None:
    for count in range(8, 200):
        frames = uniform(count, 8)
        assert len(frames) == 8
        assert np.ptp(np.diff(frames)) <= 1


def test_every_pair_has_its_second_frame() -> None:
    for count in range(1, 40):
        for gap in (1, 3, 10):
            starts = pair_starts(count, 12, gap)
            assert len(starts) == min(12, max(count - gap, 0))
            assert all(start + gap < count for start in starts)
    assert pair_starts(100, 0, 3) == []
