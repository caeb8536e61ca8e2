"""SSAN: content and style of a face apart, and together again in any combination (Wang et al. 2022, section 3).

network = Network(params)
seen = network(images, cues, partner)   # partner: whose style each content is also given
"""

from typing import NamedTuple

from torch import Tensor, nn

from fas.backbones.build import build
from fas.backbones.features import Backbone
from fas.backbones.maddg import Maddg
from fas.domains.scoring import Scorer
from fas.methods.ssan.layers import AdaINBlock, ClassHead, DepthHead, Discriminator, Style, convolved
from fas.methods.ssan.params import SsanParams

DOMAINS = 3  # of the leave-one-out protocols


class Seen(NamedTuple):
    """Of N images: the content map (N,C,h,w); features of content with its own style and with its partner's, (N,F); and what the head
    says of the first: logits (N,2) or depth (N,h,w)."""

    content: Tensor
    own: Tensor
    mixed: Tensor
    said: Tensor


class Network(nn.Module):
    """Backbone, content branch, style branch, two AdaIN blocks and a head."""

    def __init__(self, params: SsanParams) -> None:
        super().__init__()
        self.backbone = content_backbone(params)
        self.depth = params.head == "depth"
        self.reduce = convolved(self.backbone.channels, params.channels, 1 if self.depth else 2)
        self.style = Style(self.backbone.level_channels, params.channels)
        self.blocks = nn.ModuleList(AdaINBlock(params.channels, params.adain_block == "repo") for _ in range(2))
        self.head: ClassHead | DepthHead = DepthHead(params.channels) if self.depth else ClassHead(params.channels)

    def forward(self, images: Tensor, cues: Tensor | None = None, partner: Tensor | None = None) -> Seen:
        """(N,3,S,S), (N,3,T,T) for a backbone that sees them, and (N,) int64 places in the batch; without `partner` `mixed` is `own`."""
        features = self.backbone(images, cues)
        content = self.reduce(features.map)
        gamma, beta = self.style(features.levels)
        own, said = self.head(self._styled(content, gamma, beta))
        mixed = own if partner is None else self.head(self._styled(content, gamma[partner], beta[partner]))[0]
        return Seen(content, own, mixed, said)

    def _styled(self, content: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        for block in self.blocks:
            content = block(content, gamma, beta)
        return content


def content_backbone(params: SsanParams) -> Backbone:
    """The backbone whose `map` is SSAN's content. Of the MADDG network that is the third block, so its embedder goes."""
    backbone = build(params.backbone)
    if isinstance(backbone, Maddg):
        backbone.embedder = nn.Sequential()
        backbone.width = backbone.channels = backbone.level_channels[-1]
    return backbone


class Live(Scorer):
    """A trained network as a score: the probability of live, or the mean depth. Both in [0, 1]."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor, cues: Tensor | None = None) -> Tensor:
        """(N,3,S,S) -> (N,)."""
        said = self.network(images, cues).said
        return said.mean(dim=(1, 2)) if self.network.depth else said.softmax(dim=1)[:, 1]

    def features(self, images: Tensor, cues: Tensor | None = None) -> Tensor:
        """(N,3,S,S) -> of the content with its own style (N,F)."""
        seen: Seen = self.network(images, cues)
        return seen.own


def networks(params: SsanParams, domains: int = DOMAINS) -> dict[str, nn.Module]:
    """The network and the discriminator of `domains` datasets; random weights."""
    return {"network": Network(params), "discriminator": Discriminator(params.channels, domains, params.head == "depth")}
