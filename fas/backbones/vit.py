"""Vision Transformers (Dosovitskiy et al. 2021), torchvision's: of the image, of the residual, or of each."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torchvision.models.vision_transformer import ConvStemConfig, VisionTransformer

from fas.backbones.features import Backbone, Features, given
from fas.backbones.params import BackboneParams

Layer = Callable[[nn.Module, Tensor], Tensor]  # one layer applied to tokens (N,1+T,D)


def transformer(params: BackboneParams) -> VisionTransformer:
    """torchvision's network without its head, random weights."""
    sizes = params.transformer
    stem = [ConvStemConfig(count, 3, 2) for count in sizes.stem] or None
    network = VisionTransformer(
        params.size, sizes.patch, sizes.layers, sizes.heads, sizes.hidden, sizes.mlp, conv_stem_configs=stem, num_classes=1
    )
    network.heads = nn.Identity()
    return network


def tokens_of(network: VisionTransformer, images: Tensor, layer: Layer = lambda block, tokens: block(tokens)) -> Features:
    """All layers of a Vision Transformer on (N,3,S,S): the class token after the last normalisation as the vector, the patch tokens as
    the map. `layer` says how a layer is applied."""
    patches = network.conv_proj(images)
    tokens = torch.cat([network.class_token.expand(len(images), -1, -1), patches.flatten(2).transpose(1, 2)], dim=1)
    tokens = network.encoder.dropout(tokens + network.encoder.pos_embedding)
    count = len(network.encoder.layers)
    deep = [-(-count * quarter // 4) for quarter in (1, 2, 3)]
    after = []
    for block in network.encoder.layers:
        tokens = layer(block, tokens)
        after.append(tokens)
    first, second, third = (_map(after[number - 1], patches) for number in deep)
    last = network.encoder.ln(tokens)
    return Features(last[:, 0], _map(last, patches), (first, second, third))


def _map(tokens: Tensor, patches: Tensor) -> Tensor:
    """Patch tokens (N,1+hw,D) where they are in the image: (N,D,h,w)."""
    return tokens[:, 1:].transpose(1, 2).reshape(len(tokens), -1, *patches.shape[2:])


class Vit(Backbone):
    """A Vision Transformer on the image."""

    def __init__(self, params: BackboneParams) -> None:
        super().__init__()
        self.vit = transformer(params)
        self.width = self.channels = params.transformer.hidden
        self.level_channels = (self.width,) * 3

    def forward(self, images: Tensor, cues: Tensor | None = None) -> Features:
        """See `Backbone`."""
        return tokens_of(self.vit, images)


class Residual(Vit):
    """A Vision Transformer on the residual alone (paper 001, table 5: `only residual`)."""

    sees_cue = True

    def forward(self, images: Tensor, cues: Tensor | None = None) -> Features:
        """See `Backbone`; the image is not looked at."""
        return tokens_of(self.vit, given(cues))


class Dual(Backbone):
    """Two Vision Transformers, of the image and of the residual, their features side by side (paper 001, table 5: `dual-branch`)."""

    sees_cue = True

    def __init__(self, params: BackboneParams) -> None:
        super().__init__()
        self.vit = transformer(params)
        self.cue_vit = transformer(params)
        self.width = self.channels = 2 * params.transformer.hidden
        self.level_channels = (self.width,) * 3

    def forward(self, images: Tensor, cues: Tensor | None = None) -> Features:
        """See `Backbone`."""
        one, other = tokens_of(self.vit, images), tokens_of(self.cue_vit, given(cues))
        first, second, third = (torch.cat(pair, dim=1) for pair in zip(one.levels, other.levels, strict=True))
        return Features(torch.cat([one.vector, other.vector], 1), torch.cat([one.map, other.map], 1), (first, second, third))
