"""SSDG's embedder, classifier and domain discriminator, on any backbone."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, normalize

from fas.backbones.build import build
from fas.backbones.features import Backbone, Features
from fas.domains.scoring import Scorer
from fas.methods.ssdg.params import SsdgParams

DOMAINS = 3  # of a leave-one-out training: what `networks` builds where no clips are at hand


class Embedded(NamedTuple):
    """Of N images: the normalised feature (N,E), and logits (N,2) of (attack, live)."""

    feature: Tensor
    logits: Tensor


class Head(nn.Module):
    """Embedder, feature normalisation and the classifier with normalised columns."""

    def __init__(self, width: int, params: SsdgParams) -> None:
        super().__init__()
        self.embed = nn.Linear(width, params.embedding)
        nn.init.normal_(self.embed.weight, std=0.005)
        nn.init.constant_(self.embed.bias, 0.1)
        self.after = nn.Sequential(nn.ReLU() if params.embedding_relu else nn.Identity(), nn.Dropout(params.embedding_dropout))
        self.weight = nn.Parameter(0.01 * torch.randn(2, params.embedding))
        self.how = params.feat_norm

    def forward(self, vector: Tensor) -> Embedded:
        """(N,D) -> feature and logits. Each column of the classifier's weight, a pair of attack and live, has norm 1."""
        feature = normalised(self.after(self.embed(vector)), self.how)
        return Embedded(feature, linear(feature, normalize(self.weight, dim=0)))


def normalised(features: Tensor, how: str) -> Tensor:
    """(N,E) to norm 1 (`l2`, the paper), or f / (sqrt(2) |f|^0.5), of norm sqrt(|f| / 2) (`repo`, the authors' code)."""
    if how == "l2":
        return normalize(features, dim=1)
    return features / (2 * features.norm(dim=1, keepdim=True).clamp_min(1e-12)).sqrt()


class Discriminator(nn.Module):
    """Which domain a feature is of."""

    def __init__(self, size: int, domains: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(size, size), nn.ReLU(), nn.Dropout(dropout), nn.Linear(size, domains))

    def forward(self, features: Tensor) -> Tensor:
        """(N,E) -> logits (N,domains)."""
        return self.layers(features)


class Live(Scorer):
    """Backbone and head as one."""

    def __init__(self, backbone: nn.Module, head: nn.Module) -> None:
        super().__init__()
        self.backbone, self.head = backbone, head

    def forward(self, images: Tensor, cues: Tensor | None = None) -> Tensor:
        """(N,3,S,S) and (N,3,T,T), normalised -> the probability of live (N,) in [0, 1]."""
        return self._embedded(images, cues).logits.softmax(dim=1)[:, 1]

    def features(self, images: Tensor, cues: Tensor | None = None) -> Tensor:
        """The normalised feature (N,E)."""
        return self._embedded(images, cues).feature

    def _embedded(self, images: Tensor, cues: Tensor | None) -> Embedded:
        seen: Features = self.backbone(images, cues)
        return self.head(seen.vector)


def networks(params: SsdgParams, domains: int = DOMAINS) -> dict[str, nn.Module]:
    """Backbone, head and, unless its loss has no weight, the discriminator of so many domains; random weights."""
    backbone: Backbone = build(params.backbone)
    built: dict[str, nn.Module] = {"backbone": backbone, "head": Head(backbone.width, params)}
    if params.adversarial_weight:
        built["discriminator"] = Discriminator(params.embedding, domains, params.discriminator_dropout)
    return built
