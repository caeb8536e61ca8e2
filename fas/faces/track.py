"""The face of a clip, frame by frame."""

from collections.abc import Sequence

import cv2
import numpy as np

from fas.faces.mtcnn import Face, Mtcnn

_BORDER = 0.5  # of the picture's longer side
_GREY = (128, 128, 128)  # zero in MTCNN's input range, what its networks see outside the frame anyway


def track(detector: Mtcnn, frames: Sequence[np.ndarray], propagate: bool = True) -> list[Face | None]:
    """The best face of every frame of a clip ((H,W,3) uint8 RGB, in order of time), None where none was found.

    `propagate`: R-Net and O-Net refine the box of the last face found, and the full cascade looks anew only when they see no face
    or one below `confident`. Each step ends on a box regressed from that frame, so an error does not add up.
    """
    if not propagate:
        return _detect_all(detector, frames)
    faces: list[Face | None] = []
    last: Face | None = None
    for frame in frames:
        face = detector.refine(frame[None], last.box[None])[0] if last is not None else None
        if face is None or face.probability < detector.params.confident:
            face = detector.detect(frame[None])[0].best(detector.params.confident)
        faces.append(face)
        last = face or last
    return faces


def detect_still(detector: Mtcnn, image: np.ndarray) -> Face | None:
    """The best face of a still image (H,W,3); a face that fills the picture is looked for once more inside a grey border."""
    face = detector.detect(image[None])[0].best(detector.params.confident)
    if face is not None:
        return face
    width = round(_BORDER * max(image.shape[:2]))
    bordered = cv2.copyMakeBorder(image, width, width, width, width, cv2.BORDER_CONSTANT, value=_GREY)
    face = detector.detect(bordered[None])[0].best(detector.params.confident)
    return None if face is None else Face(face.box - width, face.probability, face.landmarks - width)


def _detect_all(detector: Mtcnn, frames: Sequence[np.ndarray]) -> list[Face | None]:
    batch = detector.params.batch
    faces = []
    for start in range(0, len(frames), batch):
        faces += detector.detect(np.stack(frames[start : start + batch]))
    return [found.best(detector.params.confident) for found in faces]
