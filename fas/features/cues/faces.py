"""A cue maker's training faces, gathered from the clips into two files and read through memory maps: any number of them fits."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import xxhash

from fas.clips import FRAMES, IDENTITY, Clip
from fas.errors import UserError
from fas.faces.sampling import uniform
from fas.features.cues.base import CueParams
from fas.sampling import GroupSampler


@dataclass(frozen=True)
class TrainingFaces:
    """`pictures` (M,S,S,3) uint8 RGB; `maps` (M,T,C) float16 identity tokens, or None for a cue maker without them.

    `rows` (N,): the pictures that are used, in the order that the training counts them.
    """

    pictures: np.ndarray
    maps: np.ndarray | None
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)


def gather(clips: Sequence[Clip], params: CueParams, folder: Path, conditioned: bool) -> TrainingFaces:
    """The faces of the clips, in an order that depends on the faces and the seed alone, cut to `params.share` of them.

    A smaller share is the beginning of a larger one. `conditioned`: with identity maps, and only frames that have one (of the clips
    that fas/features/cues/facing.py hands out these are all). The files are written into `folder`.

    Raises:
        UserError: no face at all.
    """
    folder.mkdir(parents=True, exist_ok=True)
    digests: list[int] = []
    shape: tuple[int, ...] = ()
    with ExitStack() as stack:
        pictures, maps = (stack.enter_context(open(folder / name, "wb")) for name in ("faces.bin", "maps.bin"))
        for face, tokens in _faces(clips, params, conditioned):
            digests.append(xxhash.xxh3_64_intdigest(face.tobytes(), seed=params.seed))
            pictures.write(resized(face, params.size).tobytes())
            if tokens is not None:
                shape = tokens.shape
                maps.write(tokens.astype(np.float16).tobytes())
    if not digests:
        raise UserError("no face to train the cue maker on")
    count = len(digests)
    rows = np.argsort(np.array(digests, np.uint64), kind="stable")[: max(1, round(params.share * count))]
    side = (params.size, params.size, 3)
    return TrainingFaces(
        np.memmap(folder / "faces.bin", np.uint8, "r", shape=(count, *side)),
        np.memmap(folder / "maps.bin", np.float16, "r", shape=(count, *shape)) if shape else None,
        rows,
    )


def sampler(faces: TrainingFaces, batch: int, seed: int) -> GroupSampler[int]:
    """Draws `batch` of the faces (places in `rows`) at every step."""
    return GroupSampler({"faces": range(len(faces))}, {"faces": batch}, seed)


def resized(face: np.ndarray, size: int) -> np.ndarray:
    """A face (S,S,3) uint8 at another size, averaged when it shrinks."""
    shrinks = size < face.shape[0]
    return cv2.resize(face, (size, size), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def _faces(clips: Sequence[Clip], params: CueParams, conditioned: bool) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """Every chosen face with its identity map, if one is wanted."""
    for clip in clips:
        frames = clip.read(FRAMES)
        numbers, maps = frames["frame"], None
        if conditioned:
            identity = clip.read(IDENTITY)
            numbers, maps = identity["frame"], identity["map"]
        places = {int(number): place for place, number in enumerate(frames["frame"])}
        for row in uniform(len(numbers), params.frames or len(numbers)):
            yield frames["aligned"][places[int(numbers[row])]], None if maps is None else maps[row]
