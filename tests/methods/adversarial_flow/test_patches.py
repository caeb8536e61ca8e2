import numpy as np
import pytest

from fas.clips import Clip
from fas.errors import UserError
from fas.features.flow_colour import colour
from fas.methods.adversarial_flow.params import AdversarialFlowParams
from fas.methods.adversarial_flow.patches import all_patches, images, maps_of, normalised, one_patch, training_scale, windows

FLOW = AdversarialFlowParams(stride=16)
OWN = AdversarialFlowParams(stride=16, scale="frame")
FACES = AdversarialFlowParams(stride=16, input="appearance")
RANDOM = np.random.default_rng(0)
MAPS = RANDOM.normal(size=(3, 2, 64, 48)).astype(np.float16)
PICTURES = RANDOM.integers(0, 256, (3, 64, 48, 3), dtype=np.uint8)
CASES = [(FLOW, MAPS), (OWN, MAPS), (FACES, PICTURES)]
NAMES = ["flow", "own scale", "appearance"]


def test_windows_slide_over_the_whole_map() -> None:
    assert windows((64, 48), 16) == [(y, x) for y in (0, 16, 32) for x in (0, 16)]
    assert windows((96, 96), 32) == [(y, x) for y in (0, 32, 64) for x in (0, 32, 64)]
    assert windows((33, 32), 32) == [(0, 0)]


def test_a_map_smaller_than_a_window_is_told_in_one_line() -> None:
    with pytest.raises(UserError, match="maps of 40 x 31 pixels are smaller than a window of 32"):
        windows((31, 40), 32)


@pytest.mark.parametrize(("params", "maps"), CASES, ids=NAMES)
def test_patches_are_cuts_of_the_pictures(params: AdversarialFlowParams, maps: np.ndarray) -> None:
    found = all_patches(maps, params, 1.5)
    assert found.shape == (3, 6, 3, 32, 32)
    assert found.dtype == np.float32
    assert found.min() >= -1
    assert found.max() <= 1
    whole = normalised(images(maps, params, 1.5))
    np.testing.assert_array_equal(found[1, 3], whole[1, :, 16:48, 16:48])


@pytest.mark.parametrize(("params", "maps"), CASES, ids=NAMES)
def test_a_drawn_patch_is_one_of_all(params: AdversarialFlowParams, maps: np.ndarray) -> None:
    every = all_patches(maps, params, 1.5).reshape(-1, 3, 32, 32)
    for seed in range(10):
        drawn = one_patch(maps, params, 1.5, np.random.default_rng(seed))
        assert (every == drawn).all(axis=(1, 2, 3)).any()


def test_flow_is_coloured_with_the_scale_and_white_is_one() -> None:
    np.testing.assert_array_equal(images(MAPS, FLOW, 2.0), colour(MAPS, 2.0))
    assert (all_patches(np.zeros_like(MAPS), FLOW, 2.0) == 1).all()


def test_the_training_scale_is_the_percentile_of_the_length() -> None:
    maps = [RANDOM.normal(size=(4, 2, 40, 40)) for _ in range(3)]
    lengths = np.concatenate([np.hypot(one[:, 0], one[:, 1]).ravel() for one in maps])
    for percentile in (50, 99):
        assert training_scale(iter(maps), percentile) == pytest.approx(np.percentile(lengths, percentile), abs=2e-3)


def test_training_clips_in_which_nothing_moves_are_told() -> None:
    with pytest.raises(UserError, match="nothing moves in the live training clips"):
        training_scale([np.zeros((2, 2, 32, 32))], 99)


def test_a_feature_without_the_maps_is_told() -> None:
    clip = Clip("set", "a", features={"frames": {"frame": np.arange(2)}})
    with pytest.raises(UserError, match="set a: feature 'frames' was computed without aligned"):
        maps_of(clip, FACES)
