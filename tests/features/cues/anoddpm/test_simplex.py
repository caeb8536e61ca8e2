"""Simplex noise: its moments, its smoothness, and that it is the seed's alone."""

import numpy as np
import pytest
import torch

from fas.features.cues.anoddpm.params import AnoddpmParams
from fas.features.cues.anoddpm.simplex import simplex, simplex_noise
from fas.features.cues.anoddpm.train import noise_of


def noise(seed: int = 0, octaves: int = 6, frequency: float = 1 / 64, size: int = 64) -> np.ndarray:
    return simplex_noise((3, size, size), np.random.default_rng(seed), octaves, 0.8, frequency)


def test_every_plane_has_mean_0_and_variance_1() -> None:
    planes = noise()
    assert planes.shape == (3, 64, 64)
    assert planes.dtype == np.float32
    np.testing.assert_allclose(planes.mean(axis=(1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(planes.std(axis=(1, 2)), 1, atol=1e-5)
    assert np.abs(np.corrcoef(planes.reshape(3, -1))[0, 1]) < 0.9


def test_a_low_octave_is_smooth_and_more_octaves_are_rougher() -> None:
    steps = [np.abs(np.diff(noise(octaves=octaves), axis=2)).mean() for octaves in (1, 3, 6)]
    assert steps == sorted(steps)
    assert steps[0] < 0.15


def test_it_is_continuous_across_the_cells() -> None:
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, (16, 16))
    x = np.linspace(0, 8, 20001)
    values = simplex(x, np.full_like(x, 0.37), angles)
    assert np.abs(np.diff(values)).max() < 0.01
    assert values.std() > 0.1


def test_it_is_zero_at_the_corners_of_the_lattice() -> None:
    angles = np.random.default_rng(0).uniform(0, 2 * np.pi, (16, 16))
    i, j = np.mgrid[:5, :5].astype(float)
    offset = (i + j) * (3 - 3**0.5) / 6
    np.testing.assert_allclose(simplex(i - offset, j - offset, angles), 0, atol=1e-9)


def test_a_face_s_noise_is_its_seed_s() -> None:
    params = AnoddpmParams(size=16)
    one = noise_of(params, (3, 16, 16), [1, 2])
    torch.testing.assert_close(noise_of(params, (3, 16, 16), [2])[0], one[1])
    assert (one[0] != one[1]).any()


@pytest.mark.parametrize("size", [7, 16])
def test_any_size_will_do(size: int) -> None:
    assert np.isfinite(noise(size=size)).all()
