import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fas.clips import Clip
from fas.errors import UserError
from fas.sampling import EXTRA, ArrayCache, GroupSampler, by_label, generator, read_arrays, seed_of, with_extra


def clip(name: str, label: str = "live", **arrays: np.ndarray) -> Clip:
    return Clip("set", name, label, features={"frames": arrays} if arrays else {})


def test_seeds_are_stable_and_tell_every_part_apart() -> None:
    assert seed_of("draw", 1, 2) == seed_of("draw", 1, 2)
    assert len({seed_of("draw", 1, 2), seed_of("draw", 12), seed_of("draw", 2, 1), seed_of("order", 1, 2), seed_of("draw", "1", 2)}) == 5
    assert seed_of("a") == 5414595194997740005
    assert 0 <= seed_of("x", 3) < 2**63


def test_every_member_comes_once_per_round() -> None:
    sampler = GroupSampler({"live": range(5)}, {"live": 2}, seed=3)
    members = [draw.member for step in range(10) for draw in sampler.draw(step)]
    rounds = [members[start : start + 5] for start in range(0, 20, 5)]
    assert all(sorted(turn) == [0, 1, 2, 3, 4] for turn in rounds)
    assert len({tuple(turn) for turn in rounds}) > 1


def test_a_step_does_not_depend_on_what_was_drawn_before() -> None:
    groups, counts = {"live": range(7), "attack": range(100, 111)}, {"live": 3, "attack": 3}
    walked = GroupSampler(groups, counts, seed=5)
    for step in range(9):
        walked.draw(step)
    fresh = GroupSampler(groups, counts, seed=5)

    def seen(sampler: GroupSampler[int]) -> list[tuple[str, int, float]]:
        return [(draw.group, draw.member, draw.random.random()) for draw in sampler.draw(9)]

    assert seen(walked) == seen(fresh)
    assert seen(GroupSampler(groups, counts, seed=6)) != seen(fresh)


def test_any_contiguous_half_is_balanced() -> None:
    draws = GroupSampler({"live": range(3), "attack": range(50)}, {"live": 4, "attack": 4}, seed=0).draw(2)
    for half in (draws[:4], draws[4:]):
        assert sorted(draw.group for draw in half) == ["attack", "attack", "live", "live"]


def test_unequal_counts_are_drawn_in_full() -> None:
    draws = GroupSampler({"labelled": range(3), "unlabelled": range(9)}, {"labelled": 1, "unlabelled": 7}, seed=0).draw(0)
    assert [draw.group for draw in draws].count("unlabelled") == 7
    assert len(draws) == 8


@given(
    st.lists(st.tuples(st.integers(1, 8), st.integers(1, 30), st.integers(1, 30)), min_size=1, max_size=5),
    st.integers(1, 200),
    st.integers(0, 9),
)
def test_half_of_the_live_faces_of_every_batch_are_additional_ones(domains: list[tuple[int, int, int]], extra: int, step: int) -> None:
    """live:attack stays 1:1 and original:additional is 1:1, domain by domain, however many clips of each there are."""
    counts: dict[str, int] = {}
    groups: dict[str, list[str]] = {EXTRA: [f"extra {index}" for index in range(extra)]}
    for number, (half, live, attack) in enumerate(domains):
        counts |= {f"live {number}": 2 * half, f"attack {number}": 2 * half}
        groups |= {f"live {number}": ["l"] * live, f"attack {number}": ["a"] * attack}
    mixed = with_extra(counts, [name for name in counts if name.startswith("live")], "here")
    assert sum(mixed.values()) == sum(counts.values())
    drawn = [draw.group for draw in GroupSampler(groups, mixed, seed=0).draw(step)]
    attacks, added = sum(name.startswith("attack") for name in drawn), drawn.count(EXTRA)
    assert len(drawn) == 2 * attacks == 4 * added
    for number, (half, *_) in enumerate(domains):
        assert drawn.count(f"live {number}") == half


def test_an_odd_number_of_live_faces_cannot_be_halved() -> None:
    with pytest.raises(UserError, match=r"^ssan: with extra_live .* \(live O: 3\)$"):
        with_extra({"live M": 2, "live O": 3, "attack": 5}, ["live M", "live O"], "ssan")


def test_classes_do_not_depend_on_the_order_given() -> None:
    clips = [clip("b"), clip("a"), clip("c", "attack")]
    assert by_label(clips, "lgsc") == by_label(clips[::-1], "lgsc")
    assert [member.clip for member in by_label(clips, "lgsc")["live"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("clips", "missing"), [([clip("a")], "attack missing"), ([clip("a", "attack")], "live missing"), ([], "live and attack missing")]
)
def test_one_class_is_told_in_one_line(clips: list[Clip], missing: str) -> None:
    with pytest.raises(UserError, match=missing) as error:
        by_label(clips, "lgsc")
    assert "\n" not in str(error.value)


def test_cache_holds_no_more_than_its_limit() -> None:
    cache = ArrayCache("frames", ["native"], limit=250)
    clips = [clip(str(index), native=np.full(100, index, np.uint8)) for index in range(5)]
    for member in (*clips, *clips[::-1]):
        assert cache.read(member)["native"][0] == int(member.clip)
        assert sum(arrays["native"].nbytes for arrays in cache._held.values()) <= 250
    assert cache.read(clips[0])["native"] is cache.read(clips[0])["native"]


def test_missing_array_is_told() -> None:
    with pytest.raises(UserError, match="set a: feature 'frames' was computed without native"):
        read_arrays(clip("a", frame=np.zeros(1)), "frames", ["native", "frame"])


def test_generators_of_one_seed_agree() -> None:
    assert generator("x", 1).random() == generator("x", 1).random() != generator("x", 2).random()
