"""Scores of a trained SSAN: the probability of live (SSAN-R) or the mean depth (SSAN-M)."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from fas.clips import Clip
from fas.config import Runtime
from fas.domains.scoring import MODEL, embedded, scored
from fas.methods.base import FrameScores
from fas.methods.ssan.model import Live, Network
from fas.methods.ssan.params import SsanParams
from fas.weights import load_networks


def score(model: Path, params: SsanParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[FrameScores]:
    """One `score` in [0, 1] per frame, higher = more live.

    Raises:
        UserError: no model, one of other parameters, or frames without the face asked for.
    """
    return scored(trained(model, params), params, clips, runtime)


def embed(model: Path, params: SsanParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[np.ndarray]:
    """The feature of each scored frame's content with its own style, (F,D) float32.

    Raises:
        UserError: as `score`.
    """
    return embedded(trained(model, params), params, clips, runtime)


def trained(model: Path, params: SsanParams) -> Live:
    """The trained network, on the CPU and in evaluation mode.

    Raises:
        UserError: no model, or one of other parameters.
    """
    network = Network(params)
    load_networks(model / MODEL, {"network": network})
    return Live(network).eval()
