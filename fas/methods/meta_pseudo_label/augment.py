"""RandAugment (Cubuk et al. 2020) with torchvision's operations and ranges: the strong views of UDA.

torchvision's own class draws from torch's generator, which threads share; batches are made in threads, so draws come from a numpy
generator of (seed, step, row) here.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams

SHEAR = 0.3
SHIFT = 0.45  # share of the side
TURN = 30.0  # degrees
COLOUR = 0.9
MAGNITUDES = 30


def strong(image: np.ndarray, params: MetaPseudoLabelParams, random: np.random.Generator) -> np.ndarray:
    """Some operations in a row, each drawn from `OPERATIONS` and turned at random: (H,W,3) uint8 -> the same."""
    view = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
    magnitude = params.strong_magnitude / MAGNITUDES
    for name in random.choice(list(OPERATIONS), params.strong_operations):
        view = OPERATIONS[str(name)](view, magnitude if random.random() < 0.5 else -magnitude)
    return view.permute(1, 2, 0).numpy()


def _sheared(image: Tensor, magnitude: float, axis: int) -> Tensor:
    shear = [0.0, 0.0]
    shear[axis] = float(np.degrees(np.arctan(SHEAR * magnitude)))
    return _moved(image, shear=shear)


def _shifted(image: Tensor, magnitude: float, axis: int) -> Tensor:
    translate = [0, 0]
    translate[axis] = round(SHIFT * image.shape[-1] * magnitude)
    return _moved(image, translate=translate)


def _moved(image: Tensor, *, angle: float = 0.0, translate: list[int] | None = None, shear: list[float] | None = None) -> Tensor:
    return F.affine(image, angle, translate or [0, 0], 1.0, shear or [0.0, 0.0], interpolation=F.InterpolationMode.NEAREST)


# (3,H,W) uint8 and a magnitude in [-1, 1]; an operation without direction takes its size
OPERATIONS: dict[str, Callable[[Tensor, float], Tensor]] = {
    "identity": lambda image, _: image,
    "shear_x": lambda image, magnitude: _sheared(image, magnitude, 0),
    "shear_y": lambda image, magnitude: _sheared(image, magnitude, 1),
    "shift_x": lambda image, magnitude: _shifted(image, magnitude, 0),
    "shift_y": lambda image, magnitude: _shifted(image, magnitude, 1),
    "rotate": lambda image, magnitude: _moved(image, angle=TURN * magnitude),
    "brightness": lambda image, magnitude: F.adjust_brightness(image, 1 + COLOUR * magnitude),
    "colour": lambda image, magnitude: F.adjust_saturation(image, 1 + COLOUR * magnitude),
    "contrast": lambda image, magnitude: F.adjust_contrast(image, 1 + COLOUR * magnitude),
    "sharpness": lambda image, magnitude: F.adjust_sharpness(image, 1 + COLOUR * magnitude),
    "posterize": lambda image, magnitude: F.posterize(image, 8 - round(4 * abs(magnitude))),
    "solarize": lambda image, magnitude: F.solarize(image, 255 * (1 - abs(magnitude))),
    "autocontrast": lambda image, _: F.autocontrast(image),
    "equalize": lambda image, _: F.equalize(image),
}
