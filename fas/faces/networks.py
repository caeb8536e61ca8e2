"""MTCNN's three networks (Zhang et al. 2016), parameters in the order of the `mtcnn` package's weight files.

Input (N,3,H,W) float32, RGB scaled by (x - 127.5) / 128. P-Net is fully convolutional (12x12 cells, stride 2), R-Net reads 24x24 and
O-Net 48x48. Box offsets are in units of the box's width and height; landmarks are (x1..x5, y1..y5) in the unit square of the box.
"""

import torch
from torch import nn


class PNet(nn.Module):
    """Proposals: offsets (N,4,h,w) and face probability (N,h,w)."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 10, 3), nn.PReLU(10), nn.MaxPool2d(2, 2, ceil_mode=True)),
            *(nn.Conv2d(10, 16, 3), nn.PReLU(16)),
            *(nn.Conv2d(16, 32, 3), nn.PReLU(32)),
        )
        self.box = nn.Conv2d(32, 4, 1)
        self.face = nn.Conv2d(32, 2, 1)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.features(x)
        return self.box(x), self.face(x).softmax(1)[:, 1]


class RNet(nn.Module):
    """Refinement: offsets (N,4) and face probability (N,)."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 28, 3), nn.PReLU(28), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(nn.Conv2d(28, 48, 3), nn.PReLU(48), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(48, 64, 2), nn.PReLU(64), nn.Flatten()),
            *(nn.Linear(576, 128), nn.PReLU(128)),
        )
        self.box = nn.Linear(128, 4)
        self.face = nn.Linear(128, 2)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        x = self.features(x)
        return self.box(x), self.face(x).softmax(1)[:, 1]


class ONet(nn.Module):
    """Output: offsets (N,4), landmarks (N,10) and face probability (N,)."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *(nn.Conv2d(3, 32, 3), nn.PReLU(32), nn.MaxPool2d(3, 2, ceil_mode=True)),
            *(nn.Conv2d(32, 64, 3), nn.PReLU(64), nn.MaxPool2d(3, 2)),
            *(nn.Conv2d(64, 64, 3), nn.PReLU(64), nn.MaxPool2d(2, 2, ceil_mode=True)),
            *(nn.Conv2d(64, 128, 2), nn.PReLU(128), nn.Flatten()),
            *(nn.Linear(1152, 256), nn.PReLU(256)),
        )
        self.box = nn.Linear(256, 4)
        self.landmarks = nn.Linear(256, 10)
        self.face = nn.Linear(256, 2)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        x = self.features(x)
        return self.box(x), self.landmarks(x), self.face(x).softmax(1)[:, 1]
