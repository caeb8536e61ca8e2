"""The canvas on which every head is painted: a fixed frame in which eyes, nose and mouth always lie at the same place."""

import numpy as np

WIDTH, HEIGHT = 192, 224
CENTRE = (96.0, 118.0)
RADII = (60.0, 88.0)
# right eye, left eye, nose, right and left corner of the mouth ("right" is the person's own)
LANDMARKS = np.array([[72, 100], [120, 100], [96, 128], [77, 152], [115, 152]], np.float64)
FACE_BOX = np.array([46, 56, 146, 184], np.float64)

X, Y = np.meshgrid(np.arange(WIDTH, dtype=np.float32), np.arange(HEIGHT, dtype=np.float32))


def radius2(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Squared distance from the head's centre, 1 on the outline."""
    return ((x - CENTRE[0]) / RADII[0]) ** 2 + ((y - CENTRE[1]) / RADII[1]) ** 2


def depth(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How near a point of the head is, 0..1: an ellipsoid a little wider than the outline. It decides the parallax of a turn."""
    return np.sqrt(np.clip(1 - radius2(x, y) / 1.3, 0, 1))


def blob(x: float, y: float, width: float, height: float) -> np.ndarray:
    """(224,192) a soft-edged patch, 1 in its middle."""
    return np.exp(-((((X - x) / width) ** 2 + ((Y - y) / height) ** 2) ** 2)).astype(np.float32)


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(2,3) least-squares similarity that takes (N,2) points `source` to `target` (Umeyama 1991, without reflection)."""
    z, w = source @ (1, 1j), target @ (1, 1j)
    a = np.vdot(z - z.mean(), w - w.mean()) / np.vdot(z - z.mean(), z - z.mean())
    b = w.mean() - a * z.mean()
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag]])
