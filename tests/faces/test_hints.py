import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fas.faces.hints import Hints

number = st.floats(-3000, 3000, width=32)


def hints(*boxes: tuple[float, ...], frames: tuple[int, ...] = (2, 5), unit: str = "pixel") -> Hints:
    return Hints(np.array(frames[: len(boxes)], np.int32), np.array(boxes, np.float32), unit)


def test_a_frame_has_its_own_box_or_none() -> None:
    two = hints((1, 2, 30, 40), (5, 6, 70, 80))
    assert two.at(2, 100, 200).tolist() == [1, 2, 30, 40]
    assert two.at(5, 100, 200).tolist() == [5, 6, 70, 80]
    assert [two.at(frame, 100, 200) for frame in (0, 3, 6)] == [None] * 3
    assert Hints(np.empty(0, np.int32), np.empty((0, 4), np.float32)).at(0, 10, 10) is None


def test_shares_grow_with_the_picture_and_what_is_outside_is_cut() -> None:
    shares = hints((-0.125, 0.25, 0.375, 1.5), unit="share")
    assert shares.at(2, 100, 200).tolist() == [0, 25, 75, 100]
    assert shares.at(2, 200, 400).tolist() == [0, 50, 150, 200]


def test_a_box_outside_of_the_frame_or_without_area_is_none() -> None:
    for box in ((300, 10, 400, 50), (10, -50, 40, -1), (10, 10, 10, 40), (40, 10, 10, 40), (np.nan, 1, 2, 3)):
        assert hints(box).at(2, 100, 200) is None


@given(st.tuples(number, number, number, number), st.integers(1, 2000), st.integers(1, 2000), st.sampled_from(["pixel", "share"]))
def test_a_box_has_an_area_inside_the_frame(box: tuple[float, ...], height: int, width: int, unit: str) -> None:
    got = hints(box, unit=unit).at(2, height, width)
    if got is not None:
        assert 0 <= got[0] < got[2] <= width
        assert 0 <= got[1] < got[3] <= height


def test_the_digest_is_that_of_the_content() -> None:
    same = [hints((1, 2, 30, 40)).digest(), Hints(np.array([2], np.int64), np.array([[1, 2, 30, 40]], np.float64)).digest()]
    others = [hints((1, 2, 30, 41)), hints((1, 2, 30, 40), frames=(3,)), hints((1, 2, 30, 40), unit="share")]
    assert same[0] == same[1]
    assert len({same[0], *(other.digest() for other in others)}) == 4
