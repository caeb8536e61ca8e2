"""Simplex noise in octaves (Perlin 2001; Wyatt et al. 2022): smooth at every scale, where Gaussian noise only hides the finest."""

import numpy as np

_SKEW, _UNSKEW = (3**0.5 - 1) / 2, (3 - 3**0.5) / 6
_RADIUS = 0.5  # squared distance at which a corner's share ends
_CELLS = 256  # after so many the gradients repeat


def simplex_noise(shape: tuple[int, ...], random: np.random.Generator, octaves: int, persistence: float, frequency: float) -> np.ndarray:
    """Noise (...,H,W) float32, mean 0 and variance 1 in every plane: octave o has frequency 2^o `frequency`, amplitude persistence^o."""
    planes = [_plane(shape[-2:], random, octaves, persistence, frequency) for _ in range(int(np.prod(shape[:-2])))]
    return np.stack(planes).reshape(shape).astype(np.float32)


def _plane(shape: tuple[int, ...], random: np.random.Generator, octaves: int, persistence: float, frequency: float) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    total = np.zeros(shape)
    for octave in range(octaves):
        angles = random.uniform(0, 2 * np.pi, (_CELLS, _CELLS))
        scale = frequency * 2**octave
        start = random.uniform(0, _CELLS, 2)
        total += persistence**octave * simplex(x * scale + start[0], y * scale + start[1], angles)
    deviation = total.std()
    return (total - total.mean()) / (deviation if deviation > 0 else 1)


def simplex(x: np.ndarray, y: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Simplex noise at the places (x,y): the sum over a triangle's corners of a gradient's slope, fading with the distance.

    `angles` (N,N): the direction of the gradient at corner (i,j), taken modulo N.
    """
    skewed = (x + y) * _SKEW
    i, j = np.floor(x + skewed).astype(int), np.floor(y + skewed).astype(int)
    unskewed = (i + j) * _UNSKEW
    dx, dy = x - (i - unskewed), y - (j - unskewed)
    right = dx > dy  # the lower triangle of the cell: its middle corner is (1,0), else (0,1)
    corners = ((0, 0), (right.astype(int), (~right).astype(int)), (1, 1))
    total = np.zeros(np.broadcast(x, y).shape)
    for a, b in corners:
        offset = (a + b) * _UNSKEW
        u, v = dx - a + offset, dy - b + offset
        angle = angles[(i + a) % len(angles), (j + b) % len(angles)]
        share = np.maximum(_RADIUS - u**2 - v**2, 0) ** 4
        total += share * (u * np.cos(angle) + v * np.sin(angle))
    return 70 * total
