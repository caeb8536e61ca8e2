"""Where a dataset's side file says that the face is, frame by frame: a hint, which the detector checks."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import xxhash

Unit = Literal["pixel", "share"]


@dataclass(frozen=True, eq=False)
class Hints:
    """Boxes of n frames of one capture.

    `frames`: (n,) int32 numbers from 0, increasing. `boxes`: (n,4) float32 x1, y1, x2, y2 in the upright frame, in pixels or, by `unit`,
    in shares of its width and height.
    """

    frames: np.ndarray
    boxes: np.ndarray
    unit: Unit = "pixel"

    def at(self, frame: int, height: int, width: int) -> np.ndarray | None:
        """The box (4,) float64 in pixels, clipped to the frame; None where the frame has no box or nothing of it is inside."""
        row = int(np.searchsorted(self.frames, frame))
        if row == len(self.frames) or self.frames[row] != frame:
            return None
        size = np.array([width, height, width, height], np.float64)
        box = np.clip(self.boxes[row] * (size if self.unit == "share" else 1.0), 0, size)
        return box if (box[2:] > box[:2]).all() else None

    def digest(self) -> str:
        """xxh3-128 hex digest of the boxes."""
        state = xxhash.xxh3_128(self.unit.encode())
        state.update(self.frames.astype("<i4").tobytes())
        state.update(self.boxes.astype("<f4").tobytes())
        return state.hexdigest()
