"""Paths and geometry without pixels."""

import numpy as np
import pytest

from fas.simulate.catalog import captures
from fas.simulate.motion import live_head, sheet_view, still_head
from fas.simulate.params import LookParams, SimulateParams
from fas.simulate.streams import stream
from fas.simulate.take import liveliness, plan

PARAMS = SimulateParams()


def test_a_stream_depends_on_every_name() -> None:
    draws = {stream(*names).integers(1 << 60) for names in [(1, "a"), (1, "b"), (2, "a"), (1, "a", "b"), (1,)]}
    assert len(draws) == 5
    assert stream(1, "a", 2).integers(1 << 60) == stream(1, "a", 2).integers(1 << 60)


def test_a_photograph_does_not_move_and_a_person_does() -> None:
    still, live = (make(np.random.default_rng(3)) for make in (lambda rng: still_head(rng, 24), lambda rng: live_head(rng, 24, 15, 1.0)))
    assert all(np.ptp(values) == 0 for values in vars(still).values())
    assert all(np.ptp(values) > 0 for values in vars(live).values())
    assert ((live.look >= 0) & (live.look < 3)).all() and live.blink.max() > 0.9


def test_a_fixed_sheet_has_one_homography_and_a_hand_many() -> None:
    fixed, hand = (sheet_view(np.random.default_rng(1), 10, 15, (640, 480), amount) for amount in (0.0, 1.0))
    assert np.allclose(fixed, fixed[0]) and not np.allclose(hand, hand[0])
    assert np.allclose(fixed[:, :, 2] @ [0, 0, 1], 1, atol=0.05)


@pytest.mark.parametrize("dataset", ["sim_msu_mfsd", "sim_casia_fasd", "sim_replay_attack", "sim_oulu_npu", "sim_faces"])
def test_every_face_stays_in_the_picture(dataset: str) -> None:
    for capture in captures(PARAMS):
        if capture.dataset == dataset:
            take = plan(PARAMS, capture)
            width, height = take.size[0] / 2, take.size[1] / 2
            points, boxes = take.landmarks(), take.boxes()
            assert (points > 0).all() and (points < (width, height)).all(), capture.clip
            assert ((points.min(axis=1) > boxes[:, :2] - 5) & (points.max(axis=1) < boxes[:, 2:] + 5)).all()
            assert (boxes[:, 2] - boxes[:, 0] > 60).all()


def test_some_people_hardly_move_and_always_so() -> None:
    amounts = np.array([liveliness(PARAMS, person) for person in range(1, 41)])
    assert 3 <= (amounts < 0.25).sum() <= 20
    assert all(liveliness(PARAMS.model_copy(update={"look": LookParams(still=0.0)}), person) >= 0.5 for person in range(1, 41))
