"""Texture, colour and frequency cues of one face crop. Each takes an RGB uint8 (H,W,3) picture and gives a float64 vector.

All are computed at the crop's own resolution: resampling would blur away the very grain of a print or a screen.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

import cv2
import numpy as np

LBP_PATTERNS = 59
HUE_BINS = SATURATION_BINS = 8
RINGS = 32
_EPSILON = 1e-8
_NEIGHBOURS = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))  # (y, x) around the centre (1, 1), in a circle


def _uniform() -> np.ndarray:
    """For each of the 256 codes its bin: 58 codes have at most two changes around the circle, the others share the last bin."""
    bits = np.arange(256)[:, None] >> np.arange(8) & 1
    uniform = (bits != np.roll(bits, 1, axis=1)).sum(axis=1) <= 2
    return np.where(uniform, np.cumsum(uniform) - 1, LBP_PATTERNS - 1)


_UNIFORM = _uniform()


def lbp(image: np.ndarray) -> np.ndarray:
    """Histogram (59,) of uniform 3x3 LBP codes of the luma, summing to one (LBP-u2 of Chingovska et al., BIOSIG 2012).

    The last bin holds all codes that are not uniform. The eight neighbours are taken as they are: interpolated diagonals
    (scikit-image's) cost ten times as much.
    """
    luma = _luma(image)
    height, width = luma.shape
    centre = luma[1:-1, 1:-1]
    codes = np.zeros(centre.shape, np.uint8)
    for bit, (y, x) in enumerate(_NEIGHBOURS):
        codes |= (luma[y : y + height - 2, x : x + width - 2] >= centre).astype(np.uint8) << bit
    return np.bincount(_UNIFORM[codes.ravel()], minlength=LBP_PATTERNS) / codes.size


def colour(image: np.ndarray) -> np.ndarray:
    """Joint histogram (64,) of hue and saturation, 8 x 8 bins, summing to one."""
    hue, saturation, _ = cv2.split(cv2.cvtColor(image, cv2.COLOR_RGB2HSV_FULL))
    cells = (hue.astype(np.int64) * HUE_BINS // 256) * SATURATION_BINS + saturation.astype(np.int64) * SATURATION_BINS // 256
    return np.bincount(cells.ravel(), minlength=HUE_BINS * SATURATION_BINS) / cells.size


def spectrum(image: np.ndarray) -> np.ndarray:
    """Log of the luma's mean power (32,) in rings of equal width up to 0.5 cycles per pixel, relative to the power of all rings."""
    luma = _luma(image).astype(np.float64)
    window, ring, count = _rings(*luma.shape)
    power = np.abs(np.fft.rfft2((luma - luma.mean()) * window)) ** 2
    mean = np.bincount(ring, power.ravel(), RINGS + 1)[:RINGS] / count
    return np.log(mean + _EPSILON) - np.log(mean.sum() + _EPSILON)


def sharpness(image: np.ndarray) -> np.ndarray:
    """Log variance (1,) of the luma's Laplacian."""
    return np.array([np.log1p(cv2.Laplacian(_luma(image), cv2.CV_64F).var())])


def contrast(image: np.ndarray) -> np.ndarray:
    """Standard deviation and 5 % to 95 % range (2,) of the luma, in units of its full range."""
    luma = _luma(image)
    low, high = np.percentile(luma, (5, 95))
    return np.array([luma.std(), high - low]) / 255


def ratios(image: np.ndarray) -> np.ndarray:
    """Log ratios (2,) of mean red and mean blue to mean green."""
    red, green, blue = np.log1p(cv2.mean(image)[:3])
    return np.array([red - green, blue - green])


CUES: dict[str, tuple[Callable[[np.ndarray], np.ndarray], int]] = {
    "lbp": (lbp, LBP_PATTERNS),
    "colour": (colour, HUE_BINS * SATURATION_BINS),
    "spectrum": (spectrum, RINGS),
    "sharpness": (sharpness, 1),
    "contrast": (contrast, 2),
    "ratios": (ratios, 2),
}


def dimension(cues: Sequence[str]) -> int:
    """Length of the joined vector."""
    return sum(CUES[cue][1] for cue in cues)


def describe(images: Sequence[np.ndarray] | np.ndarray, cues: Sequence[str]) -> np.ndarray:
    """The joined cues (F, dimension) of RGB uint8 pictures, float64, in the order of `cues`."""
    rows = [np.concatenate([CUES[cue][0](image) for cue in cues]) for image in images]
    return np.stack(rows) if rows else np.empty((0, dimension(cues)))


@lru_cache(maxsize=64)
def _rings(height: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For a picture's half spectrum: the Hann window, each coefficient's ring (the last one: beyond 0.5), and the rings' sizes."""
    window = np.outer(np.hanning(height), np.hanning(width))
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :])
    ring = np.minimum(np.floor(radius / 0.5 * RINGS).astype(np.int64), RINGS).ravel()
    return window, ring, np.maximum(np.bincount(ring, minlength=RINGS + 1)[:RINGS], 1)


def _luma(image: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
