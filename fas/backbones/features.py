"""What a backbone gives, and what it says of itself."""

from typing import NamedTuple

from torch import Tensor, nn


class Features(NamedTuple):
    """Features of N images: `vector` (N,D), `map` (N,C,h,w), and `levels`, three maps (N,C_i,h_i,w_i) of growing depth."""

    vector: Tensor
    map: Tensor
    levels: tuple[Tensor, Tensor, Tensor]


class Backbone(nn.Module):
    """A feature extractor. `width` is D, `channels` is C, `level_channels` are the C_i of `Features`; `sees_cue`: it needs cues.

    `forward(images, cues=None) -> Features`: images (N,3,S,S) and cues (N,3,T,T), both normalised (fas/domains/views.py).
    """

    width: int
    channels: int
    level_channels: tuple[int, int, int]
    sees_cue: bool = False


def given(cues: Tensor | None) -> Tensor:
    """The cues of a backbone that cannot do without.

    Raises:
        ValueError: none were handed over.
    """
    if cues is None:
        raise ValueError("this backbone sees the anomalous cue: hand it cues")
    return cues
