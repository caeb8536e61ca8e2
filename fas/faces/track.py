"""The face of a clip, frame by frame."""

from collections.abc import Sequence

import cv2
import numpy as np

from fas.faces.mtcnn import Face, Mtcnn

_BORDER = 0.5  # of the picture's longer side
_GREY = (128, 128, 128)  # zero in MTCNN's input range, what its networks see outside the frame anyway

Boxes = Sequence[np.ndarray | None]


def track(detector: Mtcnn, frames: Sequence[np.ndarray], propagate: bool = True, hints: Boxes = ()) -> list[Face | None]:
    """The best face of every frame of a clip ((H,W,3) uint8 RGB, in order of time), None where none was found.

    `hints`: a box (4,) in pixels or None per frame, which R-Net and O-Net refine before anything else is tried.
    `propagate`: R-Net and O-Net refine the box of the last face found, and the full cascade looks anew only when they see no face
    or one below `confident`. Each step ends on a box regressed from that frame, so an error does not add up.
    """
    hints = hints or [None] * len(frames)
    if not propagate:
        return _detect_all(detector, frames, hints)
    faces: list[Face | None] = []
    last: Face | None = None
    for frame, hint in zip(frames, hints, strict=True):
        face = _near(detector, frame, hint) or _near(detector, frame, None if last is None else last.box) or _best(detector, frame)
        faces.append(face)
        last = face or last
    return faces


def detect_still(detector: Mtcnn, image: np.ndarray, hint: np.ndarray | None = None) -> Face | None:
    """The best face of a still image (H,W,3), looked for at the hint (4,) first.

    A face that fills the picture is looked for once more inside a grey border.
    """
    face = _near(detector, image, hint) or _best(detector, image)
    if face is not None:
        return face
    width = round(_BORDER * max(image.shape[:2]))
    bordered = cv2.copyMakeBorder(image, width, width, width, width, cv2.BORDER_CONSTANT, value=_GREY)
    face = _best(detector, bordered)
    return None if face is None else Face(face.box - width, face.probability, face.landmarks - width)


def _near(detector: Mtcnn, frame: np.ndarray, box: np.ndarray | None) -> Face | None:
    """The face that R-Net and O-Net see near a box; None without a box and for a face below `confident`."""
    face = None if box is None else detector.refine(frame[None], box[None])[0]
    return None if face is None or face.probability < detector.params.confident else face


def _best(detector: Mtcnn, frame: np.ndarray) -> Face | None:
    return detector.detect(frame[None])[0].best(detector.params.confident)


def _detect_all(detector: Mtcnn, frames: Sequence[np.ndarray], hints: Boxes) -> list[Face | None]:
    batch = detector.params.batch
    faces = [_near(detector, frame, hint) for frame, hint in zip(frames, hints, strict=True)]
    left = [row for row, face in enumerate(faces) if face is None]
    for start in range(0, len(left), batch):
        rows = left[start : start + batch]
        for row, found in zip(rows, detector.detect(np.stack([frames[row] for row in rows])), strict=True):
            faces[row] = found.best(detector.params.confident)
    return faces
