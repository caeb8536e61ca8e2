from dataclasses import replace

import cv2
import numpy as np
import pytest

from fas.datasets.box_files import eyes
from fas.faces.mtcnn import Mtcnn
from fas.faces.track import detect_still, track
from fas.simulate import orl


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


def around(face, grow: float = 0.0) -> np.ndarray:
    """A face's box, as another detector would draw it."""
    return face.box + grow * (face.box[2] - face.box[0]) * np.array([-1, -1, 1, 1])


def same(one, other) -> bool:
    return one.probability == other.probability and np.array_equal(one.box, other.box) and np.array_equal(one.landmarks, other.landmarks)


@pytest.mark.parametrize("propagate", [True, False])
@pytest.mark.parametrize("grow", [0.0, 0.1])
def test_a_hinted_face_needs_no_full_cascade(detector: Mtcnn, moving: np.ndarray, propagate: bool, grow: float) -> None:
    full = track(detector, moving[:4], propagate=False)
    counting = Counting(detector)
    hinted = track(counting, moving[:4], propagate, [around(face, grow) for face in full])
    assert counting.cascades == 0
    for face, alone in zip(hinted, full, strict=True):
        assert face.probability >= detector.params.confident
        assert np.abs(face.landmarks - alone.landmarks).max() < 0.06 * (alone.box[2] - alone.box[0])


@pytest.mark.parametrize("propagate", [True, False])
def test_a_hint_in_the_background_changes_nothing(detector: Mtcnn, moving: np.ndarray, propagate: bool) -> None:
    frames = moving[:3]
    wrong = np.array([0.0, 150.0, 50.0, 200.0])
    assert detector.refine(frames[:1], wrong[None])[0] is None
    counting, plain = Counting(detector), Counting(detector)
    hinted = track(counting, frames, propagate, [wrong] * 3)
    assert all(same(one, other) for one, other in zip(hinted, track(plain, frames, propagate), strict=True))
    assert counting.cascades == plain.cascades


@pytest.mark.parametrize("propagate", [True, False])
def test_a_face_near_a_hint_of_which_the_detector_is_not_sure_is_looked_for_anew(
    detector: Mtcnn, moving: np.ndarray, propagate: bool
) -> None:
    frames = moving[:2]
    found = [faces.best(0.9) for faces in detector.detect(frames)]
    unsure = Counting(detector)
    unsure.refine = lambda frames, boxes: [replace(found[0], probability=detector.params.confident - 0.01)]
    faces = track(unsure, frames, propagate, [around(face) for face in found])
    assert unsure.cascades == 2
    assert [face.probability for face in faces] == pytest.approx([face.probability for face in found])


@pytest.mark.parametrize("propagate", [True, False])
def test_frames_without_a_hint_are_tracked_as_ever(detector: Mtcnn, moving: np.ndarray, propagate: bool) -> None:
    frames = moving[:4]
    plain = track(detector, frames, propagate)
    assert all(same(*pair) for pair in zip(track(detector, frames, propagate, [None] * 4), plain, strict=True))
    counting = Counting(detector)
    faces = track(counting, frames, propagate, [around(plain[0]), None, None, None])
    assert all(face is not None for face in faces)
    assert counting.cascades == (0 if propagate else 3)


def test_a_hint_finds_the_face_again_that_propagation_would_lose(detector: Mtcnn, moving: np.ndarray) -> None:
    frames = moving[:3].copy()
    frames[2] = frames[2, :, ::-1]  # the face is elsewhere
    (found,) = detector.detect(frames[2:])
    counting = Counting(detector)
    faces = track(counting, frames, hints=[None, None, around(found.best(0.9))])
    assert counting.cascades == 1
    assert np.abs(faces[2].landmarks - found.best(0.9).landmarks).max() < 0.06 * np.ptp(faces[2].box[::2])


def test_a_still_is_looked_for_at_its_hint_first(detector: Mtcnn, portrait: np.ndarray) -> None:
    alone = detect_still(detector, portrait)
    counting = Counting(detector)
    hinted = detect_still(counting, portrait, around(alone))
    assert counting.cascades == 0
    assert np.abs(hinted.landmarks - alone.landmarks).max() < 0.06 * np.ptp(alone.box[::2])
    assert same(detect_still(counting, portrait, np.array([0.0, 180.0, 60.0, 240.0])), alone)
    assert counting.cascades == 1


@pytest.mark.parametrize("person", [1, 17, 40])
def test_the_square_around_two_eyes_is_a_hint_that_is_taken(detector: Mtcnn, person: int) -> None:
    """Real faces (ORL). Its side is that of the detector's own box made square, more or less."""
    picture = cv2.resize(cv2.cvtColor(orl.picture(person, 1), cv2.COLOR_GRAY2RGB), None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    picture = cv2.copyMakeBorder(picture, 120, 120, 120, 120, cv2.BORDER_REPLICATE)
    points = orl.landmarks()[person, 1][:2] * 3 + 121
    hint = eyes(points.reshape(1, 4))[0]
    counting = Counting(detector)
    (face,) = track(counting, picture[None], hints=[hint])
    assert counting.cascades == 0
    own = detector.detect(picture[None])[0].best(0.9)
    assert np.abs(face.landmarks - own.landmarks).max() < 0.1 * (own.box[2] - own.box[0])
    assert abs((hint[2] - hint[0]) / (own.box[2:] - own.box[:2]).max() - 1) < 0.15
