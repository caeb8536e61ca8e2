"""Face boxes in a dataset's side files: where a capture's file is, and what a line of it says."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fas.errors import UserError

# A square around two eyes, as MTCNN's boxes of the 400 ORL pictures are made square: their medians are a side of 2.73 eye distances
# and a centre 0.31 below the eyes. R-Net and O-Net take sides of 2.4 to 3.5.
EYES_SIDE, EYES_DROP = 2.7, 0.3
BESIDE_FACE = r"(?P<capture>.+)\.(?i:face)"


def stem(clip: str) -> str:
    """A path without its extension."""
    return clip.rpartition(".")[0]


@dataclass(frozen=True)
class Format:
    """What a line says: numbers between commas or spaces, named by `columns`. Without a column `frame`, line k is of frame k, from 0.

    `corners` makes (n,4) x1, y1, x2, y2 of the numbers (n,m) behind the frame's. `side`: the boxes are of a picture resized to so many
    pixels each way (0: of the capture as it is).
    """

    columns: str
    corners: Callable[[np.ndarray], np.ndarray]
    side: int = 0


@dataclass(frozen=True)
class BoxFiles:
    """A dataset's side files with face boxes.

    `path` is matched against a whole path relative to the root; its group `capture` is what `capture(clip)` makes of the capture's path.
    """

    path: str
    format: Format
    capture: Callable[[str], str] = stem


def corners(values: np.ndarray) -> np.ndarray:
    """Two corners, and more that is not needed."""
    return values[:, :4]


def sized(values: np.ndarray) -> np.ndarray:
    """A corner, width and height."""
    return np.concatenate([values[:, :2], values[:, :2] + values[:, 2:4]], axis=1)


def eyes(values: np.ndarray) -> np.ndarray:
    """The person's right and left eye: a square of EYES_SIDE eye distances, its centre EYES_DROP below. No area where an eye is at 0, 0."""
    right, left = values[:, :2], values[:, 2:4]
    along = left - right
    down = np.stack([-along[:, 1], along[:, 0]], axis=1) * np.where(along[:, :1] < 0, -1, 1)  # whichever eye is named first
    centre = (right + left) / 2 + EYES_DROP * down
    seen = right.any(axis=1) & left.any(axis=1)
    half = np.where(seen, np.hypot(*along.T), 0)[:, None] * EYES_SIDE / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def read_boxes(path: Path, form: Format) -> tuple[np.ndarray, np.ndarray]:
    """A side file's frames (n,) int32, increasing, and boxes (n,4) float32, shares of the picture if the format has a side of its own.

    A box without area is none; of two of a frame the larger counts. An empty file has none.

    Raises:
        UserError: the file cannot be read, or a line is not what the format says (which file, which line).
    """
    columns = form.columns.split()
    rows = list(_rows(path, columns))
    values = np.array([numbers for _, numbers in rows], np.float64).reshape(-1, len(columns) - ("frame" in columns))
    frames = np.array([frame for frame, _ in rows], np.int32)
    boxes = (form.corners(values) / (form.side or 1)).astype(np.float32)
    size = boxes[:, 2:] - boxes[:, :2]
    order = np.lexsort((-size.prod(axis=1), frames))
    order = order[(size[order] > 0).all(axis=1)]
    frames, first = np.unique(frames[order], return_index=True)
    return frames, boxes[order][first]


def _rows(path: Path, columns: list[str]) -> Iterator[tuple[int, list[float]]]:
    framed = "frame" in columns
    for number, line in enumerate(_lines(path)):
        if not line.strip():
            continue
        try:
            values = [float(value) for value in line.replace(",", " ").split()]
        except ValueError:
            values = []
        frame = values[0] if framed and values else number
        if len(values) != len(columns) or not all(map(math.isfinite, values)) or not (frame == int(frame) and 0 <= frame < 2**31):
            raise UserError(f"{path} line {number + 1}: not the numbers '{' '.join(columns)}': '{line.strip()}'")
        yield int(frame), values[1:] if framed else values


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not a readable side file: {error}") from None
