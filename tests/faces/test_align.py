import numpy as np
import pytest

from fas.faces.align import TEMPLATE, align, native_crops, similarity, whole_picture
from fas.faces.params import NativeParams


def apply(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ matrix[:, :2].T + matrix[:, 2]


def turn(angle: float, scale: float) -> np.ndarray:
    return scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])


@pytest.mark.parametrize(("angle", "scale"), [(0.0, 1.0), (0.4, 3.0), (-2.0, 0.2)])
def test_a_similarity_is_recovered_exactly(angle: float, scale: float) -> None:
    source = TEMPLATE @ turn(angle, scale).T + [13, -7]
    matrix = similarity(source, TEMPLATE * 128)
    assert np.allclose(apply(matrix, source), TEMPLATE * 128)


def test_the_similarity_is_the_least_squares_one() -> None:
    rng = np.random.default_rng(1)
    source = TEMPLATE * 90 + rng.normal(0, 4, (5, 2))
    matrix = similarity(source, TEMPLATE * 128)
    best = np.sum((apply(matrix, source) - TEMPLATE * 128) ** 2)
    for _ in range(50):
        nearby = matrix.copy()
        rotation, move = turn(rng.normal(0, 1e-3), 1 + rng.normal(0, 1e-3)), rng.normal(0, 0.05, 2)
        nearby = np.concatenate([rotation @ matrix[:, :2], (matrix[:, 2] + move)[:, None]], axis=1)
        assert np.sum((apply(nearby, source) - TEMPLATE * 128) ** 2) >= best


def test_coinciding_landmarks_are_an_error() -> None:
    with pytest.raises(ValueError, match="coincide"):
        similarity(np.ones((5, 2)), TEMPLATE)


@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize(("angle", "scale"), [(0.0, 110.0), (0.3, 300.0), (-0.2, 600.0)])
def test_landmarks_land_on_the_template(angle: float, scale: float, antialias: bool) -> None:
    """A smooth blob painted on each landmark of a face of any size is found at the template's place."""
    landmarks = (TEMPLATE - 0.5) @ turn(angle, scale).T + [330, 310]
    y, x = np.mgrid[:640, :660]
    size = 128
    for point, expected in zip(landmarks, TEMPLATE * size, strict=True):
        blob = 250 * np.exp(-((x - point[0]) ** 2 + (y - point[1]) ** 2) / (2 * (0.03 * scale) ** 2))
        face = align(np.repeat(blob[..., None], 3, axis=2).astype(np.uint8), landmarks, size, antialias)[..., 0].astype(float)
        rows, columns = np.mgrid[:size, :size]
        found = np.array([(columns * face).sum(), (rows * face).sum()]) / face.sum()
        assert np.abs(found - expected).max() < 0.15


def test_antialiasing_averages_fine_structure_away() -> None:
    stripes = np.zeros((640, 640, 3), np.uint8)
    stripes[:, ::2] = 255
    landmarks = TEMPLATE * 550 + [42.3, 45.7]
    assert align(stripes, landmarks, 128, antialias=True).std() < 0.2 * align(stripes, landmarks, 128, antialias=False).std()


def test_the_border_is_replicated() -> None:
    image = np.full((60, 60, 3), (10, 120, 240), np.uint8)
    face = align(image, TEMPLATE * 60 + [25, -30], 96)
    assert np.all(face == (10, 120, 240))


def test_a_whole_picture_fills_the_aligned_face() -> None:
    image = np.random.default_rng(2).integers(0, 255, (96, 96, 3), np.uint8)
    box, landmarks = whole_picture(96, 96)
    assert box.tolist() == [0, 0, 96, 96]
    assert np.array_equal(align(image, landmarks, 96), image)
    _, wide = whole_picture(50, 100)
    assert np.allclose(wide, TEMPLATE * 100 + [0, -25])


def test_native_crops_are_unresampled_pixels_of_one_size() -> None:
    y, x = np.mgrid[:200, :300]
    image = np.stack([x % 256, y, x // 256], axis=2).astype(np.uint8)
    boxes = np.array([[100.2, 50.1, 140.6, 99.0], [5.0, 6.0, 35.0, 40.0]])
    crops = native_crops([image, image], boxes, NativeParams(margin=2.0, min_size=16))
    assert crops.shape == (2, 98, 98, 3)
    assert np.array_equal(crops[0], image[26:124, 71:169])  # centred on (120.4, 74.55)
    assert np.all(crops[1, :20, :20] == image[0, 0])  # the border is replicated
    assert native_crops([image], boxes[1:], NativeParams(min_size=150)).shape == (1, 150, 150, 3)
