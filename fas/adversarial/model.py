"""Paper 003's generator (encoder-decoder) and discriminator on 32x32 patches, with GANomaly's layers and widths (Akcay et al. 2018).

The paper's figure 1, which shows the layers, is lost; its notation (G_e, and G_e' for the encoder of the reconstruction) and its patch size
are GANomaly's. With three channels and `width` 1 the encoder has 1,068,800 parameters, the decoder 1,068,928, the discriminator 663,296.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor, nn

from fas.adversarial.params import AdversarialParams

PATCH = 32  # pixels (paper, section 3.2)
_WIDTHS = (64, 128, 256)
_SLOPE = 0.2
_DEVIATION = 0.02  # of the initial weights (DCGAN)


class Rebuilt(NamedTuple):
    """What the generator makes of images: `images` (N,C,32,32) in [-1, 1], from their `code` (N,Z)."""

    images: Tensor
    code: Tensor


def widths(factor: float) -> tuple[int, int, int]:
    """Channels of the three strided convolutions, at least one each."""
    first, second, third = (max(1, round(width * factor)) for width in _WIDTHS)
    return first, second, third


def _down(channels: int, factor: float) -> nn.Sequential:
    """32 -> 16 -> 8 -> 4 pixels; every convolution but the first is normalised."""
    layers: list[nn.Module] = []
    for number, (inside, outside) in enumerate(pairwise((channels, *widths(factor)))):
        layers.append(nn.Conv2d(inside, outside, 4, stride=2, padding=1, bias=False))
        layers += [nn.BatchNorm2d(outside)] if number else []
        layers.append(nn.LeakyReLU(_SLOPE))
    return nn.Sequential(*layers)


class Encoder(nn.Module):
    """G_e: (N,C,32,32) in [-1, 1] -> (N,latent)."""

    def __init__(self, channels: int, latent: int, factor: float = 1.0) -> None:
        super().__init__()
        self.down = _down(channels, factor)
        self.code = nn.Conv2d(widths(factor)[-1], latent, 4, bias=False)
        initialise(self.modules())

    def forward(self, images: Tensor) -> Tensor:
        code: Tensor = self.code(self.down(images))
        return code.flatten(1)


class Decoder(nn.Module):
    """(N,latent) -> (N,C,32,32) in [-1, 1]: the encoder mirrored, with tanh."""

    def __init__(self, channels: int, latent: int, factor: float = 1.0) -> None:
        super().__init__()
        first, second, third = widths(factor)
        layers: list[nn.Module] = [nn.ConvTranspose2d(latent, third, 4, bias=False), nn.BatchNorm2d(third), nn.ReLU()]
        for inside, outside in ((third, second), (second, first)):
            layers += [nn.ConvTranspose2d(inside, outside, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()]
        self.up = nn.Sequential(*layers, nn.ConvTranspose2d(first, channels, 4, stride=2, padding=1, bias=False), nn.Tanh())
        initialise(self.modules())

    def forward(self, codes: Tensor) -> Tensor:
        images: Tensor = self.up(codes[:, :, None, None])
        return images


class Generator(nn.Module):
    """G: the encoder G_e and the decoder."""

    def __init__(self, channels: int, latent: int, factor: float = 1.0) -> None:
        super().__init__()
        self.encoder = Encoder(channels, latent, factor)
        self.decoder = Decoder(channels, latent, factor)

    def forward(self, images: Tensor) -> Rebuilt:
        code = self.encoder(images)
        return Rebuilt(self.decoder(code), code)


class Discriminator(nn.Module):
    """D: (N,C,32,32) -> logits (N,), positive for a training image, and the last feature map (N,256,4,4)."""

    def __init__(self, channels: int, factor: float = 1.0) -> None:
        super().__init__()
        self.down = _down(channels, factor)
        self.last = nn.Conv2d(widths(factor)[-1], 1, 4, bias=False)
        initialise(self.modules())

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.down(images)
        return self.last(features).flatten(), features


def networks(params: AdversarialParams, channels: int = 3) -> dict[str, nn.Module]:
    """`generator` and, where the parameters ask for them, `discriminator` and `auxiliary` (G_e', the encoder of reconstructions).

    Their weights are random numbers of torch's global generator.
    """
    built: dict[str, nn.Module] = {"generator": Generator(channels, params.latent, params.width)}
    if params.discriminator:
        built["discriminator"] = Discriminator(channels, params.width)
    if params.auxiliary:
        built["auxiliary"] = Encoder(channels, params.latent, params.width)
    return built


def initialise(modules: Iterable[nn.Module]) -> None:
    """Convolutions N(0, 0.02), batch norm scales N(1, 0.02): how DCGAN and GANomaly begin."""
    for module in modules:
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(module.weight, 0.0, _DEVIATION)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, _DEVIATION)
