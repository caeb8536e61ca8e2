"""The two pools of patches that a training knows: labelled ones, class-balanced, and unlabelled ones, drawn blind to labels.

They depend on the training clips, the seed and the pools' sizes only, so every variant of a protocol and seed sees the same ones,
and a smaller pool is the beginning of a larger one.
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


@dataclass(frozen=True)
class Pools:
    """What trains the RGB branch. Of the unlabelled patches nothing is known but their pixels, (U,P,P,3) uint8 RGB.

    `table` has a row per patch: `COLUMNS`; `frame` is the frame's number, `label` is empty in the pool `unlabelled`.
    """

    labelled: Labelled
    unlabelled: np.ndarray
    table: pd.DataFrame


def pools(clips: Sequence[Clip], params: MetaPseudoLabelParams, seed: int) -> Pools:
    """Both pools of the training clips, their pixels in memory.

    Raises:
        UserError: a class without clips, fewer patches than asked for, faces smaller than a patch, or without the aligned view.
    """
    labelled, unlabelled = labelled_places(clips, params, seed), unlabelled_places(clips, params, seed)
    pixels, frames = _read([*labelled, *unlabelled], params)
    live = np.array([place.clip.live for place in labelled])
    table = _table([("labelled", place) for place in labelled] + [("unlabelled", place) for place in unlabelled], frames)
    return Pools(Labelled(pixels[: len(labelled)], live), pixels[len(labelled) :], table)


def apart(train: Sequence[Clip], dev: Sequence[Clip]) -> list[Clip]:
    """The training clips of people who have no dev clip; a clip whose person is not known stays."""
    people = {(clip.dataset, clip.subject) for clip in dev if clip.subject}
    return [clip for clip in train if (clip.dataset, clip.subject) not in people]


def labelled_faces(clips: Sequence[Clip], params: MetaPseudoLabelParams, seed: int) -> Labelled:
    """The whole faces (M,S,S,3) that the labelled pool was cut from, each once: what the PLGF branch learns from.

    Raises:
        UserError: as `pools`.
    """
    found = {(place.clip.dataset, place.clip.clip, place.nth): place for place in labelled_places(clips, params, seed)}
    places = [place._replace(x=0, y=0) for place in found.values()]
    whole = params.model_copy(update={"input": "whole"})
    return Labelled(_read(places, whole)[0], np.array([place.clip.live for place in places]))


def labelled_places(clips: Sequence[Clip], params: MetaPseudoLabelParams, seed: int) -> list[Place]:
    """Live and attack patches in turn, live first.

    Raises:
        UserError: as `pools`.
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
        UserError: as `pools`.
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


def _read(places: Sequence[Place], params: MetaPseudoLabelParams) -> tuple[np.ndarray, list[int]]:
    """The pixels of all places, and the numbers of their frames; each clip is read once."""
    of_clip: dict[Key, list[int]] = defaultdict(list)
    for row, place in enumerate(places):
        of_clip[_key(place.clip)].append(row)
    _, height, width = _shape(places[0].clip)
    high, wide = (height, width) if params.input == "whole" else (params.patch, params.patch)
    pixels, frames = np.empty((len(places), high, wide, 3), np.uint8), [0] * len(places)
    for rows in of_clip.values():
        arrays = read_arrays(places[rows[0]].clip, FRAMES, (VIEW, "frame"))
        for row in rows:
            _, index, x, y = places[row]
            pixels[row] = arrays[VIEW][index, y : y + high, x : x + wide]
            frames[row] = int(arrays["frame"][index])
    return pixels, frames


def _table(places: Sequence[tuple[str, Place]], frames: Sequence[int]) -> pd.DataFrame:
    rows = [
        (pool, place.clip.dataset, place.clip.clip, frame, place.x, place.y, place.clip.label, place.clip.subject)
        for (pool, place), frame in zip(places, frames, strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _key(clip: Clip) -> Key:
    return clip.dataset, clip.clip
