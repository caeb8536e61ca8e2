import numpy as np
import pytest

from fas.faces.boxes import place, shift, square, suppress


def random_boxes(seed: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 60, (count, 2))
    return np.concatenate([corner, corner + rng.uniform(5, 40, (count, 2))], axis=1), rng.permutation(count) / count


def overlap(a: np.ndarray, b: np.ndarray, over: str) -> float:
    shared = np.prod(np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0))
    areas = np.prod(a[2:] - a[:2]), np.prod(b[2:] - b[:2])
    return shared / (sum(areas) - shared if over == "union" else min(areas))


@pytest.mark.parametrize("over", ["union", "smaller"])
@pytest.mark.parametrize("count", [1, 2, 40, 700])
def test_a_box_is_kept_exactly_if_no_better_one_overlaps_it(count: int, over) -> None:
    boxes, scores = random_boxes(count, count)
    kept = suppress(boxes, scores, 0.5, over)
    assert np.all(np.diff(scores[kept]) < 0)
    for index in range(min(count, 60)):
        better = [other for other in range(count) if scores[other] > scores[index]]
        alone = all(overlap(boxes[index], boxes[other], over) <= 0.5 for other in better)
        assert (index in kept) == alone


def test_a_suppressed_box_still_suppresses() -> None:
    chain = np.array([[0, 0, 10, 10], [3, 0, 13, 10], [6, 0, 16, 10]], float)  # neighbours overlap by more than half, the ends do not
    assert suppress(chain, np.array([0.9, 0.8, 0.7]), 0.5).tolist() == [0]
    assert suppress(chain[[0, 2]], np.array([0.9, 0.7]), 0.5).tolist() == [0, 1]


def test_nothing_to_suppress() -> None:
    assert suppress(np.empty((0, 4)), np.empty(0), 0.5).size == 0


def test_square_keeps_centre_and_longer_side() -> None:
    boxes, _ = random_boxes(3, 50)
    squares = square(boxes)
    assert np.allclose(squares[:, :2] + squares[:, 2:], boxes[:, :2] + boxes[:, 2:])
    sides = squares[:, 2:] - squares[:, :2]
    assert np.allclose(sides, (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True))


def test_offsets_and_landmarks_are_in_units_of_the_box() -> None:
    box = np.array([[10.0, 20.0, 29.0, 59.0]])  # 20 x 40 pixels, counted inclusively
    assert shift(box, np.array([[0.1, -0.1, 0.0, 0.5]])).tolist() == [[12, 16, 29, 79]]
    landmarks = np.array([[0, 0.5, 1, 0, 0, 0, 0, 0, 0.25, 1]])
    assert place(box, landmarks)[0].tolist() == [[9, 19], [19, 19], [29, 19], [9, 29], [9, 59]]
