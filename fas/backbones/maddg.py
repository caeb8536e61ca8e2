"""The network of MADDG (Shao et al. 2019), which SSDG-M and SSAN-M take: ten 3x3 convolutions, then an embedder of three."""

from torch import Tensor, nn

from fas.backbones.features import Backbone, Features
from fas.backbones.params import BackboneParams

BLOCKS = ((64, 128, 196, 128), (128, 196, 128), (128, 196, 128))  # channels; each block ends with a pooling by 2
EMBEDDER = (128, 256, 512)  # the first two end with a pooling by 2
PAPER_WIDTH = 64


class Maddg(Backbone):
    """At `width` 64 and 256 pixels: blocks of 128 channels at 128, 64 and 32 pixels, an embedder of 512 at 8, its average the vector."""

    def __init__(self, params: BackboneParams) -> None:
        super().__init__()
        scaled = [tuple(max(1, round(count * params.width / PAPER_WIDTH)) for count in block) for block in (*BLOCKS, EMBEDDER)]
        inside, blocks = 3, []
        for block in scaled[:-1]:
            blocks.append(nn.Sequential(*_convolutions(inside, block), nn.MaxPool2d(2)))
            inside = block[-1]
        self.blocks = nn.ModuleList(blocks)
        first, second, third = scaled[-1]
        self.embedder = nn.Sequential(
            *_convolutions(inside, (first,)),
            nn.MaxPool2d(2),
            *_convolutions(first, (second,)),
            nn.MaxPool2d(2),
            *_convolutions(second, (third,)),
        )
        self.width = self.channels = third
        self.level_channels = (scaled[0][-1], scaled[1][-1], scaled[2][-1])
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor, cues: Tensor | None = None) -> Features:
        """See `Backbone`; the levels are the three blocks' outputs."""
        first = self.blocks[0](images)
        second = self.blocks[1](first)
        third = self.blocks[2](second)
        last = self.embedder(third)
        return Features(last.mean(dim=(2, 3)), last, (first, second, third))


def _convolutions(inside: int, outside: tuple[int, ...]) -> list[nn.Module]:
    """3x3 convolutions, each with batch normalisation and ReLU."""
    layers: list[nn.Module] = []
    for count in outside:
        layers += [nn.Conv2d(inside, count, 3, padding=1, bias=False), nn.BatchNorm2d(count), nn.ReLU(inplace=True)]
        inside = count
    return layers
