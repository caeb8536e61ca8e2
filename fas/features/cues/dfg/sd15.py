"""The shape of Stable Diffusion 1.5's two networks, from which paper 001 starts (859,520,964 and 83,653,863 parameters).

As its folder's configurations state it; what is not named here is diffusers' default. Its latents have an eighth of the picture's side.
"""

from typing import Any

LEVELS = 4  # of either network, so that a picture is halved three times and its latents three times more

AUTOENCODER: dict[str, Any] = {
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "down_block_types": ("DownEncoderBlock2D",) * LEVELS,
    "up_block_types": ("UpDecoderBlock2D",) * LEVELS,
}

UNET: dict[str, Any] = {
    "block_out_channels": (320, 640, 1280, 1280),
    "layers_per_block": 2,
    "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
    "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    "attention_head_dim": 8,  # diffusers' name for the number of heads
    "cross_attention_dim": 768,
}
