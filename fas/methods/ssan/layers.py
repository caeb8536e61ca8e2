"""The parts of SSAN that are not its backbone: adaptive instance normalisation, style, content, and what reads a stylised map."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, instance_norm


def adain(content: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """Adaptive instance normalisation: each channel of (N,C,h,w) with mean beta and deviation |gamma|, both (N,C)."""
    return gamma[:, :, None, None] * instance_norm(content) + beta[:, :, None, None]


class AdaINBlock(nn.Module):
    """A residual block whose two normalisations are `adain`: conv, adain, ReLU, conv, adain, and the input added.

    With `repo` as the original's code computes it: its ReLU takes the block's input in the place of what the first convolution and
    normalisation gave, so that both are dropped.
    """

    def __init__(self, channels: int, repo: bool = False) -> None:
        super().__init__()
        self.first = None if repo else nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, content: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        """(N,C,h,w) and (N,C) twice -> (N,C,h,w)."""
        inner = content if self.first is None else adain(self.first(content), gamma, beta)
        return content + adain(self.second(torch.relu(inner)), gamma, beta)


class Style(nn.Module):
    """What is left of an image without its content: gamma and beta of `adain`, from several levels of a backbone.

    Each level (fine to coarse) goes through a convolution with stride 2 and instance normalisation and is added to the next one; the
    last is pooled by its maximum over the whole map. Levels of equal size (a transformer's) are averaged down to meet.
    """

    def __init__(self, levels: Sequence[int], channels: int) -> None:
        super().__init__()
        widths = [*levels, channels]
        self.convolutions = nn.ModuleList(nn.Conv2d(now, after, 3, 2, 1, bias=False) for now, after in pairwise(widths))
        self.gamma = nn.Sequential(nn.Linear(channels, channels), nn.ReLU(), nn.Linear(channels, channels))
        self.beta = nn.Sequential(nn.Linear(channels, channels), nn.ReLU(), nn.Linear(channels, channels))

    def forward(self, levels: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Maps (N,c,h,w), one per level -> gamma and beta, (N,C) each."""
        reduced: Tensor | None = None
        for level, convolution in zip(levels, self.convolutions, strict=True):
            joined = level if reduced is None else level + _met(reduced, level)
            reduced = torch.relu(instance_norm(convolution(joined)))
        assert reduced is not None
        pooled = reduced.amax(dim=(2, 3))
        return self.gamma(pooled), self.beta(pooled)


def _met(reduced: Tensor, level: Tensor) -> Tensor:
    """A reduced level in the size of the next one: as it is where it was halved as the backbone halves, else resized by averaging."""
    return reduced if reduced.shape[2:] == level.shape[2:] else adaptive_avg_pool2d(reduced, (level.shape[2], level.shape[3]))


def convolved(before: int, after: int, stride: int) -> nn.Sequential:
    """A 3x3 convolution with batch normalisation and ReLU."""
    return nn.Sequential(nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU())


class ClassHead(nn.Module):
    """SSAN-R's: a convolution with stride 2, the global average, two logits (attack, live)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.reduce = convolved(channels, 2 * channels, 2)
        self.classifier = nn.Linear(2 * channels, 2)

    def forward(self, stylised: Tensor) -> tuple[Tensor, Tensor]:
        """(N,C,h,w) -> the feature that is contrasted (N,2C), and logits (N,2)."""
        feature = self.reduce(stylised).mean(dim=(2, 3))
        return feature, self.classifier(feature)


class DepthHead(nn.Module):
    """SSAN-M's: a map of depth in [0, 1], as large as the content."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.decoder = nn.Sequential(convolved(channels, channels, 1), convolved(channels, channels // 2, 1))
        self.depth = nn.Conv2d(channels // 2, 1, 3, padding=1)

    def forward(self, stylised: Tensor) -> tuple[Tensor, Tensor]:
        """(N,C,h,w) -> the feature that is contrasted (N,C), and depth (N,h,w)."""
        return stylised.mean(dim=(2, 3)), torch.sigmoid(self.depth(self.decoder(stylised)))[:, 0]


def ellipsoid(height: int, width: int) -> Tensor:
    """The depth (h,w) that stands for a live face's: an upright ellipsoid in the middle of the aligned face, 1 at its nearest point.

    Nobody ran a depth estimator: see README.md, deviations.
    """
    y = (torch.arange(height) + 0.5) / height - 0.5
    x = (torch.arange(width) + 0.5) / width - 0.5
    inside = 1 - (y[:, None] / 0.5) ** 2 - (x[None] / 0.38) ** 2
    return inside.clamp_min(0).sqrt()


class Discriminator(nn.Module):
    """Which dataset a content map is from: two layers behind the global average (SSAN-R), or two convolutions before it (SSAN-M)."""

    def __init__(self, channels: int, domains: int, convolutional: bool) -> None:
        super().__init__()
        self.maps = nn.Sequential(convolved(channels, channels, 2), convolved(channels, channels, 2)) if convolutional else nn.Identity()
        self.vector = nn.Identity() if convolutional else nn.Sequential(nn.Linear(channels, channels), nn.ReLU())
        self.classifier = nn.Linear(channels, domains)

    def forward(self, content: Tensor) -> Tensor:
        """(N,C,h,w) -> logits (N,domains)."""
        return self.classifier(self.vector(self.maps(content).mean(dim=(2, 3))))
