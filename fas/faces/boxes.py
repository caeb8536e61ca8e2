"""Box arithmetic of MTCNN's cascade. Boxes are (n,4) float64: x1, y1, x2, y2 in pixels."""

from typing import Literal

import numpy as np

_BLOCK = 512  # columns of the overlap matrix at a time: thousands of proposals would need gigabytes at once


def suppress(boxes: np.ndarray, scores: np.ndarray, threshold: float, over: Literal["union", "smaller"] = "union") -> np.ndarray:
    """Indices of the boxes that no better-scored box overlaps by more than `threshold`, best first.

    As in the mtcnn package, and unlike the textbook's greedy form, a box that is itself suppressed still suppresses others.
    `over`: the overlap is divided by the union of the two areas, or by the smaller one.
    """
    order = np.argsort(scores, kind="stable")[::-1]
    boxes = boxes[order]
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    kept = np.ones(len(boxes), bool)
    for start in range(0, len(boxes), _BLOCK):
        block = slice(start, min(start + _BLOCK, len(boxes)))
        low = np.maximum(boxes[: block.stop, None, :2], boxes[None, block, :2])
        high = np.minimum(boxes[: block.stop, None, 2:], boxes[None, block, 2:])
        shared = np.maximum(high - low, 0).prod(axis=2)
        first, second = areas[: block.stop, None], areas[None, block]
        whole = first + second - shared if over == "union" else np.minimum(first, second)
        better = np.arange(block.stop)[:, None] < np.arange(block.start, block.stop)[None]
        kept[block] = ~((shared > threshold * whole) & better).any(axis=0)
    return order[kept]


def square(boxes: np.ndarray) -> np.ndarray:
    """Boxes made square around their centres, by their longer sides."""
    size = boxes[:, 2:] - boxes[:, :2]
    side = size.max(axis=1, keepdims=True)
    corner = boxes[:, :2] + size / 2 - side / 2
    return np.concatenate([corner, corner + side], axis=1)


def shift(boxes: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """Boxes moved by a network's (n,4) offsets, which are in units of the box's width and height (both counted inclusively)."""
    size = boxes[:, 2:] - boxes[:, :2] + 1
    return boxes + offsets * np.concatenate([size, size], axis=1)


def place(boxes: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """O-Net's (n,10) landmarks (x1..x5, y1..y5 in the unit square of the box) as (n,5,2) pixels."""
    points = landmarks.reshape(-1, 2, 5).transpose(0, 2, 1)
    size = boxes[:, 2:] - boxes[:, :2] + 1
    return points * size[:, None] + boxes[:, None, :2] - 1
