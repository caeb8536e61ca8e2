"""The networks that the paper preset builds (Stable Diffusion 1.5's), random weights, one forward each."""

from pathlib import Path

import pytest
import torch

from fas.features.cues.dfg.condition import condition
from fas.features.cues.dfg.networks import build_autoencoder, build_unet, token_width
from fas.features.cues.dfg.params import DfgParams
from fas.params import load
from tests.full_size import count, filled

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def paper() -> DfgParams:
    section = load(ROOT / "presets/paper.yaml").cue("dfg")
    assert isinstance(section, DfgParams)
    return section


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
    unet = filled(lambda: build_unet(paper))
    tokens = condition(torch.zeros(1, 49, 512).numpy(), 1, 768, unit=False)
    noise = unet(torch.ones(1, 4, 32, 32), 801, tokens).sample
    assert noise.shape == (1, 4, 32, 32)
    assert noise.isfinite().all()


@pytest.mark.slow
@torch.inference_mode()
def test_the_autoencoder_draws_256_pixels_from_a_latent_of_32(paper: DfgParams) -> None:
    picture = filled(lambda: build_autoencoder(paper)).decode(torch.ones(1, 4, 32, 32)).sample
    assert picture.shape == (1, 3, 256, 256)
    assert picture.isfinite().all()
