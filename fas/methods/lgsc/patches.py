"""What LGSC's networks see of a face crop: native-resolution patches in training, a fixed grid of them in scoring."""

from collections.abc import Mapping

import cv2
import numpy as np

from fas.clips import Clip
from fas.errors import UserError
from fas.methods.lgsc.params import LgscParams

ARRAYS = ("native", "frame")  # of feature `frames`

GREY = np.array([0.299, 0.587, 0.114], np.float32)  # luma of ITU-R BT.601


def face_crops(clip: Clip, arrays: Mapping[str, np.ndarray], params: LgscParams) -> np.ndarray:
    """The clip's unresampled face crops (F,S,S,3) uint8 RGB.

    Raises:
        UserError: they are smaller than a patch, and `small_faces` refuses that.
    """
    crops = arrays["native"]
    height, width = crops.shape[1:3]
    if params.input == "patch" and params.small_faces == "refuse" and min(height, width) < params.patch:
        raise UserError(
            f"{clip.dataset} {clip.clip}: its face crops are {width} x {height} pixels, lgsc.patch is {params.patch}: "
            "raise frames.native.min_size, lower lgsc.patch, or set lgsc.small_faces: mirror"
        )
    return crops


def training_patch(crop: np.ndarray, params: LgscParams, random: np.random.Generator) -> np.ndarray:
    """A random patch (or the resized crop), flipped and recoloured at random.

    Args:
        crop: (H,W,3) uint8 RGB, the unresampled face crop.

    Returns:
        (3,P,P) float32 in [-1, 1].
    """
    image = resized(crop, params.patch) if params.input == "resized" else random_patch(crop, params, random)
    return normalised(augmented(image, params, random))


def random_patch(crop: np.ndarray, params: LgscParams, random: np.random.Generator) -> np.ndarray:
    """A P x P patch whose centre is uniform in the given shares of width and height, shifted to lie inside the crop."""
    crop = covering(crop, params.patch)
    height, width = crop.shape[:2]
    left = _offset(random, params.centre_x, width, params.patch)
    top = _offset(random, params.centre_y, height, params.patch)
    return crop[top : top + params.patch, left : left + params.patch]


def _offset(random: np.random.Generator, centre: list[float], side: int, size: int) -> int:
    low, high = centre
    middle = round(random.uniform(low, high) * side)
    return min(max(middle - size // 2, 0), side - size)


def scoring_patches(crop: np.ndarray, params: LgscParams) -> np.ndarray:
    """The fixed patches that score a face crop: an even grid from corner to corner, the centre alone for a grid of 1.

    Returns:
        (G,3,P,P) float32 in [-1, 1]; G is at most grid x grid (equal positions in a small crop are taken once).
    """
    if params.input == "resized":
        return normalised(resized(crop, params.patch))[None]
    crop = covering(crop, params.patch)
    tops = _offsets(crop.shape[0] - params.patch, params.grid)
    lefts = _offsets(crop.shape[1] - params.patch, params.grid)
    return np.stack([normalised(crop[top : top + params.patch, left : left + params.patch]) for top in tops for left in lefts])


def _offsets(room: int, count: int) -> list[int]:
    if count == 1:
        return [room // 2]
    return sorted({round(room * index / (count - 1)) for index in range(count)})


def covering(crop: np.ndarray, size: int) -> np.ndarray:
    """The crop, its borders mirrored until both sides have `size` pixels."""
    height, width = crop.shape[:2]
    down, right = max(0, size - height), max(0, size - width)
    if not down and not right:
        return crop
    padding = ((down // 2, down - down // 2), (right // 2, right - right // 2), (0, 0))
    return np.pad(crop, padding, mode="symmetric")


def resized(crop: np.ndarray, size: int) -> np.ndarray:
    """The whole crop as size x size, bilinear (the ablation `resized input` of table 5)."""
    return cv2.resize(crop, (size, size), interpolation=cv2.INTER_LINEAR)


def augmented(image: np.ndarray, params: LgscParams, random: np.random.Generator) -> np.ndarray:
    """Horizontal flip and mild changes of brightness, contrast and saturation. Returns float32 in [0, 255]."""
    flip = random.random() < params.flip
    brightness, contrast, saturation = random.uniform(-1, 1, 3) * (params.brightness, params.contrast, params.saturation)
    values: np.ndarray = (image[:, ::-1] if flip else image).astype(np.float32)
    grey = (values @ GREY)[..., None]
    values = grey + (values - grey) * np.float32(1 + saturation)
    mean = values.mean()
    values = mean + (values - mean) * np.float32(1 + contrast) + np.float32(255 * brightness)
    return np.clip(values, 0, 255)


def normalised(image: np.ndarray) -> np.ndarray:
    """(H,W,3) in [0, 255] -> (3,H,W) float32 in [-1, 1]."""
    return np.ascontiguousarray(image.transpose(2, 0, 1), dtype=np.float32) / np.float32(127.5) - 1
