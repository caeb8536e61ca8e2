"""Paper 003's generator (encoder-decoder) and discriminator on 32x32 patches, with GANomaly's widths.

The paper's figure 1, which shows the layers, is lost; its notation (G_e, G_e') and its patch size are GANomaly's.
"""

from collections.abc import Iterable
from typing import NamedTuple

from torch import Tensor, nn

from fas.adversarial.params import AdversarialParams

PATCH = 32
_WIDTHS = (64, 128, 256)
_SLOPE = 0.2


class Rebuilt(NamedTuple):
    """What the generator makes of images: `images` (N,C,32,32) in [-1, 1], their `code` (N,Z), and the auxiliary encoder's (or None)."""

    images: Tensor
    code: Tensor
    again: Tensor | None


def widths(factor: float) -> tuple[int, int, int]:
    """Channels of the three strided convolutions, at least one each."""
    first, second, third = (max(1, round(width * factor)) for width in _WIDTHS)
    return first, second, third


def _down(channels: int, factor: float) -> list[nn.Module]:
    """32 -> 16 -> 8 -> 4 pixels; every convolution but the first is normalised."""
    layers: list[nn.Module] = []
    inside = channels
    for number, outside in enumerate(widths(factor)):
        layers.append(nn.Conv2d(inside, outside, 4, stride=2, padding=1, bias=False))
        layers += [nn.BatchNorm2d(outside)] if number else []
        layers.append(nn.LeakyReLU(_SLOPE))
        inside = outside
    return layers


class Encoder(nn.Module):
    """(N,C,32,32) in [-1, 1] -> (N,latent)."""

    def __init__(self, channels: int, latent: int, factor: float = 1.0) -> None:
        super().__init__()
        self.layers = nn.Sequential(*_down(channels, factor), nn.Conv2d(widths(factor)[-1], latent, 4, bias=False))
        initialise(self.modules())

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images).flatten(1)


class Decoder(nn.Module):
    """(N,latent) -> (N,C,32,32) in [-1, 1]: the encoder mirrored, with tanh."""

    def __init__(self, channels: int, latent: int, factor: float = 1.0) -> None:
        super().__init__()
        first, second, third = widths(factor)
        layers: list[nn.Module] = [nn.ConvTranspose2d(latent, third, 4, bias=False), nn.BatchNorm2d(third), nn.ReLU()]
        for inside, outside in ((third, second), (second, first)):
            layers += [nn.ConvTranspose2d(inside, outside, 4, stride=2, padding=1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.ConvTranspose2d(first, channels, 4, stride=2, padding=1, bias=False), nn.Tanh())
        initialise(self.modules())

    def forward(self, codes: Tensor) -> Tensor:
        return self.layers(codes[:, :, None, None])


class Generator(nn.Module):
    """G: encoder G_e, decoder, and with `auxiliary` the second encoder G_e' (algorithm 1)."""

    def __init__(self, channels: int, latent: int, factor: float = 1.0, auxiliary: bool = False) -> None:
        super().__init__()
        self.encoder = Encoder(channels, latent, factor)
        self.decoder = Decoder(channels, latent, factor)
        self.auxiliary = Encoder(channels, latent, factor) if auxiliary else None

    def forward(self, images: Tensor) -> Rebuilt:
        code = self.encoder(images)
        rebuilt = self.decoder(code)
        return Rebuilt(rebuilt, code, None if self.auxiliary is None else self.auxiliary(rebuilt))


class Discriminator(nn.Module):
    """D: (N,C,32,32) -> logits (N,), positive for a training image, and the last feature map (N,256,4,4)."""

    def __init__(self, channels: int, factor: float = 1.0) -> None:
        super().__init__()
        self.features = nn.Sequential(*_down(channels, factor))
        self.head = nn.Conv2d(widths(factor)[-1], 1, 4, bias=False)
        initialise(self.modules())

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.features(images)
        return self.head(features).flatten(), features


def networks(params: AdversarialParams, channels: int = 3) -> dict[str, nn.Module]:
    """`generator` and, where there is one, `discriminator`, with random weights of torch's global generator."""
    built: dict[str, nn.Module] = {"generator": Generator(channels, params.latent, params.width, params.auxiliary)}
    if params.discriminator:
        built["discriminator"] = Discriminator(channels, params.width)
    return built


def initialise(modules: Iterable[nn.Module]) -> None:
    """Convolutions N(0, 0.02), batch norm scales N(1, 0.02): how DCGAN and GANomaly begin."""
    for module in modules:
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(module.weight, 0.0, 0.02)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
