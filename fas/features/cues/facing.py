"""The pose filter of all cue makers: training clips without the frames whose head is turned further than `max_yaw` or `max_pitch`.

Paper 001 trains on live faces "after filtering out images with deviated facial poses" and states no rule; this one is ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fas.clips import FRAMES, Clip
from fas.faces.pose import VERSION, pose
from fas.features.cues.base import CueParams


@dataclass(frozen=True)
class FacingClip(Clip):
    """A clip without its frames `turned` (numbers), in whatever feature is read.

    A pair of frames stands and falls with its first one; one whose pose was not measured, since only its pair was sampled, stays.
    """

    turned: frozenset[int] = frozenset()

    def read(self, feature: str) -> Mapping[str, np.ndarray]:
        """The arrays of a feature, without the rows of turned frames."""
        arrays = super().read(feature)
        return {name: array[self._stays(arrays, name)] for name, array in arrays.items()}

    def _stays(self, arrays: Mapping[str, np.ndarray], name: str) -> np.ndarray:
        """(F,) or (P,) bool: which rows of the array `name` stay."""
        numbers = arrays["pair_frame"][:, 0] if name.startswith("pair") else arrays["frame"]
        return ~np.isin(numbers, list(self.turned))


def filters(params: CueParams) -> bool:
    """Whether a bound is set."""
    return params.max_yaw is not None or params.max_pitch is not None


def depends(params: CueParams) -> dict[str, Any]:
    """What a training depends on beside its parameters: how poses are measured, if they are."""
    return {"pose": VERSION} if filters(params) else {}


def facing(clips: Sequence[Clip], params: CueParams) -> tuple[tuple[Clip, ...], dict[str, Any]]:
    """The clips without their turned frames, those with no other left out; the same clips where no bound is set.

    Returns:
        The clips, and for config.json `{"pose": {dataset: {"kept": frames, "left_out": frames}}}`, empty without a bound.
    """
    if not filters(params):
        return tuple(clips), {}
    found: list[Clip] = []
    counts: dict[str, dict[str, int]] = {}
    for clip in clips:
        frames = clip.read(FRAMES)
        turned = frames["frame"][is_turned(frames["landmarks"], params)]
        count = counts.setdefault(clip.dataset, {"kept": 0, "left_out": 0})
        count["kept"] += len(frames["frame"]) - len(turned)
        count["left_out"] += len(turned)
        if len(turned) < len(frames["frame"]):
            found.append(FacingClip(**vars(clip), turned=frozenset(turned.tolist())))
    return tuple(found), {"pose": counts}


def is_turned(landmarks: np.ndarray, params: CueParams) -> np.ndarray:
    """(F,) bool: which of the faces with landmarks (F,5,2) exceed a bound, or have a pose that cannot be measured."""
    yaw, pitch, _ = np.abs(pose(landmarks)).T
    inside = np.ones(len(yaw), bool)
    for angle, bound in ((yaw, params.max_yaw), (pitch, params.max_pitch)):
        inside &= True if bound is None else angle <= bound
    return ~inside
