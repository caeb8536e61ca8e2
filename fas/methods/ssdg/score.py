"""Scores of a model that was trained with SSDG: the probability of live. AG-FAS's too."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from fas.clips import Clip
from fas.config import Runtime
from fas.domains.scoring import MODEL, embedded, scored
from fas.methods.base import FrameScores
from fas.methods.ssdg.model import Live, networks
from fas.methods.ssdg.params import SsdgParams
from fas.weights import load_networks


def score(model: Path, params: SsdgParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[FrameScores]:
    """Scores of clips with faces and, where a cue is seen, residuals: `score` = the probability of live in [0, 1].

    Raises:
        UserError: no model, one of other parameters, or frames without the face asked for.
    """
    return scored(trained(model, params), params, clips, runtime)


def embed(model: Path, params: SsdgParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[np.ndarray]:
    """The normalised features of each clip's scored frames, (F,E) float32.

    Raises:
        UserError: as `score`.
    """
    return embedded(trained(model, params), params, clips, runtime)


def trained(model: Path, params: SsdgParams) -> Live:
    """The trained network, on the CPU and in evaluation mode.

    Raises:
        UserError: no model, or one of other parameters.
    """
    built = networks(params)
    built.pop("discriminator", None)
    load_networks(model / MODEL, built)
    return Live(built["backbone"], built["head"]).eval()
