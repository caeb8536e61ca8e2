"""The trained network as one graph: from a normalised face to the probability of live."""

from pathlib import Path

from torch import nn

from fas.methods.pseudo_negative.images import DEVIATION, MEAN
from fas.methods.pseudo_negative.params import PseudoNegativeParams
from fas.methods.pseudo_negative.score import trained


def exportable(model: Path, params: PseudoNegativeParams) -> tuple[nn.Module, tuple[int, ...]]:
    """The network, (N,3,S,S) -> (N,), and an image's shape (3,S,S).

    Raises:
        UserError: no model, or one of other parameters.
    """
    return trained(model, params), (3, params.size, params.size)


def described(params: PseudoNegativeParams) -> dict[str, str]:
    """What `fas export` writes beside the graph."""
    part = f"the middle {params.crop:g} of both sides of " if params.crop < 1 else ""
    mean, deviation = (", ".join(f"{value:g}" for value in values) for values in (MEAN.tolist(), DEVIATION.tolist()))
    return {
        "input": f"float32 (batch, 3, {params.size}, {params.size}), RGB: {part}the {params.view} face, resized, bilinear",
        "normalisation": f"(value / 255 - mean) / deviation, per channel: mean {mean}; deviation {deviation}",
        "score": "the probability of live, 0 ... 1; higher = more live",
        "clip": "the mean over frames",
    }
