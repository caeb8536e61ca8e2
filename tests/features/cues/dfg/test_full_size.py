"""The networks of the paper's size (Stable Diffusion 1.5's shapes), random weights, one forward each."""

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import nn

from fas.features.cues.dfg.condition import condition
from fas.features.cues.dfg.networks import token_width

UNET = {
    "sample_size": 64,
    "in_channels": 4,
    "out_channels": 4,
    "block_out_channels": (320, 640, 1280, 1280),
    "layers_per_block": 2,
    "attention_head_dim": 8,
    "cross_attention_dim": 768,
    "down_block_types": ("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
    "up_block_types": ("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
}
VAE = {
    "block_out_channels": (128, 256, 512, 512),
    "layers_per_block": 2,
    "latent_channels": 4,
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
}


def count(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def filled(network: nn.Module) -> nn.Module:
    """The network, built without memory, with small random weights, the same million again and again: quicker than a draw for each."""
    network = network.to_empty(device="cpu").eval()
    drawn = 0.02 * torch.randn(2**20, generator=torch.Generator().manual_seed(0))
    for weight in network.parameters():
        for part in weight.view(-1).split(len(drawn)):
            part.copy_(drawn[: len(part)])
    return network


@pytest.mark.slow
@torch.inference_mode()
def test_the_u_net_predicts_the_noise_of_a_256_pixel_face() -> None:
    with torch.device("meta"):
        unet = UNet2DConditionModel(**UNET)
    assert count(unet) == 859_520_964
    assert token_width(unet) == 768
    unet = filled(unet)
    tokens = condition(torch.zeros(1, 49, 512).numpy(), 1, 768, unit=False)
    noise = unet(torch.ones(1, 4, 32, 32), 801, tokens).sample
    assert noise.shape == (1, 4, 32, 32)
    assert noise.isfinite().all()


@pytest.mark.slow
@torch.inference_mode()
def test_the_autoencoder_draws_256_pixels_from_a_latent_of_32() -> None:
    with torch.device("meta"):
        vae = AutoencoderKL(**VAE)
    assert count(vae) == 83_653_863
    picture = filled(vae).decode(torch.ones(1, 4, 32, 32)).sample
    assert picture.shape == (1, 3, 256, 256)
    assert picture.isfinite().all()
