"""What the networks see: weak views of patches in training (strong ones: augment.py), a grid of patches or the whole face in scoring."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams

Compute = Callable[[Tensor], Tensor]  # images (N,...) -> (N,)


def weak(image: np.ndarray, params: MetaPseudoLabelParams, random: np.random.Generator) -> np.ndarray:
    """A patch flipped and shifted at random, its borders mirrored: (H,W,3) uint8 -> the same."""
    if random.random() < params.flip:
        image = image[:, ::-1]
    height, width = image.shape[:2]
    most = (round(params.shift * height), round(params.shift * width))
    top, left = (int(random.integers(2 * side + 1)) for side in most)
    padded = np.pad(image, ((most[0],) * 2, (most[1],) * 2, (0, 0)), mode="reflect")
    return padded[top : top + height, left : left + width]


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
    """The fixed patches of a face, or the whole of it (`score_input`): (H,W,3) uint8 -> (G,3,P,P) float32 in [-1, 1]."""
    if params.score_input == "whole":
        return normalised(face)[None]
    side, (height, width) = params.patch, face.shape[:2]
    return np.stack([normalised(face[top : top + side, left : left + side]) for top, left in corners(height, width, params)])


def _offsets(room: int, count: int) -> list[int]:
    if count == 1:
        return [room // 2]
    return sorted({round(room * index / (count - 1)) for index in range(count)})


@torch.inference_mode()
def computed(compute: Compute, images: np.ndarray, batch: int, device: torch.device) -> np.ndarray:
    """(N,) float64 of images (N,...), computed in batches of one size."""
    rows = []
    for start in range(0, len(images), batch):
        part = images[start : start + batch]
        padded = np.zeros((batch, *part.shape[1:]), np.float32)
        padded[: len(part)] = part
        rows.append(compute(torch.from_numpy(padded).to(device))[: len(part)].double().cpu().numpy())
    return np.concatenate(rows)
