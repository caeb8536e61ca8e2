"""The RGB branch's network: a wide residual network on patches (paper 004, figure 4)."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from fas.methods.meta_pseudo_label import plgf
from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams

STEM = 16  # channels of the first convolution at width 1 or more


class Block(nn.Module):
    """Two 3x3 convolutions, each behind batch norm and leaky ReLU, beside an identity or a 1x1 convolution.

    `shared` lets the shortcut too begin behind the first activation, as the first block of the network has it.
    """

    def __init__(self, inside: int, outside: int, stride: int, slope: float, momentum: float, shared: bool) -> None:
        super().__init__()
        self.slope = slope
        self.shared = shared
        self.bn1 = _norm(inside, momentum)
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, padding=1, bias=False)
        self.bn2 = _norm(outside, momentum)
        self.conv2 = nn.Conv2d(outside, outside, 3, padding=1, bias=False)
        self.shortcut = nn.Conv2d(inside, outside, 1, stride, bias=False) if inside != outside or stride != 1 else None

    def forward(self, maps: Tensor) -> Tensor:
        active = leaky_relu(self.bn1(maps), self.slope)
        past = active if self.shared else maps
        out = self.conv2(leaky_relu(self.bn2(self.conv1(active)), self.slope))
        return out + (past if self.shortcut is None else self.shortcut(past))


class WideResNet(nn.Module):
    """WRN-`depth`-`width`: three groups of blocks at strides 1, 2 and 4, then the average over the picture. Any size of image.

    WRN-28-2 has 1,466,578 parameters for the two classes attack and live.

    Args:
        depth: 6 n + 4 with n blocks in a group (paper: 28).
        width: factor on the channels 16, 32, 64 of the groups (paper: 2).
        dropout: of the averaged features.
        momentum: share of a batch in the running statistics of batch norm.
        slope: of the leaky ReLU below zero.
    """

    def __init__(self, depth: int = 28, width: int = 2, dropout: float = 0.2, momentum: float = 0.001, slope: float = 0.1) -> None:
        super().__init__()
        self.slope = slope
        self.stem = nn.Conv2d(3, STEM, 3, padding=1, bias=False)
        channels = (STEM, 16 * width, 32 * width, 64 * width)
        blocks = []
        for group, stride in enumerate((1, 2, 2)):
            for index in range((depth - 4) // 6):
                inside, step = (channels[group], stride) if index == 0 else (channels[group + 1], 1)
                blocks.append(Block(inside, channels[group + 1], step, slope, momentum, shared=group == index == 0))
        self.blocks = nn.Sequential(*blocks)
        self.norm = _norm(channels[-1], momentum)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(channels[-1], 2)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, a=slope, mode="fan_out", nonlinearity="leaky_relu")
        nn.init.xavier_normal_(self.fc.weight)
        nn.init.zeros_(self.fc.bias)

    def maps(self, images: Tensor) -> Tensor:
        """(N,3,H,W) in [-1, 1] -> the last maps (N,C,H/4,W/4), which Grad-CAM weighs."""
        return leaky_relu(self.norm(self.blocks(self.stem(images))), self.slope)

    def classify(self, maps: Tensor) -> Tensor:
        """The last maps -> logits (N,2) of (attack, live)."""
        return self.fc(self.dropout(maps.mean(dim=(2, 3))))

    def forward(self, images: Tensor) -> Tensor:
        """(N,3,H,W) in [-1, 1] -> logits (N,2) of (attack, live)."""
        return self.classify(self.maps(images))


def _norm(channels: int, momentum: float) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=momentum)


def probability(logits: Tensor) -> Tensor:
    """Logits (N,2) of (attack, live) -> the probability of live (N,)."""
    return torch.softmax(logits.float(), dim=1)[:, 1]


def wide_resnet(params: MetaPseudoLabelParams) -> WideResNet:
    """The network of the RGB branch with random weights; channels last, which a CPU computes faster."""
    network = WideResNet(params.depth, params.width, params.dropout, params.bn_momentum, params.slope)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def builders(params: MetaPseudoLabelParams) -> dict[str, Callable[[], nn.Module]]:
    """How each network is made: `rgb`, which scores patches; the `teacher` of a meta-pseudo-label training; `plgf`."""
    found: dict[str, Callable[[], nn.Module]] = {}
    if params.mode != "none":
        found["rgb"] = lambda: wide_resnet(params)
    if params.mode == "mpl_uda":
        found["teacher"] = lambda: wide_resnet(params)
    if params.plgf != "none":
        found["plgf"] = lambda: plgf.network(params)
    return found


def networks(params: MetaPseudoLabelParams) -> dict[str, nn.Module]:
    """The networks with random weights."""
    return {name: build() for name, build in builders(params).items()}
