import numpy as np
import pytest

from fas.faces.mtcnn import Mtcnn
from fas.faces.track import detect_still, track


class Counting:
    """A detector that counts its full cascades."""

    def __init__(self, detector: Mtcnn) -> None:
        self.params = detector.params
        self.refine = detector.refine
        self.cascades = 0
        self._detector = detector

    def detect(self, frames: np.ndarray):
        self.cascades += len(frames)
        return self._detector.detect(frames)


def test_a_propagated_face_follows_the_movement(detector: Mtcnn, moving: np.ndarray) -> None:
    counting = Counting(detector)
    propagated = track(counting, moving)
    assert counting.cascades == 1
    for face, full in zip(propagated, track(detector, moving, propagate=False), strict=True):
        assert np.abs(face.landmarks - full.landmarks).max() < 0.06 * (full.box[2] - full.box[0])


def test_a_lost_face_is_looked_for_anew(detector: Mtcnn, moving: np.ndarray) -> None:
    frames = moving[:6].copy()
    frames[2] = 128  # the face is gone
    frames[3:] = frames[3:, :, ::-1]  # and comes back elsewhere
    counting = Counting(detector)
    faces = track(counting, frames)
    assert [face is not None for face in faces] == [True, True, False, True, True, True]
    assert counting.cascades == 3


@pytest.mark.parametrize("propagate", [True, False])
def test_tracking_is_deterministic(detector: Mtcnn, moving: np.ndarray, propagate: bool) -> None:
    first, second = (track(detector, moving[:4], propagate) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert np.array_equal(a.landmarks, b.landmarks)
        assert a.probability == b.probability


def test_a_face_that_fills_the_picture_is_found_inside_a_border(detector: Mtcnn, portrait: np.ndarray) -> None:
    (faces,) = detector.detect(portrait[None])
    face = faces.best(0.9)
    left, top, right, bottom = face.box.round().astype(int)
    tight = np.ascontiguousarray(portrait[top + 8 : bottom - 8, left + 8 : right - 8])
    assert len(detector.detect(tight[None])[0]) == 0
    found = detect_still(detector, tight)
    assert np.abs(found.landmarks + np.array([left + 8, top + 8]) - face.landmarks).max() < 0.1 * (right - left)


def test_no_face_in_a_still(detector: Mtcnn) -> None:
    assert detect_still(detector, np.full((80, 80, 3), 90, np.uint8)) is None
