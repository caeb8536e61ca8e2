"""What the networks see of a patch: weak and strong views in training, a fixed grid of patches in scoring."""

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams

SHEAR = 0.3
SHIFT = 0.45  # share of the side
TURN = 30.0  # degrees
COLOUR = 0.9
OPERATIONS = (
    "identity",
    "shear_x",
    "shear_y",
    "shift_x",
    "shift_y",
    "rotate",
    "brightness",
    "colour",
    "contrast",
    "sharpness",
    "posterize",
    "solarize",
    "autocontrast",
    "equalize",
)


def weak(image: np.ndarray, params: MetaPseudoLabelParams, random: np.random.Generator) -> np.ndarray:
    """A patch flipped and shifted at random, its borders mirrored: (H,W,3) uint8 -> the same."""
    if random.random() < params.flip:
        image = image[:, ::-1]
    height, width = image.shape[:2]
    most = (round(params.shift * height), round(params.shift * width))
    top, left = (int(random.integers(2 * side + 1)) for side in most)
    padded = np.pad(image, ((most[0],) * 2, (most[1],) * 2, (0, 0)), mode="reflect")
    return padded[top : top + height, left : left + width]


def strong(image: np.ndarray, params: MetaPseudoLabelParams, random: np.random.Generator) -> np.ndarray:
    """RandAugment: some operations in a row, each drawn from `OPERATIONS` and, where it has a direction, turned at random.

    Ranges are those of torchvision's RandAugment with 31 magnitudes; the operations are torchvision's. Draws come from `random` and
    not from torch's generator, as batches are made in threads.
    """
    view = torch.from_numpy(np.ascontiguousarray(image.transpose(2, 0, 1)))
    share = params.strong_magnitude / 30
    for name in random.choice(OPERATIONS, params.strong_operations):
        view = operated(view, str(name), share if random.random() < 0.5 else -share)
    return view.permute(1, 2, 0).numpy()


def operated(image: Tensor, name: str, magnitude: float) -> Tensor:
    """One operation on (3,H,W) uint8; `magnitude` in [-1, 1], of which posterize and solarize take the size alone."""
    side, size = image.shape[-1], abs(magnitude)
    match name:
        case "shear_x" | "shear_y":
            degrees = float(np.degrees(np.arctan(SHEAR * magnitude)))
            return _moved(image, shear=[degrees, 0.0] if name == "shear_x" else [0.0, degrees])
        case "shift_x" | "shift_y":
            pixels = round(SHIFT * side * magnitude)
            return _moved(image, translate=[pixels, 0] if name == "shift_x" else [0, pixels])
        case "rotate":
            return _moved(image, angle=TURN * magnitude)
        case "brightness":
            return F.adjust_brightness(image, 1 + COLOUR * magnitude)
        case "colour":
            return F.adjust_saturation(image, 1 + COLOUR * magnitude)
        case "contrast":
            return F.adjust_contrast(image, 1 + COLOUR * magnitude)
        case "sharpness":
            return F.adjust_sharpness(image, 1 + COLOUR * magnitude)
        case "posterize":
            return F.posterize(image, 8 - round(4 * size))
        case "solarize":
            return F.solarize(image, 255 * (1 - size))
        case "autocontrast":
            return F.autocontrast(image)
        case "equalize":
            return F.equalize(image)
        case _:
            return image


def _moved(
    image: Tensor, *, angle: float = 0.0, translate: list[int] | None = None, shear: list[float] | None = None
) -> Tensor:
    return F.affine(image, angle, translate or [0, 0], 1.0, shear or [0.0, 0.0], interpolation=F.InterpolationMode.NEAREST)


def normalised(image: np.ndarray) -> np.ndarray:
    """(H,W,3) in [0, 255] -> (3,H,W) float32 in [-1, 1]."""
    return np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32) / np.float32(127.5) - 1


def corners(height: int, width: int, params: MetaPseudoLabelParams) -> list[tuple[int, int]]:
    """(top, left) of the patches that score a face, row by row: an even grid from corner to corner, its middle for a grid of 1.

    Equal places in a small face are taken once.
    """
    tops, lefts = (_offsets(side - params.patch, params.grid) for side in (height, width))
    return [(top, left) for top in tops for left in lefts]


def scoring_images(face: np.ndarray, params: MetaPseudoLabelParams) -> np.ndarray:
    """The fixed patches of a face, or the whole of it: (H,W,3) uint8 -> (G,3,P,P) float32 in [-1, 1]."""
    if params.input == "whole":
        return normalised(face)[None]
    side = params.patch
    return np.stack([normalised(face[top : top + side, left : left + side]) for top, left in corners(*face.shape[:2], params)])


def _offsets(room: int, count: int) -> list[int]:
    if count == 1:
        return [room // 2]
    return sorted({round(room * index / (count - 1)) for index in range(count)})
