"""LGSC as one graph: from a normalised patch to its score."""

from pathlib import Path

import torch
from torch import Tensor, nn

from fas.methods.lgsc.model import cue_magnitude
from fas.methods.lgsc.params import LgscParams
from fas.methods.lgsc.score import trained


class Score(nn.Module):
    """A trained generator and eq. 10 with its sign turned: (N,3,P,P) in [-1, 1] -> -mean|cue|, (N,) in [-1, 0]."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, image: Tensor) -> Tensor:
        cue, _ = self.generator(image)
        return -cue_magnitude(cue)


def exportable(model: Path, params: LgscParams) -> tuple[nn.Module, tuple[int, ...]]:
    """The score of one patch, and the patch's shape (3,P,P); the auxiliary classifier is left out.

    Raises:
        UserError: no model, or one of other parameters.
    """
    return Score(trained(model, params, torch.device("cpu"))["generator"]).eval(), (3, params.patch, params.patch)


def described(params: LgscParams) -> dict[str, str]:
    """What `fas export` writes beside the graph."""
    side = params.patch
    resized = f"the face crop resized to {side} x {side}, bilinear"
    patches = f"{params.grid} x {params.grid} patches, an even grid from corner to corner of the unresampled face crop"
    return {
        "input": f"float32 (batch, 3, {side}, {side}), RGB: {resized if params.input == 'resized' else patches}",
        "normalisation": "value / 127.5 - 1, from 0 ... 255 to -1 ... 1",
        "score": "minus the mean magnitude of the spoof cue, -1 ... 0; higher = more live",
        "clip": "the mean over a frame's patches, then over frames",
    }
