"""The two pools of patches that a training knows: labelled ones, class-balanced, and unlabelled ones, drawn blind to labels.

A draw depends on the seed, the training clips' names, numbers of frames and faces' size, and the parameters `input`, `patch`, `stride`
and the pool's own size. So variants of a protocol and seed that agree in these see the same patches, and a smaller pool is the
beginning of a larger one.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from typing import NamedTuple

import numpy as np
import pandas as pd

from fas.clips import FRAMES, Clip
from fas.errors import UserError
from fas.methods.meta_pseudo_label.params import NAME, MetaPseudoLabelParams
from fas.sampling import by_label, generator, read_arrays

COLUMNS = ["pool", "dataset", "clip", "frame", "x", "y", "label", "subject"]
VIEW = "aligned"

Key = tuple[str, str]


class Place(NamedTuple):
    """Where a patch is: the clip, which of its frames, the left and upper edge in pixels."""

    clip: Clip
    nth: int
    x: int
    y: int


@dataclass(frozen=True)
class Labelled:
    """Patches (N,P,P,3) uint8 RGB with labels (N,) bool, live and attack in turn."""

    images: np.ndarray
    live: np.ndarray


class Pools:
    """Where the patches of both pools are; their pixels are read when they are asked for.

    `labelled` are live and attack patches in turn, live first. `unlabelled` are patches of clips that have lost their labels; only the
    RGB branch learns from them, so without it (`mode: none`) there are none.

    Raises:
        UserError: a class without clips, fewer patches than asked for, faces smaller than a patch, or without the aligned view.
    """

    def __init__(self, clips: Sequence[Clip], params: MetaPseudoLabelParams, seed: int) -> None:
        self.params = params
        self.labelled = labelled_places(clips, params, seed)
        self.unlabelled = [] if params.mode == "none" else unlabelled_places(clips, params, seed)
        self._numbers: dict[Key, np.ndarray] = {}  # of the frames of the clips that were read

    def patches(self) -> tuple[Labelled, np.ndarray]:
        """What the RGB branch learns from: labelled patches, and of unlabelled ones nothing but their pixels (U,P,P,3) uint8 RGB."""
        whole = self.params.input == "whole"
        pixels = self._read([*self.labelled, *self.unlabelled], 0 if whole else self.params.patch)
        live = np.array([place.clip.live for place in self.labelled])
        return Labelled(pixels[: len(live)], live), pixels[len(live) :]

    def faces(self) -> Labelled:
        """What the PLGF branch learns from: the whole faces (M,S,S,3) that the labelled patches were cut from, each once."""
        found = {(*_key(place.clip), place.nth): place._replace(x=0, y=0) for place in self.labelled}
        return Labelled(self._read(list(found.values())), np.array([place.clip.live for place in found.values()]))

    def table(self) -> pd.DataFrame:
        """A row per patch: `COLUMNS`; `frame` is the frame's number, `label` is empty in the pool `unlabelled`."""
        rows = [
            (pool, *_key(place.clip), self._number(place), place.x, place.y, place.clip.label, place.clip.subject)
            for pool, places in (("labelled", self.labelled), ("unlabelled", self.unlabelled))
            for place in places
        ]
        return pd.DataFrame(rows, columns=COLUMNS)

    def _read(self, places: Sequence[Place], side: int = 0) -> np.ndarray:
        """The pixels of all places, squares of `side` or, for 0, whole faces; each clip is read once."""
        of_clip: dict[Key, list[int]] = defaultdict(list)
        for row, place in enumerate(places):
            of_clip[_key(place.clip)].append(row)
        _, *face = _shape(places[0].clip)
        height, width = (side, side) if side else face
        pixels = np.empty((len(places), height, width, 3), np.uint8)
        for rows in of_clip.values():
            faces = self._faces(places[rows[0]].clip)
            for row in rows:
                _, nth, x, y = places[row]
                pixels[row] = faces[nth, y : y + height, x : x + width]
        return pixels

    def _faces(self, clip: Clip) -> np.ndarray:
        arrays = read_arrays(clip, FRAMES, (VIEW, "frame"))
        self._numbers[_key(clip)] = arrays["frame"]
        return arrays[VIEW]

    def _number(self, place: Place) -> int:
        if _key(place.clip) not in self._numbers:
            self._faces(place.clip)
        return int(self._numbers[_key(place.clip)][place.nth])


