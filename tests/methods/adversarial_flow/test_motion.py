import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.data import astronaut

from fas.clips import Clip
from fas.faces.align import align
from fas.faces.sampling import pair_starts
from fas.features.flow import flow
from fas.features.params import FlowParams
from fas.methods.adversarial_flow.motion import motion, still
from fas.methods.adversarial_flow.params import AdversarialFlowParams
from fas.methods.adversarial_flow.patches import maps_of
from fas.methods.adversarial_flow.reference import calibrated
from fas.simulate.catalog import captures
from fas.simulate.params import SimulateParams
from fas.simulate.render import frames
from fas.simulate.take import plan

GAP = 3
SIMULATED = SimulateParams(frames=10)


def filmed(shifts: list[tuple[float, float]]) -> np.ndarray:
    """The flow maps (P,2,64,64) of a camera that films a face; between the frames of pair i it has moved by shifts[i] pixels."""
    picture = cv2.resize(astronaut()[0:240, 100:340], (128, 128), interpolation=cv2.INTER_AREA).astype(np.float64)
    random = np.random.default_rng(0)
    pairs = np.empty((len(shifts), 2, 64, 64, 3), np.uint8)
    for row, (x, y) in enumerate(shifts):
        for column, (across, down) in enumerate(((0.0, 0.0), (x, y))):
            moved = cv2.warpAffine(picture, np.array([[1, 0, across], [0, 1, down]], np.float64), (128, 128), borderMode=cv2.BORDER_REFLECT)
            noisy = moved + random.normal(0, 1.5, moved.shape)  # the sensor's
            pairs[row, column] = np.clip(np.rint(noisy), 0, 255)[32:96, 32:96]
    return flow(pairs, FlowParams())


def test_a_still_print_is_judged_still_and_a_moving_head_is_not() -> None:
    """The threshold lies between sensor noise and motion, as that of the training clips does."""
    print_on_a_stand = motion(filmed([(0, 0)] * 6), 20)
    live = [motion(filmed([(s * x, s * y) for x, y in [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, 1)]]), 20) for s in (0.7, 1.0, 1.5)]
    threshold = float(np.percentile(live, 1))
    assert still(print_on_a_stand, threshold)
    assert not any(still(value, 0.99 * threshold) for value in live)
    assert print_on_a_stand < 0.3 * threshold


def simulated(label: str, person: int, support: str = "") -> list[Clip]:
    """The simulated Replay-Attack's live clips of a person, or a person's print on a stand or in a hand, with the flow of their faces
    as the stages compute it; the landmarks are those that the simulation knows."""
    found = []
    for one in captures(SIMULATED):
        what = (one.dataset, one.label, one.person, one.support, one.planted)
        if what == ("sim_replay_attack", label, person, support, "") and one.instrument in ("", "print"):
            images, landmarks = list(frames(SIMULATED, one)), plan(SIMULATED, one).landmarks()
            starts = pair_starts(len(images), 4, GAP)
            pairs = np.stack([[align(images[n], landmarks[start], 64, True) for n in (start, start + GAP)] for start in starts])
            maps = {"flow": flow(pairs, FlowParams()).astype(np.float16), "frame": np.array(starts, np.int32)}
            found.append(Clip(one.dataset, one.clip, label, support=support, features={"flow": maps}))
    return found


def test_a_simulated_print_on_a_stand_is_judged_still_and_one_in_a_hand_is_not() -> None:
    """The threshold is that of a live person's clips; the prints are of two other people."""
    params = AdversarialFlowParams()
    live, fixed, hand = simulated("live", 17), simulated("attack", 18, "fixed"), simulated("attack", 20, "hand")
    assert (len(live), len(fixed), len(hand)) == (2, 1, 1)
    least = calibrated(live, params).motion
    judged = {clip.support: still(motion(maps_of(clip, params)[1], params.motion_pairs), least) for clip in (*fixed, *hand)}
    assert judged == {"fixed": True, "hand": False}


@given(count=st.integers(2, 12), pairs=st.integers(1, 30), seed=st.integers(0, 99))
def test_it_is_a_mean_difference(count: int, pairs: int, seed: int) -> None:
    maps = np.random.default_rng(seed).normal(size=(count, 2, 5, 4)).astype(np.float32)
    value = motion(maps, pairs)
    differences = [np.abs(maps[i] - maps[j]).mean() for i in range(count) for j in range(i)]
    assert min(differences) - 1e-6 <= value <= max(differences) + 1e-6
    assert value == motion(maps, pairs)
    assert motion(maps + 3, pairs) == pytest.approx(value, abs=1e-5)  # a motion that all pairs share is none of the kind
    if pairs >= count * (count - 1) // 2:
        assert value == pytest.approx(np.mean(differences), rel=1e-5)


def test_a_single_map_is_not_judged() -> None:
    value = motion(np.ones((1, 2, 4, 4), np.float16), 20)
    assert np.isnan(value)
    assert not still(value, 1.0)
