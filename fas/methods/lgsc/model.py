"""LGSC's networks: the spoof cue generator (a ResNet-18 U-Net) and the auxiliary classifier."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, pad
from torchvision.models.resnet import BasicBlock

from fas.backbones.resnet import Encoder
from fas.methods.lgsc.params import LgscParams

Norm = Callable[[int], nn.Module]


def instance_norm(channels: int) -> nn.Module:
    """Instance normalisation with learnable scale and shift, as the authors' code has it (PyTorch's default has none)."""
    return nn.InstanceNorm2d(channels, affine=True)


class DecoderBlock(nn.Module):
    """Upsample, 2x2 convolution, join the encoder's map, two residual blocks beside a 1x1 shortcut (paper 3.3, fig. 2).

    `joined` is the number of channels of the encoder map, 0 where nothing is joined; `norm` follows the 2x2 convolution and
    `block_norm` those of the residual blocks and the shortcut.
    """

    def __init__(self, inside: int, reduced: int, joined: int, outside: int, *, norm: Norm, block_norm: Norm) -> None:
        super().__init__()
        self.reduce = nn.Sequential(nn.Conv2d(inside, reduced, 2, bias=False), norm(reduced), nn.ReLU(inplace=True))
        wide = reduced + joined
        self.blocks = nn.Sequential(
            BasicBlock(wide, outside, downsample=_pointwise(wide, outside, block_norm), norm_layer=block_norm),
            BasicBlock(outside, outside, norm_layer=block_norm),
        )
        self.shortcut = _pointwise(wide, outside, block_norm)

    def forward(self, deeper: Tensor, joined: Tensor | None = None) -> Tensor:
        """(N,inside,h,w), and the encoder's (N,joined,2h,2w) -> (N,outside,2h,2w)."""
        maps = self.reduce(pad(interpolate(deeper, scale_factor=2.0, mode="nearest"), (0, 1, 0, 1)))
        if joined is not None:
            maps = torch.cat([maps, joined], dim=1)
        return self.blocks(maps) + self.shortcut(maps)


def _pointwise(inside: int, outside: int, norm: Norm) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inside, outside, 1, bias=False), norm(outside))


class Generator(nn.Module):
    """The spoof cue generator: image -> cue in [-1, 1], and the maps that the triplet losses use.

    Args:
        width: channels of the first stage (paper: 64).
        norm: normalisation of the decoder, `instance` (paper) or `batch`.
        faithful_in: the output block is instance-normalised as well (paper). Such a cue's amplitude is fixed per image.
        zero_init: a learnable gain per colour channel, zero at first, so that training begins from a zero cue.
    """

    def __init__(self, width: int = 64, norm: str = "instance", faithful_in: bool = True, zero_init: bool = False) -> None:
        super().__init__()
        self.encoder = Encoder(width)
        decoder_norm: Norm = instance_norm if norm == "instance" else nn.BatchNorm2d
        output_norm: Norm = instance_norm if faithful_in else nn.Identity
        e1, e2, e3, e4, e5 = self.encoder.channels
        # (inside, reduced, joined, outside) of D1 ... D4
        sizes = [(e5, e4, e4, e4), (e4, e3, e3, e3), (e3, e2, e2, e2), (e2, e1, e1, e1)]
        blocks = [DecoderBlock(*size, norm=decoder_norm, block_norm=decoder_norm) for size in sizes]
        self.decoder = nn.ModuleList([*blocks, DecoderBlock(e1, e1, 0, 3, norm=decoder_norm, block_norm=output_norm)])
        self.gain = nn.Parameter(torch.zeros(3, 1, 1)) if zero_init else None

    def forward(self, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """(N,3,P,P) in [-1, 1] -> the cue (N,3,P,P) and the maps E5, D1 ... D4 and SC (the cue itself)."""
        *encoded, deepest = self.encoder(images)
        maps = {"E5": deepest}
        current = deepest
        for index, block in enumerate(self.decoder, start=1):
            current = block(current, encoded.pop() if encoded else None)
            maps[f"D{index}"] = current
        raw = maps.pop("D5")
        cue = torch.tanh(raw if self.gain is None else self.gain * raw)
        return cue, maps | {"SC": cue}


class Classifier(nn.Module):
    """The auxiliary classifier: ResNet-18, global average pooling, dropout, two logits (attack, live)."""

    def __init__(self, width: int = 64, dropout: float = 0.5) -> None:
        super().__init__()
        self.encoder = Encoder(width)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(self.encoder.channels[-1], 2)

    def forward(self, images: Tensor) -> Tensor:
        """(N,3,P,P) -> logits (N,2) of (attack, live)."""
        return self.fc(self.dropout(pooled(self.encoder(images)[-1])))


def pooled(maps: Tensor) -> Tensor:
    """Global average pooling: (N,C,h,w) -> (N,C)."""
    return maps.mean(dim=(2, 3))


def cue_magnitude(cue: Tensor) -> Tensor:
    """Mean absolute cue per image, eq. 10: (N,3,P,P) -> (N,) in [0, 1]. High means attack."""
    return cue.abs().mean(dim=(1, 2, 3))


def networks(params: LgscParams) -> dict[str, nn.Module]:
    """The generator and, unless there is none, the auxiliary classifier, with random weights."""
    built: dict[str, nn.Module] = {
        "generator": Generator(params.width, params.decoder_norm, params.faithful_in, params.zero_init_output),
    }
    if params.auxiliary_input != "none":
        built["classifier"] = Classifier(params.width, params.dropout)
    return built


def auxiliary(modules: Mapping[str, nn.Module], images: Tensor, cue: Tensor, params: LgscParams) -> Tensor | None:
    """The classifier's logits (N,2) on image + cue (or on the cue alone); None without a classifier."""
    if params.auxiliary_input == "none":
        return None
    return modules["classifier"](images + cue if params.auxiliary_input == "overlaid" else cue)
