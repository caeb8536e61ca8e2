"""The frames that all cue makers learn from: those that have an identity, without the ones whose head is turned further than `max_yaw` or
`max_pitch`.

Paper 001 trains on live faces "after filtering out images with deviated facial poses" and states no rule; this one is ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fas.clips import FRAMES, Clip
from fas.faces.pose import VERSION, pose
from fas.features.choice import embedded
from fas.features.cues.base import CueParams


@dataclass(frozen=True)
class FacingClip(Clip):
    """A clip without its frames `unused` (numbers), in whatever feature is read.

    A pair of frames stands and falls with its first one; one whose first frame was sampled for the pair alone stays.
    """

    unused: frozenset[int] = frozenset()

    def read(self, feature: str) -> Mapping[str, np.ndarray]:
        """The arrays of a feature, without the rows of unused frames."""
        arrays = super().read(feature)
        return {name: array[self._stays(arrays, name)] for name, array in arrays.items()}

    def _stays(self, arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray:
        """(F,) or (P,) bool: which rows of the array `name` stay."""
        numbers = arrays["pair_frame"][:, 0] if name.startswith("pair") else arrays["frame"]
        return ~np.isin(numbers, list(self.unused))


def filters(params: CueParams) -> bool:
    """Whether a bound is set."""
    return params.max_yaw is not None or params.max_pitch is not None


def depends(params: CueParams) -> dict[str, Any]:
    """What a training depends on beside its parameters: how poses are measured, if they are."""
    return {"pose": VERSION} if filters(params) else {}


def facing(clips: Sequence[Clip], params: CueParams, identity_frames: int | None) -> tuple[tuple[Clip, ...], dict[str, Any]]:
    """The clips with the frames that have an identity and are not turned, those with no such frame left out; the same clips where
    neither `identity.frames` nor a bound is set.

    Returns:
        The clips, and for config.json `{"pose": {dataset: {"kept": frames, "left_out": frames}}}`, of the frames that have an identity;
        empty without a bound.
    """
    if identity_frames is None and not filters(params):
        return tuple(clips), {}
    found: list[Clip] = []
    counts: dict[str, dict[str, int]] = {}
    for clip in clips:
        frames = clip.read(FRAMES)
        known = np.isin(np.arange(len(frames["frame"])), embedded(len(frames["frame"]), identity_frames))
        used = known & ~is_turned(frames["landmarks"], params) if filters(params) else known
        count = counts.setdefault(clip.dataset, {"kept": 0, "left_out": 0})
        count["kept"] += int(used.sum())
        count["left_out"] += int((known & ~used).sum())
        if used.any():
            found.append(FacingClip(**vars(clip), unused=frozenset(frames["frame"][~used].tolist())))
    return tuple(found), {"pose": counts} if filters(params) else {}


def is_turned(landmarks: np.ndarray, params: CueParams) -> np.ndarray:
    """(F,) bool: which of the faces with landmarks (F,5,2) exceed a bound, or have a pose that cannot be measured."""
    yaw, pitch, _ = np.abs(pose(landmarks)).T
    inside = np.ones(len(yaw), bool)
    for angle, bound in ((yaw, params.max_yaw), (pitch, params.max_pitch)):
        inside &= True if bound is None else angle <= bound
    return ~inside
