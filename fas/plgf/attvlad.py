"""AttVLAD: the network on PLGF maps (paper 004, section 3.2.2). Its figure is lost in the scan; this one meets the size it states.

    convolutions -> spatial attention -> NetVLAD -> two linear layers

An example:

    logits = AttVLAD()(torch.rand(4, 1, 64, 64))   # (4,2) of (attack, live)
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, normalize

from fas.errors import UserError

STRIDE = 16  # of the last maps


class Attention(nn.Module):
    """Spatial attention: a 7x7 convolution over the mean and the maximum of the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, maps: Tensor) -> Tensor:
        """(N,D,h,w) -> (N,1,h,w) in (0, 1)."""
        return torch.sigmoid(self.conv(torch.cat([maps.mean(dim=1, keepdim=True), maps.amax(dim=1, keepdim=True)], dim=1)))


class NetVLAD(nn.Module):
    """Vectors of locally aggregated descriptors with a soft assignment that is learned.

    V(k) = sum_i w_i a_k(x_i) (x_i - c_k), a_k(x) = softmax_k(2 alpha c_k x - alpha |c_k|^2) at first, of unit vectors x_i; then every
    V(k) and the whole are brought to unit length. Centroids c and the assignment's weights are learned apart, as in the original.

    Args:
        dim: D, the length of a local feature.
        clusters: K.
        alpha: how hard the assignment is at first.
    """

    def __init__(self, dim: int = 64, clusters: int = 32, alpha: float = 100.0) -> None:
        super().__init__()
        self.alpha = alpha
        self.assign = nn.Linear(dim, clusters)
        self.centroids = nn.Parameter(torch.empty(clusters, dim))
        self.start(normalize(torch.randn(clusters, dim), dim=1))

    @torch.no_grad()
    def start(self, centroids: Tensor) -> None:
        """Begin from these centroids (K,D): the assignment is then softmax_k(-alpha |x - c_k|^2)."""
        self.centroids.copy_(centroids)
        self.assign.weight.copy_(2 * self.alpha * centroids)
        self.assign.bias.copy_(-self.alpha * centroids.square().sum(dim=1))

    def forward(self, features: Tensor, weights: Tensor) -> Tensor:
        """Local features (N,L,D) and their weights (N,L) -> (N,K*D) of unit length."""
        unit = normalize(features, dim=2)
        shares = torch.softmax(self.assign(unit), dim=2) * weights.unsqueeze(2)  # (N,L,K)
        sums = shares.transpose(1, 2) @ unit - shares.sum(dim=1).unsqueeze(2) * self.centroids
        return normalize(normalize(sums, dim=2).flatten(1), dim=1)


class AttVLAD(nn.Module):
    """The network. The defaults have 94,364 parameters (paper: 96 thousand).

    Args:
        maps: channels of the input (1: luminance, 3: a PLGF map for each colour).
        width: channels of the first convolution; the others have 2, 4 and 8 times as many.
        clusters: K of NetVLAD.
        hidden: length of the vector between the two linear layers.
        alpha: of NetVLAD.
        vlad: False is the baseline of table 10: the mean over the picture in the place of NetVLAD.
    """

    def __init__(
        self, maps: int = 1, width: int = 8, clusters: int = 32, hidden: int = 32, alpha: float = 100.0, vlad: bool = True
    ) -> None:
        super().__init__()
        self.maps = maps
        sizes = [maps, width, 2 * width, 4 * width, 8 * width]
        self.convolutions = nn.ModuleList(_block(sizes[index], sizes[index + 1], 1 if index else 2) for index in range(4))
        self.attention = Attention()
        self.vlad = NetVLAD(sizes[-1], clusters, alpha) if vlad else None
        self.head = nn.Sequential(nn.Linear(clusters * sizes[-1] if vlad else sizes[-1], hidden), nn.ReLU(), nn.Linear(hidden, 2))

    def features(self, plgf: Tensor) -> Tensor:
        """(N,C,H,W) in [0, 1) -> the local features (N,D,H/16,W/16), before attention; Grad-CAM weighs these.

        Raises:
            UserError: maps below 16 x 16.
        """
        height, width = plgf.shape[-2:]
        if min(height, width) < STRIDE:
            raise UserError(f"AttVLAD: an image of {width} x {height} pixels is below {STRIDE} x {STRIDE}")
        first, *others = self.convolutions
        current = first(plgf)
        for block in others:
            current = max_pool2d(block(current), 2)
        return current

    def classify(self, features: Tensor) -> Tensor:
        """Local features (N,D,h,w) -> logits (N,2) of (attack, live).

        Attention weighs a place's share in the sum. To scale the features themselves would do nothing: NetVLAD makes them unit vectors.
        """
        weights = self.attention(features)
        if self.vlad is None:
            return self.head((features * weights).mean(dim=(2, 3)))
        return self.head(self.vlad(features.flatten(2).transpose(1, 2), weights.flatten(1)))

    def forward(self, plgf: Tensor) -> Tensor:
        """(N,C,H,W) in [0, 1) -> logits (N,2) of (attack, live)."""
        return self.classify(self.features(plgf))


def _block(inside: int, outside: int, stride: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inside, outside, 3, stride, padding=1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True))
