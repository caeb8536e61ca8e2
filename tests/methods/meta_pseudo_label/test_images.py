import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fas.methods.meta_pseudo_label.augment import OPERATIONS, strong
from fas.methods.meta_pseudo_label.images import corners, normalised, scoring_images, weak
from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams
from fas.sampling import generator

PARAMS = MetaPseudoLabelParams()
IMAGE = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)


@given(st.integers(0, 10_000))
def test_views_are_functions_of_their_generator(seed: int) -> None:
    for view in (weak, strong):
        first, second = (view(IMAGE, PARAMS, generator("view", seed)) for _ in range(2))
        assert first.shape == IMAGE.shape
        assert first.dtype == np.uint8
        np.testing.assert_array_equal(first, second)


def test_views_leave_torchs_generator_alone() -> None:
    before = torch.random.get_rng_state()
    for seed in range(30):
        strong(IMAGE, PARAMS, generator(seed))
    assert torch.random.get_rng_state().equal(before)


def test_nothing_to_change_changes_nothing() -> None:
    still = PARAMS.model_copy(update={"flip": 0.0, "shift": 0.0, "strong_operations": 0})
    np.testing.assert_array_equal(weak(IMAGE, still, generator(0)), IMAGE)
    np.testing.assert_array_equal(strong(IMAGE, still, generator(0)), IMAGE)


def test_a_weak_view_is_the_patch_shifted() -> None:
    params = PARAMS.model_copy(update={"flip": 0.0})
    inner = IMAGE[4:-4, 4:-4]
    for seed in range(20):
        view = weak(IMAGE, params, generator(seed))
        places = [(top, left) for top in range(9) for left in range(9) if (view[top : top + 24, left : left + 24] == inner).all()]
        assert len(places) == 1


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("magnitude", [-0.5, 0.5])
def test_every_operation_changes_a_picture_but_not_its_form(name: str, magnitude: float) -> None:
    dark = torch.from_numpy(IMAGE.transpose(2, 0, 1) // 2)
    changed = OPERATIONS[name](dark, magnitude)
    assert (changed.shape, changed.dtype) == (dark.shape, torch.uint8)
    assert changed.equal(dark) == (name in ("identity", "solarize"))  # half a picture is below the solarizing threshold


def test_magnitude_zero_is_no_change() -> None:
    image = torch.from_numpy(IMAGE.transpose(2, 0, 1).copy())
    for name in ("shear_x", "shear_y", "shift_x", "shift_y", "rotate", "brightness", "colour", "contrast", "sharpness", "posterize"):
        assert OPERATIONS[name](image, 0.0).equal(image), name


def test_all_operations_come_up() -> None:
    random = np.random.default_rng(1)
    assert set(random.choice(list(OPERATIONS), 500)) == set(OPERATIONS)


def test_nine_patches_score_a_face_of_the_paper() -> None:
    params = MetaPseudoLabelParams(patch=64)
    assert corners(256, 256, params) == [(top, left) for top in (0, 96, 192) for left in (0, 96, 192)]
    face = np.random.default_rng(2).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    images = scoring_images(face, params)
    assert images.shape == (9, 3, 64, 64)
    np.testing.assert_array_equal(images[4], normalised(face[96:160, 96:160]))
    assert scoring_images(face, params.model_copy(update={"score_input": "whole"})).shape == (1, 3, 256, 256)


def test_a_grid_of_one_is_the_middle_and_small_faces_have_fewer() -> None:
    assert corners(10, 14, MetaPseudoLabelParams(patch=8, grid=1)) == [(1, 3)]
    assert corners(8, 8, MetaPseudoLabelParams(patch=8, grid=3)) == [(0, 0)]


def test_normalised_range() -> None:
    assert normalised(np.array([[[0, 255, 51]]], np.uint8)).ravel().tolist() == pytest.approx([-1, 1, -0.6])
