"""ResNet-18 at any width (He et al. 2016), its tensors named as in torchvision."""

import torch
from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock

from fas.backbones.features import Backbone, Features
from fas.backbones.params import BackboneParams


class Encoder(nn.Module):
    """ResNet-18 without its head, `width` channels in the first stage; with `stages` 3 without layer4."""

    def __init__(self, width: int, stages: int = 4) -> None:
        super().__init__()
        self.channels = (width, width, 2 * width, 4 * width, 8 * width)[: stages + 1]
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.layer1 = _stage(width, width, 1)
        self.layer2 = _stage(width, 2 * width, 2)
        self.layer3 = _stage(2 * width, 4 * width, 2)
        if stages == 4:
            self.layer4 = _stage(4 * width, 8 * width, 2)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> list[Tensor]:
        """(N,3,P,P) -> E1 ... E5 at strides 2, 4, 8, 16, 32 (E1: the stem before pooling); with three stages E1 ... E4."""
        stem = torch.relu(self.bn1(self.conv1(images)))
        maps = [stem, self.layer1(nn.functional.max_pool2d(stem, 3, stride=2, padding=1))]
        for stage in (self.layer2, self.layer3, *([self.layer4] if len(self.channels) == 5 else [])):
            maps.append(stage(maps[-1]))
        return maps


def _stage(inside: int, outside: int, stride: int) -> nn.Sequential:
    shortcut = None
    if stride != 1:
        shortcut = nn.Sequential(nn.Conv2d(inside, outside, 1, stride, bias=False), nn.BatchNorm2d(outside))
    return nn.Sequential(BasicBlock(inside, outside, stride, shortcut), BasicBlock(outside, outside))


class ResNet18(Backbone):
    """The vector is the global average of the last stage's map; the levels are the outputs of layer1, layer2 and layer3."""

    def __init__(self, params: BackboneParams) -> None:
        super().__init__()
        self.encoder = Encoder(params.width, params.stages)
        channels = self.encoder.channels
        self.width = self.channels = channels[-1]
        self.level_channels = (channels[1], channels[2], channels[3])

    def forward(self, images: Tensor, cues: Tensor | None = None) -> Features:
        """See `Backbone`."""
        _, first, second, third, *rest = self.encoder(images)
        last = rest[0] if rest else third
        return Features(last.mean(dim=(2, 3)), last, (first, second, third))
