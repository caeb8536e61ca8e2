"""Poses of a rigid five-point face that is turned by known angles and projected, and of a real face that is mirrored."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from fas.faces.align import TEMPLATE
from fas.faces.mtcnn import Mtcnn
from fas.faces.pose import MODEL, pose
from fas.simulate.orl import picture
from fas.simulate.orl_landmarks import landmarks

angles = st.floats(-60, 60)
whole = st.floats(-180, 180)


def turned(yaw: float, pitch: float, roll: float, face: np.ndarray = MODEL) -> np.ndarray:
    """The face (5,3) about its middle, first turned by yaw, then by pitch, then by roll: degrees, signs as `pose` tells them."""
    centred = face - face.mean(axis=0)
    return Rotation.from_euler("yxz", [yaw, pitch, roll], degrees=True).apply(centred)


def seen(face: np.ndarray, distance: float = np.inf) -> np.ndarray:
    """The landmarks (1,5,2) of a face `distance` millimetres before a pinhole camera, in units of the face's middle plane."""
    return (face[:, :2] / (1 - face[:, 2:] / distance))[None]


@given(angles, angles, whole)
def test_known_angles_are_recovered_from_afar(yaw: float, pitch: float, roll: float) -> None:
    got = pose(seen(turned(yaw, pitch, roll)))[0]
    np.testing.assert_allclose(got[:2], [yaw, pitch], atol=1e-6)
    assert abs((got[2] - roll + 180) % 360 - 180) < 1e-6


@given(angles, angles)
def test_a_near_camera_costs_three_degrees(yaw: float, pitch: float) -> None:
    np.testing.assert_allclose(pose(seen(turned(yaw, pitch, 10), distance=500))[0], [yaw, pitch, 10], atol=3)


def test_signs_are_those_that_are_stated() -> None:
    nose = seen(turned(25, 0, 0))[0, 2] - seen(turned(0, 0, 0))[0, 2]
    assert nose[0] > 5
    assert abs(nose[1]) < 1e-9
    assert (seen(turned(0, 25, 0))[0, 2] - seen(turned(0, 0, 0))[0, 2])[1] < -5  # up: a smaller y
    right_eye, left_eye = seen(turned(0, 0, 25))[0, :2]
    assert left_eye[1] > right_eye[1]  # clockwise: the image's right sinks


@given(angles, angles, whole, st.floats(1e-3, 1e3), st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4)))
def test_scale_place_and_turns_in_the_plane_change_neither_yaw_nor_pitch(yaw, pitch, roll, scale, place) -> None:
    points = seen(turned(yaw, pitch, 0), distance=700)
    cos, sin = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    moved = scale * points @ np.array([[cos, sin], [-sin, cos]]) + np.array(place)
    np.testing.assert_allclose(pose(moved)[:, :2], pose(points)[:, :2], atol=1e-3)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("other", [-30, 0, 30])
def test_a_further_turn_measures_more(axis: int, other: float) -> None:
    steps = [[turn, other, 5] if axis == 0 else [other, turn, 5] for turn in range(-75, 80, 5)]
    for distance in (np.inf, 400):
        measured = pose(np.concatenate([seen(turned(*step), distance) for step in steps]))[:, axis]
        assert np.all(np.diff(measured) > 0)


@given(st.floats(0.5, 2), st.floats(-70, 70))
def test_a_longer_nose_makes_tangents_as_much_larger(longer: float, turn: float) -> None:
    nosy = MODEL * [1, 1, longer]
    expected = longer * np.tan(np.radians(turn))
    np.testing.assert_allclose(np.tan(np.radians(pose(seen(turned(turn, 0, 0, nosy)))[0, 0])), expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(np.tan(np.radians(pose(seen(turned(0, turn, 0, nosy)))[0, 1])), expected, rtol=1e-6, atol=1e-9)


@given(st.floats(0.7, 1.4), angles)
def test_the_length_of_the_face_does_not_change_its_yaw(longer: float, yaw: float) -> None:
    assert pose(seen(turned(yaw, 0, 0, MODEL * [1, longer, 1])))[0, 0] == pytest.approx(yaw, abs=1e-6)


def test_a_lower_nose_looks_like_a_head_that_bows() -> None:
    lower = MODEL + np.where(np.arange(5)[:, None] == 2, [0.0, 3.0, 0.0], 0.0)
    assert pose(seen(lower))[0] == pytest.approx([0, -np.degrees(np.arctan(3 / 30)), 0], abs=1e-9)


def test_a_picture_that_is_taken_as_the_face_counts_as_frontal() -> None:
    assert np.abs(pose(TEMPLATE[None])).max() < 2


def test_landmarks_that_coincide_have_no_pose() -> None:
    assert np.isnan(pose(np.full((1, 5, 2), 7.0))[0, :2]).all()
    assert pose(np.zeros((0, 5, 2))).shape == (0, 3)


@pytest.mark.parametrize(("subject", "shot", "side"), [(1, 5, 1), (17, 10, -1)])
def test_a_mirrored_face_looks_the_other_way(detector: Mtcnn, subject: int, shot: int, side: int) -> None:
    """Real faces that are clearly turned, and a real detector, which errs by a few degrees."""
    image = picture(subject, shot)
    found = [landmarks(detector, np.ascontiguousarray(view)) for view in (image, image[:, ::-1])]
    (yaw, pitch, _), (mirrored_yaw, mirrored_pitch, _) = pose(np.stack(found))
    assert 20 < side * yaw < 40
    assert mirrored_yaw == pytest.approx(-yaw, abs=8)
    assert mirrored_pitch == pytest.approx(pitch, abs=10)
