from itertools import pairwise

import numpy as np
import pytest

from fas.features.flow_colour import colour, own_scale, wheel


def directed(angles: np.ndarray, length: float) -> np.ndarray:
    """Flow (2,1,n) of one length in the given directions."""
    return length * np.stack([np.cos(angles), np.sin(angles)])[:, None]


def test_the_wheel_has_middleburys_hues() -> None:
    hues = wheel()
    assert hues.shape == (55, 3)
    assert len(np.unique(hues, axis=0)) == 55
    for place, corner in zip((0, 15, 21, 25, 36, 49), ("100", "110", "010", "011", "001", "101"), strict=True):
        np.testing.assert_array_equal(hues[place], [int(value) for value in corner])


def test_no_motion_is_white() -> None:
    assert (colour(np.zeros((2, 4, 5)), 1.0) == 255).all()


def test_motion_to_the_right_is_red_and_the_opposite_is_not() -> None:
    right, left = colour(np.array([[[2.0, -2.0]], [[0.0, 0.0]]]), 2.0)[0]
    np.testing.assert_array_equal(right, [255, 0, 0])
    assert left[0] == 0


def test_direction_is_periodic_and_continuous() -> None:
    angles = np.linspace(0, 2 * np.pi, 721)
    codes = colour(directed(angles, 1.0), 1.0)[0].astype(int)
    np.testing.assert_array_equal(codes[0], codes[-1])
    np.testing.assert_allclose(codes, colour(directed(angles + 2 * np.pi, 1.0), 1.0)[0], atol=1)
    largest_step = 255 / 4 * 55 / 720  # the shortest arc of the wheel has 4 hues
    assert np.abs(np.diff(codes, axis=0)).max() <= largest_step + 1


def test_length_is_saturation_up_to_the_scale() -> None:
    angles = np.linspace(0, 2 * np.pi, 50, endpoint=False)
    lightness = [colour(directed(angles, length), 4.0).astype(int) for length in (0.5, 1, 2, 4)]
    for weaker, stronger in pairwise(lightness):
        assert (stronger <= weaker).all()
        assert (stronger < weaker).any()
    full = colour(directed(angles, 4.0), 4.0).astype(int)
    np.testing.assert_allclose(colour(directed(angles, 400.0), 4.0), full, atol=1)  # the angle of a longer arrow is rounded otherwise
    half = 255 - (255 - full) / 2
    np.testing.assert_allclose(colour(directed(angles, 2.0), 4.0), half, atol=0.51)


def test_the_scale_is_relative() -> None:
    flow = np.random.default_rng(0).normal(size=(3, 2, 6, 7))
    codes = colour(flow, 1.5)
    assert codes.shape == (3, 6, 7, 3)
    assert codes.dtype == np.uint8
    np.testing.assert_array_equal(codes, colour(flow * 2, 3.0))


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan")])
def test_a_scale_must_be_positive(scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        colour(np.zeros((2, 1, 1)), scale)


def test_every_map_may_have_a_scale_of_its_own() -> None:
    flow = np.random.default_rng(0).normal(size=(3, 2, 6, 7))
    together = colour(flow, np.array([0.5, 1.0, 2.0]))
    for one, codes, scale in zip(flow, together, (0.5, 1.0, 2.0), strict=True):
        np.testing.assert_array_equal(codes, colour(one, scale))


def test_its_own_scale_shows_noise_in_full_colour_and_a_fixed_one_leaves_it_white() -> None:
    noise = 0.01 * np.random.default_rng(0).normal(size=(2, 2, 32, 32))
    assert own_scale(noise).shape == (2,)
    assert (colour(noise, own_scale(noise)).min(axis=(1, 2, 3)) < 20).all()
    assert colour(noise, 2.0).min() > 240
    assert (colour(np.zeros((2, 4, 4)), own_scale(np.zeros((2, 4, 4)))) == 255).all()
