"""What a training step sees: seeds and draws that are pure functions of (seed, step), and a bounded cache of clip arrays.

Nothing here remembers how far a training has come, so a resumed one draws what an uninterrupted one would have drawn.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, zip_longest
from threading import Lock
from typing import Generic, TypeVar

import numpy as np

from fas.clips import Clip
from fas.errors import UserError
from fas.faces.sampling import uniform
from fas.files import digest_value

T = TypeVar("T")
EXTRA = "extra"  # the group of additional live faces


def seed_of(*parts: int | str) -> int:
    """A 63-bit seed that depends on `parts` only, equal on every machine (Python's hash() is not)."""
    return int(digest_value(list(parts))[:16], 16) >> 1


def generator(*parts: int | str) -> np.random.Generator:
    """A numpy generator that depends on `parts` only."""
    return np.random.Generator(np.random.PCG64(seed_of(*parts)))


def by_label(clips: Sequence[Clip], where: str) -> dict[str, list[Clip]]:
    """The clips of both labels, `live` and `attack`, each in the order of (dataset, clip) whatever the order given.

    Raises:
        UserError: a class without clips; `where` names the training.
    """
    ordered = sorted(clips, key=lambda clip: (clip.dataset, clip.clip))
    classes = {label: [clip for clip in ordered if clip.label == label] for label in ("live", "attack")}
    empty = [label for label, members in classes.items() if not members]
    if empty:
        counts = ", ".join(f"{len(members)} {label}" for label, members in classes.items())
        raise UserError(f"{where}: the training clips need both classes, {' and '.join(empty)} missing (usable clips: {counts})")
    return classes


@dataclass(frozen=True)
class Draw(Generic[T]):
    """One draw of a step: a member of a group, and a generator of its own for frames, crops and flips."""

    group: str
    member: T
    random: np.random.Generator


class GroupSampler(Generic[T]):
    """Draws a fixed number of members per group at every step (live and attack 1:1, say, or one count per domain).

    Each group is walked through in shuffled rounds: every member comes once before any comes again.
    """

    def __init__(self, groups: Mapping[str, Sequence[T]], counts: Mapping[str, int], seed: int) -> None:
        self.groups = groups
        self.counts = counts
        self.seed = seed
        self._order = lru_cache(maxsize=4 * len(groups))(self._shuffled)

    def draw(self, step: int) -> list[Draw[T]]:
        """The draws of `step`, groups interleaved, so that any contiguous share of a batch holds all of them."""
        groups = [self._members(name, step) for name in self.groups]
        return [draw for draw in chain.from_iterable(zip_longest(*groups)) if draw is not None]

    def _members(self, group: str, step: int) -> Iterator[Draw[T]]:
        members, count = self.groups[group], self.counts[group]
        for slot in range(count):
            turn, position = divmod(step * count + slot, len(members))
            member = members[self._order(group, turn)[position]]
            yield Draw(group, member, generator("draw", self.seed, group, step, slot))

    def _shuffled(self, group: str, turn: int) -> np.ndarray:
        return generator("order", self.seed, group, turn).permutation(len(self.groups[group]))


def with_extra(counts: Mapping[str, int], live: Collection[str], where: str) -> dict[str, int]:
    """How many draws of each group a batch has when half of its live faces are additional ones (paper 001, Table 3).

    Every group of `live` gives half of its draws to a new group, `extra`: live and attack keep their ratio, and original and additional
    live faces are 1:1 in every batch, however many of either there are.

    Raises:
        UserError: a group of `live` with an odd number of draws; `where` names the training.
    """
    odd = [name for name in live if counts[name] % 2]
    if odd:
        raise UserError(f"{where}: with extra_live a batch needs an even number of live faces of each domain ({odd[0]}: {counts[odd[0]]})")
    halved = {name: count // 2 if name in live else count for name, count in counts.items()}
    return {**halved, EXTRA: sum(counts[name] // 2 for name in live)}


class ArrayCache:
    """Arrays of clips' features, kept in memory up to `limit` bytes; the longest unused go first. Safe between threads."""

    def __init__(self, feature: str, names: Sequence[str], limit: int = 1 << 30) -> None:
        self.feature = feature
        self.names = tuple(names)
        self.limit = limit
        self._held: OrderedDict[tuple[str, str], dict[str, np.ndarray]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def read(self, clip: Clip) -> dict[str, np.ndarray]:
        """The named arrays of a clip's feature.

        Raises:
            UserError: the feature was computed without one of them.
        """
        key = (clip.dataset, clip.clip)
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        arrays = read_arrays(clip, self.feature, self.names)
        with self._lock:
            self._keep(key, arrays)
        return arrays

    def _keep(self, key: tuple[str, str], arrays: dict[str, np.ndarray]) -> None:
        if key in self._held:
            return
        self._held[key] = arrays
        self._bytes += _size(arrays)
        while self._bytes > self.limit:
            self._bytes -= _size(self._held.popitem(last=False)[1])


def read_arrays(clip: Clip, feature: str, names: Sequence[str]) -> dict[str, np.ndarray]:
    """The named arrays of a clip's feature.

    Raises:
        UserError: the feature was computed without one of them.
    """
    arrays = clip.read(feature)
    missing = [name for name in names if name not in arrays]
    if missing:
        raise _without(clip, feature, missing)
    return {name: arrays[name] for name in names}


def frames_of(clips: Sequence[Clip], feature: str, name: str) -> int:
    """How many frames the clips have together: the length of the array `name` of each, which is not read.

    Raises:
        UserError: the feature was computed without it.
    """
    total = 0
    for clip in clips:
        try:
            total += clip.shape(feature, name)[0]
        except KeyError:
            raise _without(clip, feature, [name]) from None
    return total


def _without(clip: Clip, feature: str, names: Sequence[str]) -> UserError:
    return UserError(f"{clip.dataset} {clip.clip}: feature '{feature}' was computed without {', '.join(names)}")


def _size(arrays: Mapping[str, np.ndarray]) -> int:
    return sum(array.nbytes for array in arrays.values())


def evenly(count: int, wanted: int) -> np.ndarray:
    """Indices of `wanted` of `count` frames, spread evenly over the clip; all of them for 0 or when there are fewer."""
    return np.array(uniform(count, wanted or count), dtype=np.int64)
