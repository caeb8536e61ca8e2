"""Optical flow as colour: direction is hue, length is saturation (Baker et al., "A Database and Evaluation Methodology for Optical Flow").

The scale is given: normalised by its own maximum (`own_scale`), a still frame's sub-pixel noise shows in full colour.
Two differences to Middlebury's program: the wheel closes (there, hue jumps by one step at motion to the right), and flow longer than
the scale keeps full saturation (there, it is darkened).
"""

import numpy as np

_SMALLEST = 1e-6  # pixels
# Hues from one corner colour to the next: red to yellow, yellow to green, green to cyan, cyan to blue, blue to magenta, magenta to red.
_STEPS = (15, 6, 4, 11, 13, 6)
_CORNERS = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 1]], np.float64)


def wheel() -> np.ndarray:
    """The 55 hues of the colour wheel: (55,3) RGB in 0..1, beginning with red."""
    arcs = []
    for corner, steps in enumerate(_STEPS):
        share = np.arange(steps)[:, None] / steps
        arcs.append((1 - share) * _CORNERS[corner] + share * _CORNERS[(corner + 1) % len(_CORNERS)])
    return np.concatenate(arcs)


# What each hue lacks of white, and how that goes on to the next hue.
_LACK = (1 - wheel()).astype(np.float32)
_ONWARD = np.roll(_LACK, -1, axis=0) - _LACK


def colour(flow: np.ndarray, scale: float | np.ndarray) -> np.ndarray:
    """Colour-coded flow: white where nothing moves, red for motion to the right, fully saturated from `scale` on.

    Args:
        flow: (...,2,h,w), x then y, in pixels.
        scale: length in pixels that has full saturation, above 0: one, or one for each map (...).

    Returns:
        (...,h,w,3) uint8 RGB.

    Raises:
        ValueError: a scale that is not above 0.
    """
    if not np.all(np.asarray(scale) > 0):
        raise ValueError(f"the scale of a colour-coded flow is above 0, not {scale}")
    x, y = np.moveaxis(np.asarray(flow, np.float32), -3, 0)
    position = np.arctan2(y, x) * np.float32(len(_LACK) / (2 * np.pi))
    position += len(_LACK) * (position < 0)
    lower = position.astype(np.int32)
    share = position - lower
    lower %= len(_LACK)
    strength = 255 * np.minimum(np.hypot(x, y) / np.asarray(scale, np.float32)[..., None, None], 1)
    result = np.empty((*lower.shape, 3), np.uint8)
    for channel in range(3):  # one after the other: three times as fast as with an axis for them
        lack = _LACK[:, channel].take(lower) + share * _ONWARD[:, channel].take(lower)
        result[..., channel] = np.rint(255 - strength * lack)
    return result


def own_scale(flow: np.ndarray) -> np.ndarray:
    """The largest length in each map of a flow (...,2,h,w): (...) pixels, above 0. As a scale it shows each map's noise in full colour."""
    x, y = np.moveaxis(np.asarray(flow, np.float32), -3, 0)
    return np.maximum(np.hypot(x, y).max(axis=(-2, -1)), _SMALLEST)
