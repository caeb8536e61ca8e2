"""Aligned faces by a five-point similarity, and unresampled face crops.

Beyond the frame's edge the border is replicated. A mirrored border would show a second mouth or a second ear, and a black one a
hard edge whose place depends on the capture; both are cues that a classifier would learn.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from fas.faces.params import NativeParams

# AG-FAS: eyes, nose, mouth corners in units of the picture's side, image left first (Long et al.; the values of its public code).
TEMPLATE = np.array([[0.3489, 0.2848], [0.6614, 0.2848], [0.4996, 0.4963], [0.3784, 0.7222], [0.6215, 0.7217]])


def similarity(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The rotation, scale and shift that bring `source` nearest to `target` (n,2) in the least-squares sense: (2,3) float64.

    With points as complex numbers it is w = p z + q, whose normal equations are solved in closed form (Umeyama 1991 without mirroring).

    Raises:
        ValueError: all source points coincide.
    """
    z, w = source @ [1, 1j], target @ [1, 1j]
    centred = z - z.mean()
    spread = np.vdot(centred, centred).real
    if spread == 0:
        raise ValueError("landmarks coincide: no alignment")
    p = np.vdot(centred, w - w.mean()) / spread
    q = w.mean() - p * z.mean()
    return np.array([[p.real, -p.imag, q.real], [p.imag, p.real, q.imag]])


def align(image: np.ndarray, landmarks: np.ndarray, size: int, antialias: bool = True) -> np.ndarray:
    """The face with its five landmarks (5,2) on the template: (size,size,3) uint8, from an (H,W,3) uint8 image.

    A face that shrinks is warped to a multiple of `size` and averaged down, for plain bilinear sampling would turn a screen's or a
    print's fine structure into false patterns; `antialias` off samples plainly.
    """
    matrix = similarity(np.asarray(landmarks, np.float64), TEMPLATE * size)
    shrink = 1 / np.hypot(*matrix[:, 0])
    multiple = max(round(shrink), 1) if antialias else 1
    matrix = matrix * multiple
    matrix[:, 2] += (multiple - 1) / 2  # pixel centres: the middle of a block of multiple x multiple pixels
    side = (size * multiple, size * multiple)
    warped = cv2.warpAffine(image, matrix, side, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return warped if multiple == 1 else cv2.resize(warped, (size, size), interpolation=cv2.INTER_AREA)


def whole_picture(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Box (4,) and nominal landmarks (5,2) of a picture that is itself the face: the template in a centred square of its longer side."""
    side = max(height, width)
    corner = np.array([width - side, height - side]) / 2
    return np.array([0.0, 0.0, width, height]), TEMPLATE * side + corner


def native_crops(images: Sequence[np.ndarray], boxes: np.ndarray, params: NativeParams) -> np.ndarray:
    """Square, unresampled crops around the boxes (F,4), one size per clip: (F,S,S,3) uint8.

    S is `margin` times the longest side of any of the boxes, at least `min_size`.
    """
    longest = float((boxes[:, 2:] - boxes[:, :2]).max())
    side = max(round(params.margin * longest), params.min_size)
    corners = np.rint((boxes[:, :2] + boxes[:, 2:] - side) / 2).astype(int)
    return np.stack([_window(image, x, y, side) for image, (x, y) in zip(images, corners, strict=True)])


def _window(image: np.ndarray, x: int, y: int, side: int) -> np.ndarray:
    rows = np.clip(np.arange(y, y + side), 0, image.shape[0] - 1)
    columns = np.clip(np.arange(x, x + side), 0, image.shape[1] - 1)
    return image[rows[:, None], columns]
