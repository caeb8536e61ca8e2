from hypothesis import given
from hypothesis import strategies as st

from fas.faces.sampling import uniform
from fas.features.choice import embedded, reconstructed

COUNTS = st.integers(1, 60)
LIMITS = st.none() | st.integers(1, 12)


@given(COUNTS, LIMITS, LIMITS)
def test_what_is_reconstructed_has_an_identity_and_is_in_order(count: int, identity_frames: int | None, frames: int | None) -> None:
    known, places = embedded(count, identity_frames).tolist(), reconstructed(count, identity_frames, frames).tolist()
    assert set(places) <= set(known) <= set(range(count))
    assert places == sorted(set(places))
    assert len(known) == min(count, identity_frames or count)
    assert len(places) == min(len(known), frames or count)


@given(COUNTS, st.integers(1, 12))
def test_equal_limits_choose_what_a_method_without_a_cue_is_given(count: int, frames: int) -> None:
    assert reconstructed(count, frames, frames).tolist() == uniform(count, frames)
    assert reconstructed(count, None, frames).tolist() == uniform(count, frames)
