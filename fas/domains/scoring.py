"""Clips through a trained network."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from fas.clips import Clip
from fas.domains.params import DomainParams
from fas.domains.views import View, Views

Compute = Callable[[Tensor, Tensor | None], Tensor]  # images (N,3,S,S) and cues (N,3,T,T) -> (N,...)


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
