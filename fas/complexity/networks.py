"""The networks of paper 004, Table 14, with random weights; each reads one RGB frame."""

from collections.abc import Callable

from torch import Tensor, nn

from fas.plgf.attvlad import AttVLAD
from fas.plgf.plgf import Plgf

SIDE = 224  # pixels: the only size at which WRN-28-2 costs what the paper states
Builder = Callable[[], nn.Module]


class PlgfBranch(nn.Module):
    """What a frame costs in the PLGF branch: the descriptor, then AttVLAD."""

    def __init__(self) -> None:
        super().__init__()
        self.describe = Plgf()
        self.network = AttVLAD()

    def forward(self, images: Tensor) -> Tensor:
        """(N,3,H,W) in [0, 1] -> logits (N,2)."""
        return self.network(self.describe(images))


def _resnet18() -> nn.Module:
    from torchvision.models import resnet18

    return resnet18()


def _inception3() -> nn.Module:
    from torchvision.models import inception_v3

    return inception_v3(aux_logits=False, init_weights=False)


def _mobilenet_v2() -> nn.Module:
    from torchvision.models import mobilenet_v2

    return mobilenet_v2()


def _densenet() -> nn.Module:
    from torchvision.models import densenet121

    return densenet121()


def _wide_resnet() -> nn.Module:
    from fas.methods.meta_pseudo_label.model import WideResNet

    return WideResNet(depth=28, width=2)


NETWORKS: dict[str, Builder] = {
    "ResNet18": _resnet18,
    "Inception3": _inception3,
    "MobileNetV2": _mobilenet_v2,
    "DenseNet": _densenet,
    "WideResNet": _wide_resnet,
    "AttVLAD": PlgfBranch,
}
