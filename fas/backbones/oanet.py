"""OA-Net, the off-real attention network (paper 001, section III-C): a Vision Transformer that asks the anomalous cue in every layer."""

from functools import partial

import torch
from torch import Tensor, nn
from torchvision.models.vision_transformer import EncoderBlock

from fas.backbones.features import Backbone, Features, given
from fas.backbones.params import BackboneParams
from fas.backbones.resnet import Encoder
from fas.backbones.vit import tokens_of, transformer


class GuidedBlock(EncoderBlock):
    """torchvision's encoder layer with a cross-attention to the cue between its self-attention and its MLP.

    Queries are the image's tokens, keys and values the cue's, linear of its own width each. The output projection begins as zero,
    so that the layer is at first exactly the one without.
    """

    def __init__(self, hidden: int, heads: int, mlp: int, cue: int) -> None:
        super().__init__(heads, hidden, mlp, dropout=0.0, attention_dropout=0.0)
        self.ln_cross = nn.LayerNorm(hidden, eps=1e-6)
        self.cross_attention = nn.MultiheadAttention(hidden, heads, batch_first=True, kdim=cue, vdim=cue)
        nn.init.zeros_(self.cross_attention.out_proj.weight)
        nn.init.zeros_(self.cross_attention.out_proj.bias)

    def forward(self, tokens: Tensor, cues: Tensor) -> Tensor:  # type: ignore[override]
        """(N,1+T,D) tokens of the image, (N,K,C) of the cue -> (N,1+T,D)."""
        asked = self.ln_1(tokens)
        tokens = self.self_attention(asked, asked, asked, need_weights=False)[0] + tokens
        tokens = self.cross_attention(self.ln_cross(tokens), cues, cues, need_weights=False)[0] + tokens
        return tokens + self.mlp(self.ln_2(tokens))


class OANet(Backbone):
    """A Vision Transformer whose layers attend to the tokens of a ResNet-18 on the residual (64 of 512 for 256 pixels)."""

    sees_cue = True

    def __init__(self, params: BackboneParams) -> None:
        super().__init__()
        sizes = params.transformer
        self.vit = transformer(params)
        self.cue_encoder = Encoder(params.cue_width, params.cue_stages)
        guided = partial(GuidedBlock, sizes.hidden, sizes.heads, sizes.mlp, self.cue_encoder.channels[-1])
        for name in list(self.vit.encoder.layers._modules):
            self.vit.encoder.layers._modules[name] = guided()
        self.width = self.channels = sizes.hidden
        self.level_channels = (self.width,) * 3

    def cue_tokens(self, cues: Tensor) -> Tensor:
        """(N,3,T,T) -> (N,K,C): the cue encoder's last map, place by place."""
        return self.cue_encoder(cues)[-1].flatten(2).transpose(1, 2)

    def forward(self, images: Tensor, cues: Tensor | None = None) -> Features:
        """See `Backbone`."""
        asked = self.cue_tokens(given(cues))
        return tokens_of(self.vit, images, lambda block, tokens: block(tokens, asked))

    @torch.inference_mode()
    def attention(self, images: Tensor, cues: Tensor) -> Tensor:
        """Where in the cue the class token looks in the last layer, mean over heads: (N,h,w), each image's sums to one."""
        block = self.vit.encoder.layers[-1]
        seen: list[tuple[Tensor, ...]] = []
        handle = block.cross_attention.register_forward_pre_hook(lambda _, asked: seen.append(asked))
        try:
            self(images, cues)
        finally:
            handle.remove()
        weights = block.cross_attention(*seen[0], need_weights=True)[1][:, 0]
        return weights.reshape(len(weights), *self.cue_encoder(cues[:1])[-1].shape[2:])
