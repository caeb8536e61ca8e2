from hypothesis import given
from hypothesis import strategies as st

from fas.clips import Clip
from fas.domains.epochs import EpochParams


@given(st.integers(1, 500), st.integers(1, 100))
def test_an_epoch_sees_as_many_faces_as_there_are_clips(count: int, batch: int) -> None:
    clips = [Clip("set", str(number)) for number in range(count)]
    steps = EpochParams().epoch(clips, batch)
    assert steps >= 1
    assert steps == 1 or abs(steps * batch - count) <= batch / 2


def test_the_steps_of_an_epoch_can_be_given() -> None:
    assert EpochParams(steps_per_epoch=7).epoch([Clip("set", "a")], 3) == 7
