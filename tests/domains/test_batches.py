from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fas.clips import Clip
from fas.domains.batches import DomainBatches
from fas.domains.views import View
from fas.errors import UserError


def look(clip: Clip, random: np.random.Generator) -> View:
    return View(np.full((3, 2, 2), random.random(), np.float32), np.ones((3, 1, 1), np.float32) if clip.domain == "Q" else None)


def clips(counts: dict[str, tuple[int, int]]) -> list[Clip]:
    """So many live and attack clips of each domain."""
    return [
        Clip(f"set_{domain}", f"{label}{index}", label, domain=domain)
        for domain, pair in counts.items()
        for label, count in zip(("live", "attack"), pair, strict=True)
        for index in range(count)
    ]


counts = st.dictionaries(st.sampled_from("MCIO"), st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1)


@given(counts, st.integers(1, 5), st.integers(0, 100))
def test_every_batch_has_as_many_of_each_class_of_each_domain(given_counts: dict[str, tuple[int, int]], each: int, step: int) -> None:
    batches = DomainBatches(clips(given_counts), each, 3, look, "ssdg")
    batch = batches.batch(step)
    found = Counter(zip(batch["live"].tolist(), batch["domain"].tolist(), strict=True))
    assert batches.domains == sorted(given_counts)
    assert found == {(live, place): each for live in (True, False) for place in range(len(given_counts))}
    assert batches.warnings == []
    assert "cue" not in batch
    assert batch["image"].shape == (2 * each * len(given_counts), 3, 2, 2)


def test_batches_are_pure_and_every_clip_comes_once_before_any_comes_again() -> None:
    names: list[str] = []

    def note(clip: Clip, random: np.random.Generator) -> View:
        names.append(clip.clip)
        return look(clip, random)

    first, second = (DomainBatches(clips({"M": (6, 3)})[:: 1 - 2 * index], 3, 1, note, "ssdg") for index in range(2))
    images = [first.batch(step)["image"] for step in (0, 1)]
    assert Counter(names) == {**{f"live{index}": 1 for index in range(6)}, **{f"attack{index}": 2 for index in range(3)}}
    assert second.batch(1)["image"].equal(images[1])
    assert not images[0].equal(images[1])


@pytest.mark.parametrize(("pair", "missing"), [((0, 4), "live"), ((4, 0), "attack")])
def test_a_domain_without_a_class_is_one_warning(pair: tuple[int, int], missing: str) -> None:
    batches = DomainBatches(clips({"M": (3, 3), "C": pair}), 2, 0, look, "ssdg")
    (warning,) = batches.warnings
    assert warning == f"ssdg: domain C has no {missing} training clip: its batches are unbalanced"
    assert len(batches.batch(0)["live"]) == 6


def test_a_class_that_no_domain_has_is_told_in_one_line() -> None:
    with pytest.raises(UserError, match="ssdg: the training clips need both classes, attack missing") as error:
        DomainBatches(clips({"M": (3, 0)}), 2, 0, look, "ssdg")
    assert "\n" not in str(error.value)


def test_a_clip_without_a_domain_is_of_its_dataset() -> None:
    bare = [Clip("a", "1", "live"), Clip("b", "1", "attack")]
    assert DomainBatches(bare, 1, 0, look, "ssdg").domains == ["a", "b"]


def test_cues_come_with_the_images() -> None:
    assert DomainBatches(clips({"Q": (2, 2)}), 2, 0, look, "ssdg").batch(0)["cue"].shape == (4, 3, 1, 1)


def test_additional_live_faces_take_half_of_the_live_places() -> None:
    """Paper 001, table 3: live to attack and original to additional are both 1:1 in every batch."""
    extra = [Clip("faces", str(index), "live") for index in range(5)]
    batches = DomainBatches(clips({"M": (4, 4), "C": (4, 4)}), 4, 0, look, "ssdg", extra)
    batch = batches.batch(2)
    assert batches.domains == ["C", "M", "faces"]
    assert Counter(zip(batch["live"].tolist(), batch["domain"].tolist(), strict=True)) == {
        (True, 0): 2,
        (True, 1): 2,
        (True, 2): 4,
        (False, 0): 4,
        (False, 1): 4,
    }
