"""A still image's pair for optical flow: its own face, and the same place in the next image of its sequence."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fas.errors import UnreachableError, UserError
from fas.faces.align import align, whole_picture
from fas.media import read_frames


@dataclass(frozen=True)
class Neighbour:
    """The image beside a still image, `step` later by their numbers (negative: earlier). `size`: side of the pair's pictures in pixels.

    `scanned` is the digest that the manifest has of it.
    """

    path: Path
    scanned: str
    step: int
    size: int

    def inputs(self) -> dict[str, Any]:
        """What a pair depends on beside the image itself."""
        return {"neighbour": {"content": self.scanned, "step": self.step, "size": self.size}}


def pair(neighbour: Neighbour, image: np.ndarray, landmarks: np.ndarray, whole: bool, antialias: bool) -> dict[str, np.ndarray]:
    """`pairs` (1,2,size,size,3) uint8 RGB, the image's face and what its neighbour shows there, and `pair_frame` (1,2) int32: 0, `step`.

    There is no pair (0 rows) where the neighbour is no readable image, or where it is of another size, so that the same place in it is
    another one. A picture that is itself the face (`whole`) is paired with the whole neighbour, of whatever size.

    Args:
        image: (H,W,3) uint8 RGB.
        landmarks: (5,2), the image's, in pixels.

    Raises:
        UnreachableError: the neighbour's file is not there.
    """
    size = neighbour.size
    try:
        beside = read_frames(neighbour.path, [0], media="image")[0]
    except UnreachableError:
        raise
    except UserError:
        return _no_pair(size)
    if whole:
        there = whole_picture(*beside.shape[:2])[1]
    elif beside.shape == image.shape:
        there = landmarks
    else:
        return _no_pair(size)
    pictures = np.stack([align(image, landmarks, size, antialias), align(beside, there, size, antialias)])
    return {"pairs": pictures[None], "pair_frame": np.array([[0, neighbour.step]], np.int32)}


def _no_pair(size: int) -> dict[str, np.ndarray]:
    return {"pairs": np.zeros((0, 2, size, size, 3), np.uint8), "pair_frame": np.zeros((0, 2), np.int32)}
