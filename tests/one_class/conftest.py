"""A few synthetic digits: every class is a bar at its own place, with noise."""

import numpy as np
import pytest

from fas.one_class.data import Images


def pictures(labels: np.ndarray, side: int, channels: int, seed: int) -> np.ndarray:
    """(N,side,side,channels) uint8: class k has a bright bar in row 2 k."""
    random = np.random.default_rng(seed)
    images = random.integers(0, 60, (len(labels), side, side, channels), dtype=np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label : 2 * label + 3] = 220
    return images


@pytest.fixture(params=[(28, 1), (32, 3)], ids=["digits", "objects"])
def images(request) -> Images:
    side, channels = request.param
    train, test = np.repeat(np.arange(10, dtype=np.uint8), 6), np.repeat(np.arange(10, dtype=np.uint8), 3)
    return Images(pictures(train, side, channels, 0), train, pictures(test, side, channels, 1), test)
