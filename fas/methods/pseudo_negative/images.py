"""What the network sees of a face: the whole of it, resized, with ImageNet's normalisation."""

import cv2
import numpy as np

from fas.methods.pseudo_negative.params import PseudoNegativeParams

MEAN = np.array([0.485, 0.456, 0.406], np.float32)  # of ImageNet, RGB in [0, 1]
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)


def training_image(face: np.ndarray, params: PseudoNegativeParams, random: np.random.Generator) -> np.ndarray:
    """A random crop of a face, resized, flipped, brightened and contrasted at random: (H,W,3) uint8 RGB -> (3,S,S) float32."""
    left, top = random.random(2)
    flip = random.random() < params.flip
    brightness, contrast = random.uniform(-1, 1, 2) * (params.brightness, params.contrast)
    values = _resized(_cropped(face, params.crop, left, top), params.size).astype(np.float32) / 255
    values = values[:, ::-1] if flip else values
    mean = values.mean()
    return normalised(np.clip(mean + (values - mean) * np.float32(1 + contrast) + np.float32(brightness), 0, 1))


def scoring_image(face: np.ndarray, params: PseudoNegativeParams) -> np.ndarray:
    """The middle of a face, resized: (H,W,3) uint8 RGB -> (3,S,S) float32."""
    return normalised(_resized(_cropped(face, params.crop, 0.5, 0.5), params.size).astype(np.float32) / 255)


def _cropped(face: np.ndarray, share: float, left: float, top: float) -> np.ndarray:
    """`share` of both sides, at the relative place given."""
    height, width = (max(1, round(share * length)) for length in face.shape[:2])
    x, y = round(left * (face.shape[1] - width)), round(top * (face.shape[0] - height))
    return face[y : y + height, x : x + width]


def _resized(face: np.ndarray, size: int) -> np.ndarray:
    return cv2.resize(face, (size, size), interpolation=cv2.INTER_LINEAR)


def normalised(image: np.ndarray) -> np.ndarray:
    """(H,W,3) in [0, 1] -> (3,H,W) float32 by ImageNet's mean and deviation."""
    return np.ascontiguousarray(((image - MEAN) / DEVIATION).transpose(2, 0, 1), dtype=np.float32)
