import numpy as np
import pytest

from fas.methods.pseudo_negative.images import normalised, scoring_image, training_image
from fas.methods.pseudo_negative.params import PseudoNegativeParams

FACE = np.random.default_rng(0).integers(0, 256, (40, 44, 3), dtype=np.uint8)
PLAIN = {"flip": 0.0, "brightness": 0.0, "contrast": 0.0}


def test_images_are_normalised_as_imagenet_s_are() -> None:
    black, white = (scoring_image(np.full((8, 8, 3), value, np.uint8), PseudoNegativeParams(size=63)) for value in (0, 255))
    assert black.shape == (3, 63, 63)
    assert black.dtype == np.float32
    assert black[:, 0, 0].tolist() == pytest.approx([-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225])
    assert (white - black)[:, 9, 9].tolist() == pytest.approx([1 / 0.229, 1 / 0.224, 1 / 0.225])


def test_without_augmentation_training_sees_what_scoring_sees() -> None:
    params = PseudoNegativeParams(size=64, crop=1.0, **PLAIN)
    np.testing.assert_allclose(training_image(FACE, params, np.random.default_rng(1)), scoring_image(FACE, params), atol=1e-5)


def test_scoring_takes_the_middle_and_training_a_part_of_the_face() -> None:
    params = PseudoNegativeParams(size=80, crop=0.5, **PLAIN)
    face = np.zeros((160, 160, 3), np.uint8)
    face[40:120, 40:120] = 255
    assert np.array_equal(scoring_image(face, params), normalised(np.ones((80, 80, 3), np.float32)))
    parts = [training_image(face, params, np.random.default_rng(seed)) for seed in range(8)]
    assert len({part.tobytes() for part in parts}) == 8


def test_a_flip_mirrors() -> None:
    params = PseudoNegativeParams(size=64, **PLAIN | {"flip": 1.0})
    np.testing.assert_allclose(training_image(FACE, params, np.random.default_rng(1)), scoring_image(FACE, params)[:, :, ::-1], atol=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_recoloured_images_stay_in_range(seed: int) -> None:
    params = PseudoNegativeParams(size=64, brightness=0.5, contrast=0.5)
    low, high = normalised(np.zeros((1, 1, 3), np.float32)), normalised(np.ones((1, 1, 3), np.float32))
    image = training_image(FACE, params, np.random.default_rng(seed))
    assert ((image >= low - 1e-6) & (image <= high + 1e-6)).all()