def apart(train: Sequence[Clip], dev: Sequence[Clip]) -> list[Clip]:
    """The training clips of people who have no dev clip; a clip whose person is not known stays."""
    people = {(clip.dataset, clip.subject) for clip in dev if clip.subject}
    return [clip for clip in train if (clip.dataset, clip.subject) not in people]


def labelled_places(clips: Sequence[Clip], params: MetaPseudoLabelParams, seed: int) -> list[Place]:
    """Live and attack patches in turn, live first.

    Raises:
        UserError: as `Pools`.
    """
    classes = by_label(clips, NAME)
    half = params.labelled // 2
    live = _drawn(classes["live"], params.labelled - half, "live", params, seed)
    attack = _drawn(classes["attack"], half, "attack", params, seed)
    both = [place for pair in zip(live, attack, strict=False) for place in pair]
    return both + live[half:]


def unlabelled_places(clips: Sequence[Clip], params: MetaPseudoLabelParams, seed: int) -> list[Place]:
    """Patches of all clips; the clips that they name have lost their labels.

    Raises:
        UserError: as `Pools`.
    """
    blind = [replace(clip, label="", attack="", instrument="") for clip in clips]
    return _drawn(sorted(blind, key=_key), params.unlabelled, "unlabelled", params, seed)


def _drawn(clips: Sequence[Clip], wanted: int, pool: str, params: MetaPseudoLabelParams, seed: int) -> list[Place]:
    """`wanted` different patches of the lattice, in rounds: every clip gives one before any gives another."""
    lattices = [_lattice(clip, params) for clip in clips]
    there = sum(len(lattice) for lattice in lattices)
    if wanted > there:
        size = "whole faces" if params.input == "whole" else f"patches of {params.patch} pixels every {params.stride}"
        key = "unlabelled" if pool == "unlabelled" else "labelled"
        raise UserError(
            f"{NAME}: {wanted} {pool} {size} are asked for ({NAME}.{key} {getattr(params, key)}), the {len(clips)} clips have {there}: "
            f"lower {NAME}.{key} or extract more frames (frames.sampling)"
        )
    orders = [generator("pool", seed, pool, *_key(clip)).permutation(len(lattice)) for clip, lattice in zip(clips, lattices, strict=True)]
    return [
        Place(clips[member], *lattices[member][orders[member][turn]].tolist())
        for turn, member in islice(_rounds([len(order) for order in orders], pool, seed), wanted)
    ]


def _rounds(sizes: Sequence[int], pool: str, seed: int) -> Iterator[tuple[int, int]]:
    """(round, clip) in a new order of the clips in every round; a clip that has no more is passed over."""
    for turn in count():
        for member in generator("pool", seed, pool, turn).permutation(len(sizes)).tolist():
            if turn < sizes[member]:
                yield turn, member


def _lattice(clip: Clip, params: MetaPseudoLabelParams) -> np.ndarray:
    """All patches of a clip: rows of frame index, x, y."""
    frames, height, width = _shape(clip)
    if params.input == "whole":
        return np.stack([np.arange(frames), *np.zeros((2, frames), int)], axis=1)
    if min(height, width) < params.patch:
        raise UserError(
            f"{clip.dataset} {clip.clip}: its faces are {width} x {height} pixels, {NAME}.patch is {params.patch}: "
            f"raise frames.size or lower {NAME}.patch"
        )
    xs, ys = (np.arange(0, side - params.patch + 1, params.stride) for side in (width, height))
    return np.stack([axis.ravel() for axis in np.meshgrid(np.arange(frames), xs, ys, indexing="ij")], axis=1)


def _shape(clip: Clip) -> tuple[int, int, int]:
    try:
        frames, height, width, _ = clip.shape(FRAMES, VIEW)
    except KeyError:
        raise UserError(f"{clip.dataset} {clip.clip}: feature '{FRAMES}' was computed without {VIEW}") from None
    return frames, height, width


def _key(clip: Clip) -> Key:
    return clip.dataset, clip.clip
