import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fas.domains.views import View
from fas.methods.safas.augment import augmented, cropped, middle, random_box, two_views
from fas.methods.safas.params import AugmentParams

STILL = AugmentParams(least_area=1.0, aspect=1.0, rotation=0.0)


def view(side: int = 16, cue: int = 8) -> View:
    random = np.random.default_rng(0)
    return View(random.random((3, side, side), np.float32), random.random((3, cue, cue), np.float32))


@given(st.integers(0, 10**6), st.floats(0.05, 1.0), st.floats(1.0, 2.0))
def test_a_random_box_lies_inside_and_has_the_area_asked_for(seed: int, least: float, aspect: float) -> None:
    params = AugmentParams(least_area=least, aspect=aspect)
    top, left, height, width = random_box(params, np.random.default_rng(seed))
    assert 0 <= top <= top + height <= 1 + 1e-9
    assert 0 <= left <= left + width <= 1 + 1e-9
    assert least - 1e-9 <= height * width <= 1 + 1e-9
    assert 1 / aspect - 1e-9 <= width / height <= aspect + 1e-9


def test_what_is_not_moved_is_as_it_was() -> None:
    seen = augmented(view(), STILL, 0.0, np.random.default_rng(0))
    assert np.array_equal(seen.image, view().image)
    assert seen.cue is not None
    assert np.array_equal(seen.cue, view().cue)


def test_a_mirrored_view_is_mirrored_with_its_cue() -> None:
    seen = augmented(view(), STILL, 1.0, np.random.default_rng(0))
    assert np.array_equal(seen.image, view().image[:, :, ::-1])
    assert view().cue is not None
    assert seen.cue is not None
    assert np.array_equal(seen.cue, view().cue[:, :, ::-1])  # type: ignore[index]


def test_image_and_cue_move_together() -> None:
    """A cue that is the image stays the image, whatever is done to both."""
    image = view().image
    for seed in range(8):
        seen = augmented(View(image, image), AugmentParams(), 0.5, np.random.default_rng(seed))
        assert seen.cue is not None
        assert np.array_equal(seen.image, seen.cue)


def test_two_views_differ_and_are_a_function_of_the_generator() -> None:
    one, again = (two_views(view(), AugmentParams(), 0.5, np.random.default_rng(4)) for _ in range(2))
    assert one.image.shape == (2, 3, 16, 16)
    assert one.cue is not None
    assert one.cue.shape == (2, 3, 8, 8)
    assert np.array_equal(one.image, again.image)
    assert not np.array_equal(one.image[0], one.image[1])
    assert two_views(View(view().image, None), STILL, 0.0, np.random.default_rng(0)).cue is None


def test_a_crop_enlarges_what_is_inside() -> None:
    image = torch.zeros(1, 3, 32, 32)
    image[..., 8:24, 8:24] = 1
    assert cropped(image, middle(0.25)).min() > 0.99
    assert torch.equal(cropped(image, middle(1.0)), image)
    assert math.isclose(float(cropped(image, middle(0.5)).mean()), 0.5, abs_tol=0.06)


def test_areas_are_in_order() -> None:
    with pytest.raises(ValueError, match=r"least_area: 0\.6 is more than most_area, 0\.5"):
        AugmentParams(least_area=0.6, most_area=0.5)
