"""Clips through a trained network."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from fas.clips import Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.domains.params import DomainParams
from fas.domains.views import View, Views
from fas.methods.base import FrameScores

MODEL = "model.safetensors"  # of a trained model's folder

Compute = Callable[[Tensor, Tensor | None], Tensor]  # images (N,3,S,S) and cues (N,3,T,T) -> (N,...)


class Scorer(nn.Module):
    """A trained network as a score: called with images (N,3,S,S), and cues (N,3,T,T) where its backbone sees them, it gives (N,) in
    [0, 1], higher = more live."""

    def features(self, images: Tensor, cues: Tensor | None = None) -> Tensor:
        """Of the same inputs the features (N,D) that the score is of."""
        raise NotImplementedError


def scored(scorer: Scorer, params: DomainParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[FrameScores]:
    """A method's scores of clips with faces and, where a cue is seen, residuals: `score` for each scored frame.

    Raises:
        UserError: frames without the face asked for.
    """
    device = prepare(runtime)
    for numbers, values in computed(scorer.to(device), params, clips, device):
        yield FrameScores(numbers, {"score": values})


def embedded(scorer: Scorer, params: DomainParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[np.ndarray]:
    """The features of each clip's scored frames, (F,D) float32.

    Raises:
        UserError: frames without the face asked for.
    """
    device = prepare(runtime)
    for _, values in computed(scorer.to(device).features, params, clips, device):
        yield values


def computed(
    compute: Compute, params: DomainParams, clips: Sequence[Clip], device: torch.device
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For each clip, in order, the numbers (F,) int32 of its scored frames and what `compute` gives for each, (F,...) float32.

    A clip is computed in batches of its own, padded to `score_batch`, so that its scores depend on no other clip.

    Raises:
        UserError: frames without the face asked for.
    """
    views = Views(params)
    for clip in clips:
        numbers, seen = views.scoring(clip)
        yield numbers, per_view(compute, seen, params.score_batch, device)


@torch.inference_mode()
def per_view(compute: Compute, views: Sequence[View], batch: int, device: torch.device) -> np.ndarray:
    """What `compute` gives for each view, (F,...) float32."""
    rows: list[Tensor] = []
    for start in range(0, len(views), batch):
        part = views[start : start + batch]
        images = _padded([view.image for view in part], batch)
        cues = [view.cue for view in part if view.cue is not None]
        asked = torch.from_numpy(_padded(cues, batch)).to(device) if cues else None
        rows.append(compute(torch.from_numpy(images).to(device), asked)[: len(part)].float().cpu())
    return torch.cat(rows).numpy()


def _padded(arrays: Sequence[np.ndarray], batch: int) -> np.ndarray:
    filled = np.zeros((batch, *arrays[0].shape), np.float32)
    filled[: len(arrays)] = arrays
    return filled
