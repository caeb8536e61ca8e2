"""Scores of a trained SA-FAS: the mean of its heads."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from fas.clips import Clip
from fas.config import Runtime
from fas.domains.scoring import MODEL, embedded, scored
from fas.errors import UserError
from fas.methods.base import FrameScores
from fas.methods.safas.model import Live, Network
from fas.methods.safas.params import SafasParams
from fas.weights import fill, read_tensors

NETWORK = "network."
HEADS = "heads.linear.weight"


def score(model: Path, params: SafasParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[FrameScores]:
    """One `score` in [0, 1] per frame, higher = more live.

    Raises:
        UserError: no model, one of other parameters, or frames without the face asked for.
    """
    return scored(trained(model, params), params, clips, runtime)


def embed(model: Path, params: SafasParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[np.ndarray]:
    """The features of each scored frame, (F,D) float32.

    Raises:
        UserError: as `score`.
    """
    return embedded(trained(model, params), params, clips, runtime)


def trained(model: Path, params: SafasParams) -> Live:
    """The trained network with as many heads as it was trained with, on the CPU and in evaluation mode.

    Raises:
        UserError: no model, or one of other parameters.
    """
    path = model / MODEL
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    tensors = {name.removeprefix(NETWORK): tensor for name, tensor in read_tensors(path).items()}
    if HEADS not in tensors:
        raise UserError(f"{path}: does not fit the network: lacks {HEADS}")
    network = Network(params, len(tensors[HEADS]))
    fill(network, tensors, path)
    return Live(network, params.score_area).eval()
