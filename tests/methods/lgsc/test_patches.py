import numpy as np
import pytest

from fas.clips import Clip
from fas.errors import UserError
from fas.methods.lgsc.params import LgscParams
from fas.methods.lgsc.patches import augmented, covering, face_crops, normalised, random_patch, scoring_patches, training_patch

PLAIN = LgscParams(patch=32, flip=0.0, brightness=0.0, contrast=0.0, saturation=0.0)


def picture(height: int = 50, width: int = 60) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def occurs(patch: np.ndarray, image: np.ndarray) -> bool:
    windows = np.lib.stride_tricks.sliding_window_view(image, patch.shape)
    return bool((windows == patch).all(axis=(-1, -2, -3)).any())


def test_random_patches_are_unresampled_and_inside() -> None:
    image = picture()
    random = np.random.default_rng(1)
    patches = [random_patch(image, PLAIN, random) for _ in range(10)]
    assert all(occurs(patch, image) for patch in patches)
    assert len({patch.tobytes() for patch in patches}) > 5


def test_same_generator_same_patch() -> None:
    params = LgscParams(patch=32)
    first, second = (training_patch(picture(), params, np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.shape == (3, 32, 32)
    assert first.dtype == np.float32
    assert np.abs(first).max() <= 1


@pytest.mark.parametrize(("height", "width"), [(20, 60), (5, 7), (32, 31), (40, 40)])
def test_small_crops_are_mirrored_up_to_the_patch(height: int, width: int) -> None:
    image = picture(height, width)
    covered = covering(image, 32)
    assert covered.shape[:2] == (max(32, height), max(32, width))
    assert occurs(image, covered)


@pytest.mark.parametrize(
    ("height", "width", "override", "allowed"),
    [
        (31, 60, {}, False),
        (60, 31, {}, False),
        (32, 32, {}, True),
        (31, 31, {"small_faces": "mirror"}, True),
        (31, 31, {"input": "resized"}, True),
    ],
)
def test_patches_larger_than_the_face_are_one_line_unless_mirrored_or_resized(
    height: int, width: int, override: dict[str, str], allowed: bool
) -> None:
    arrays = {"native": np.zeros((2, height, width, 3), np.uint8)}
    params = LgscParams.model_validate({**PLAIN.model_dump(), **override})
    if allowed:
        assert face_crops(Clip("set", "x.mp4"), arrays, params) is arrays["native"]
        return
    with pytest.raises(UserError, match=f"set x.mp4: its face crops are {width} x {height} pixels, lgsc.patch is 32: ") as error:
        face_crops(Clip("set", "x.mp4"), arrays, params)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("grid", [1, 2, 3])
def test_grid_is_fixed_and_reaches_the_corners(grid: int) -> None:
    image = picture()
    params = PLAIN.model_copy(update={"grid": grid})
    patches = scoring_patches(image, params)
    assert patches.shape == (grid * grid, 3, 32, 32)
    assert np.array_equal(patches, scoring_patches(image, params))
    if grid > 1:
        assert np.array_equal(patches[0], normalised(image[:32, :32]))
        assert np.array_equal(patches[-1], normalised(image[-32:, -32:]))


def test_equal_positions_are_scored_once() -> None:
    assert len(scoring_patches(picture(32, 60), PLAIN)) == 2
    assert len(scoring_patches(picture(10, 10), PLAIN)) == 1


def test_resized_input_sees_the_whole_crop() -> None:
    params = PLAIN.model_copy(update={"input": "resized"})
    flat = np.full((50, 60, 3), 100, np.uint8)
    assert np.allclose(scoring_patches(flat, params), 100 / 127.5 - 1)
    assert training_patch(flat, params, np.random.default_rng(0)).shape == (3, 32, 32)


def test_normalisation_is_linear_to_plus_minus_one() -> None:
    assert np.array_equal(np.unique(normalised(np.array([[[0, 0, 0]], [[255, 255, 255]]], np.uint8))), [-1, 1])


def test_augmentation_of_no_strength_changes_nothing() -> None:
    assert np.allclose(augmented(picture(), PLAIN, np.random.default_rng(0)), picture(), atol=1e-3)


def test_flip_mirrors_columns() -> None:
    params = PLAIN.model_copy(update={"flip": 1.0})
    assert np.allclose(augmented(picture(), params, np.random.default_rng(0)), picture()[:, ::-1], atol=1e-3)


def test_no_saturation_left_is_grey() -> None:
    class Least:
        def random(self) -> float:
            return 1.0

        def uniform(self, low: float, high: float, size: int) -> np.ndarray:
            return np.full(size, low)

    params = PLAIN.model_copy(update={"saturation": 1.0})
    grey = augmented(picture(), params, Least())  # type: ignore[arg-type]
    assert np.allclose(grey, grey[..., :1], atol=1e-3)
