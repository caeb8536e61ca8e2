"""Encoder-decoder and discriminator for 32x32 pictures, with GANomaly's layers and widths (Akcay et al. 2018), which paper 003 builds on.

The paper's own figure of the layers is lost; its notation (G_e, and G_e' for the encoder of the reconstruction) and its patch size are
GANomaly's. With three channels and `width` 1 the encoder has 1,068,800 parameters, the decoder 1,068,928, the discriminator 663,296.
"""

from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from fas.methods.adversarial_flow.params import AdversarialFlowParams

SIDE = 32  # pixels
CODE = 100  # numbers that a picture is encoded in
_WIDTHS = (64, 128, 256)
_SLOPE = 0.2
_DEVIATION = 0.02  # of the initial weights (DCGAN)


class Made(NamedTuple):
    """A reconstruction (N,C,32,32) in [-1, 1], and the code (N,100) that it was made from."""

    picture: Tensor
    code: Tensor


def _channels(width: float) -> list[int]:
    return [max(1, round(width * channels)) for channels in _WIDTHS]


def _down(channels: int, width: float) -> nn.Sequential:
    """From 32x32 to 4x4 by three strided convolutions; the first has no normalisation."""
    first, second, third = _channels(width)
    return nn.Sequential(
        nn.Conv2d(channels, first, 4, 2, 1, bias=False),
        nn.LeakyReLU(_SLOPE),
        nn.Conv2d(first, second, 4, 2, 1, bias=False),
        nn.BatchNorm2d(second),
        nn.LeakyReLU(_SLOPE),
        nn.Conv2d(second, third, 4, 2, 1, bias=False),
        nn.BatchNorm2d(third),
        nn.LeakyReLU(_SLOPE),
    )


class Encoder(nn.Module):
    """(N,C,32,32) -> (N,100)."""

    def __init__(self, channels: int, width: float) -> None:
        super().__init__()
        self.down = _down(channels, width)
        self.code = nn.Conv2d(_channels(width)[-1], CODE, 4, bias=False)

    def forward(self, pictures: Tensor) -> Tensor:
        code: Tensor = self.code(self.down(pictures))
        return code.flatten(1)


class Decoder(nn.Module):
    """(N,100) -> (N,C,32,32) in [-1, 1]."""

    def __init__(self, channels: int, width: float) -> None:
        super().__init__()
        sizes = [CODE, *reversed(_channels(width))]
        layers: list[nn.Module] = []
        for index, (before, after) in enumerate(pairwise(sizes)):
            stride, padding = (2, 1) if index else (1, 0)
            layers += [nn.ConvTranspose2d(before, after, 4, stride, padding, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
        self.up = nn.Sequential(*layers, nn.ConvTranspose2d(sizes[-1], channels, 4, 2, 1, bias=False), nn.Tanh())

    def forward(self, code: Tensor) -> Tensor:
        pictures: Tensor = self.up(code[:, :, None, None])
        return pictures


class Generator(nn.Module):
    """The encoder-decoder that is trained to reconstruct live faces' patches."""

    def __init__(self, channels: int = 3, width: float = 1.0) -> None:
        super().__init__()
        self.encoder = Encoder(channels, width)
        self.decoder = Decoder(channels, width)

    def forward(self, pictures: Tensor) -> Made:
        code = self.encoder(pictures)
        return Made(self.decoder(code), code)


class Discriminator(nn.Module):
    """(N,C,32,32) -> logits (N,) of being an original rather than a reconstruction, and the features (N,F,4,4) before the last layer."""

    def __init__(self, channels: int = 3, width: float = 1.0) -> None:
        super().__init__()
        self.down = _down(channels, width)
        self.last = nn.Conv2d(_channels(width)[-1], 1, 4, bias=False)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        features = self.down(pictures)
        return self.last(features).flatten(), features


def build(channels: int, width: float, *, discriminator: bool = True, auxiliary: bool = False) -> dict[str, nn.Module]:
    """`generator`, and where they are asked for `discriminator` and `auxiliary`, the encoder of reconstructions; with random weights from
    torch's generator."""
    found: dict[str, nn.Module] = {"generator": Generator(channels, width)}
    if discriminator:
        found["discriminator"] = Discriminator(channels, width)
    if auxiliary:
        found["auxiliary"] = Encoder(channels, width)
    for network in found.values():
        network.apply(_start)
    return found


def _start(layer: nn.Module) -> None:
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, 0.0, _DEVIATION)
    elif isinstance(layer, nn.BatchNorm2d):
        nn.init.normal_(layer.weight, 1.0, _DEVIATION)
        nn.init.zeros_(layer.bias)


def networks(params: AdversarialFlowParams) -> dict[str, nn.Module]:
    """The networks that the parameters train."""
    return build(3, params.width, discriminator=params.adversarial_weight > 0, auxiliary=params.auxiliary_encoder)


def errors(built: dict[str, nn.Module], pictures: Tensor) -> Tensor:
    """Each picture's errors (N,2): the mean absolute difference to its reconstruction, and that of their codes.

    The reconstruction's code comes from the auxiliary encoder (algorithm 1 of the paper), or from the generator's own where there is none.
    """
    generator = built["generator"]
    assert isinstance(generator, Generator)
    made: Made = generator(pictures)
    again = built.get("auxiliary", generator.encoder)(made.picture)
    return torch.stack([(pictures - made.picture).abs().mean(dim=(1, 2, 3)), (made.code - again).abs().mean(dim=1)], dim=1)
