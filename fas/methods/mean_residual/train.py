"""Scoring by the mean residual. Nothing is trained: `fit` notes what the training clips' residuals are."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import save_file

from fas.clips import FRAMES, Clip, residuals
from fas.config import Runtime
from fas.domains.views import signed
from fas.errors import UserError
from fas.files import write_atomic
from fas.methods.base import Fit, FrameScores
from fas.methods.mean_residual.params import MeanResidualParams

if TYPE_CHECKING:
    from torch import nn

MODEL = "model.safetensors"


def fit(task: Fit) -> dict[str, Any]:
    """Write the mean residuals of the live and of the attack training frames into model.safetensors; no score depends on them."""
    means = {label: _mean([clip for clip in task.train if clip.label == label], task.params) for label in ("live", "attack")}
    arrays = {label: np.array([value], np.float32) for label, value in means.items()}
    write_atomic(task.out / MODEL, lambda path: save_file(arrays, path))
    return {"mean_residuals": {label: round(value, 6) if np.isfinite(value) else None for label, value in means.items()}}


def score(model: Path, params: MeanResidualParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[FrameScores]:
    """-mean|x - x^| of each reconstructed frame, x in [-1,1]: the more is missed, the more of an attack. `model` is not looked at."""
    for clip in clips:
        frames, values = mean_residuals(clip, params.cue)
        yield FrameScores(frames, {"score": -values})


def networks(params: MeanResidualParams) -> dict[str, "nn.Module"]:
    """None."""
    return {}


def mean_residuals(clip: Clip, cue: str) -> tuple[np.ndarray, np.ndarray]:
    """Frame numbers (F,) and mean|x - x^| (F,) float32, 0..2, of a clip's reconstructed frames; none of a clip without residuals.

    Raises:
        UserError: a reconstructed frame is not among the clip's frames.
    """
    feature = residuals(cue)
    if not clip.has(FRAMES) or not clip.has(feature):
        return np.empty(0, np.int32), np.empty(0, np.float32)
    faces, made = clip.read(FRAMES), clip.read(feature)
    places = {int(number): place for place, number in enumerate(faces["frame"])}
    values = []
    for number, reconstruction in zip(made["frame"], made["reconstruction"], strict=True):
        if int(number) not in places:
            raise UserError(f"{clip.dataset} {clip.clip}: frame {number} of '{feature}' is not among its frames")
        values.append(np.abs(signed(faces["aligned"][places[int(number)]], reconstruction)).mean())
    return made["frame"].astype(np.int32), np.array(values, np.float32)


def _mean(clips: Sequence[Clip], params: MeanResidualParams) -> float:
    values = [mean_residuals(clip, params.cue)[1] for clip in clips]
    joined = np.concatenate(values) if values else np.empty(0)
    return float(joined.mean()) if len(joined) else float("nan")
