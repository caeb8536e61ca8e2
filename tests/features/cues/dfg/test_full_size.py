"""The networks that the paper preset builds (Stable Diffusion 1.5's), random weights, one forward each."""

from pathlib import Path

import pytest
import torch
from torch import nn

from fas.features.cues.dfg.condition import condition
from fas.features.cues.dfg.networks import build_autoencoder, build_unet, token_width
from fas.features.cues.dfg.params import DfgParams
from fas.params import load

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def paper() -> DfgParams:
    section = load(ROOT / "presets/paper.yaml").cue("dfg")
    assert isinstance(section, DfgParams)
    return section


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


def test_the_paper_preset_s_networks_are_stable_diffusion_1_5(paper: DfgParams) -> None:
    with torch.device("meta"):
        autoencoder, unet = build_autoencoder(paper), build_unet(paper)
    assert (count(autoencoder), count(unet)) == (83_653_863, 859_520_964)
    assert token_width(unet) == paper.unet.width == 768
    for network, channels in ((autoencoder, paper.autoencoder.channels), (unet, paper.unet.channels)):
        assert list(network.config["block_out_channels"]) == channels
    finest, coarsest = unet.down_blocks[0], unet.down_blocks[-1]
    assert finest.has_cross_attention
    assert not getattr(coarsest, "has_cross_attention", False)


@pytest.mark.slow
@torch.inference_mode()
def test_the_u_net_predicts_the_noise_of_a_256_pixel_face(paper: DfgParams) -> None:
    with torch.device("meta"):
        unet = build_unet(paper)
    unet = filled(unet)
    tokens = condition(torch.zeros(1, 49, 512).numpy(), 1, 768, unit=False)
    noise = unet(torch.ones(1, 4, 32, 32), 801, tokens).sample
    assert noise.shape == (1, 4, 32, 32)
    assert noise.isfinite().all()


@pytest.mark.slow
@torch.inference_mode()
def test_the_autoencoder_draws_256_pixels_from_a_latent_of_32(paper: DfgParams) -> None:
    with torch.device("meta"):
        vae = build_autoencoder(paper)
    picture = filled(vae).decode(torch.ones(1, 4, 32, 32)).sample
    assert picture.shape == (1, 3, 256, 256)
    assert picture.isfinite().all()
