"""Scores of a trained SSAN: the probability of live (SSAN-R) or the mean depth (SSAN-M)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from torch import Tensor

from fas.clips import Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.domains.scoring import computed
from fas.methods.base import FrameScores
from fas.methods.ssan.model import Live, Network
from fas.methods.ssan.params import SsanParams
from fas.weights import load_networks

MODEL = "model.safetensors"


def score(model: Path, params: SsanParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[FrameScores]:
    """One `score` in [0, 1] per frame, higher = more live.

    Raises:
        UserError: no model, one of other parameters, or frames without the face asked for.
    """
    device = prepare(runtime)
    live = Live(trained(model, params)).to(device).eval()
    for numbers, values in computed(live, params, clips, device):
        yield FrameScores(numbers, {"score": values})


def embed(model: Path, params: SsanParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[np.ndarray]:
    """The feature of each scored frame's content with its own style, (F,D) float32.

    Raises:
        UserError: as `score`.
    """
    device = prepare(runtime)
    network = trained(model, params).to(device)

    def own(images: Tensor, cues: Tensor | None) -> Tensor:
        feature: Tensor = network(images, cues).own
        return feature

    for _, values in computed(own, params, clips, device):
        yield values


def trained(model: Path, params: SsanParams) -> Network:
    """The trained network, on the CPU and in evaluation mode.

    Raises:
        UserError: no model, or one of other parameters.
    """
    network = Network(params)
    load_networks(model / MODEL, {"network": network})
    return network.eval()
