"""SA-FAS: a backbone's vector and a logistic head per domain (Sun et al. 2023, section 4)."""

from typing import NamedTuple

from torch import Tensor, nn

from fas.backbones.build import build
from fas.domains.scoring import Scorer
from fas.methods.safas.augment import cropped, middle
from fas.methods.safas.heads import Heads, live_score
from fas.methods.safas.params import SafasParams

DOMAINS = 3  # of the leave-one-out protocols


class Seen(NamedTuple):
    """Features (N,D), and the heads' logits (N,E)."""

    features: Tensor
    logits: Tensor


class Network(nn.Module):
    """Backbone and heads."""

    def __init__(self, params: SafasParams, domains: int = DOMAINS) -> None:
        super().__init__()
        self.backbone = build(params.backbone)
        self.heads = Heads(self.backbone.width, domains)

    def forward(self, images: Tensor, cues: Tensor | None = None) -> Seen:
        """(N,3,S,S), and (N,3,T,T) for a backbone that sees them."""
        features = self.backbone(images, cues).vector
        return Seen(features, self.heads(features))


class Live(Scorer):
    """A trained network as a score: of the middle of a face, the mean of what the heads take for the probability of live."""

    def __init__(self, network: Network, area: float) -> None:
        super().__init__()
        self.network = network
        self.box = middle(area)

    def forward(self, images: Tensor, cues: Tensor | None = None) -> Tensor:
        """(N,3,S,S) -> (N,) in [0, 1]."""
        return live_score(self._seen(images, cues).logits)

    def features(self, images: Tensor, cues: Tensor | None = None) -> Tensor:
        """(N,3,S,S) -> what the heads see of the middle of the faces (N,D)."""
        return self._seen(images, cues).features

    def _seen(self, images: Tensor, cues: Tensor | None) -> Seen:
        seen: Seen = self.network(cropped(images, self.box), None if cues is None else cropped(cues, self.box))
        return seen


def networks(params: SafasParams, domains: int = DOMAINS) -> dict[str, nn.Module]:
    """The network with heads for `domains` datasets; random weights."""
    return {"network": Network(params, domains)}
