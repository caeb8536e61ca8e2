"""The generator's two networks, built small from scratch or read from the user's Stable-Diffusion-shaped folder."""

import math
from pathlib import Path
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from fas.assets import sha256
from fas.config import Runtime
from fas.errors import UserError
from fas.features.cues.dfg.params import DfgParams, PretrainedParams

LATENT_CHANNELS = 4
LOG_VARIANCE = -8.0
WEIGHTS = "diffusion_pytorch_model.safetensors"


def build_autoencoder(params: DfgParams) -> AutoencoderKL:
    """An autoencoder of (B,3,S,S) pictures in [-1,1] with latents (B,4,s,s), s = S / 2^(len(channels) - 1), random weights."""
    channels = params.autoencoder.channels
    autoencoder = AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * len(channels),
        up_block_types=("UpDecoderBlock2D",) * len(channels),
        block_out_channels=tuple(channels),
        layers_per_block=1,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=math.gcd(8, *channels),
        sample_size=params.size,
        mid_block_add_attention=False,
    )
    # Posteriors begin narrow: with diffusers' own unit variance, a short training only learns to outgrow its noise.
    with torch.no_grad():
        autoencoder.quant_conv.weight[LATENT_CHANNELS:] = 0
        autoencoder.quant_conv.bias[LATENT_CHANNELS:] = LOG_VARIANCE
    return autoencoder


def build_unet(params: DfgParams) -> UNet2DConditionModel:
    """A U-Net that predicts the noise in (B,4,s,s) latents, conditioned on (B,T,width) tokens, random weights.

    The finest resolution has no attention (it costs most there) unless it is the only one.
    """
    channels, heads = params.unet.channels, params.unet.heads
    attends = [len(channels) == 1 or level > 0 for level in range(len(channels))]
    return UNet2DConditionModel(
        sample_size=params.size // 2 ** (len(params.autoencoder.channels) - 1),
        in_channels=LATENT_CHANNELS,
        out_channels=LATENT_CHANNELS,
        down_block_types=tuple("CrossAttnDownBlock2D" if attend else "DownBlock2D" for attend in attends),
        up_block_types=tuple("CrossAttnUpBlock2D" if attend else "UpBlock2D" for attend in reversed(attends)),
        block_out_channels=tuple(channels),
        layers_per_block=1,
        attention_head_dim=heads,  # diffusers' name for the number of heads
        norm_num_groups=math.gcd(8, *channels),
        cross_attention_dim=params.unet.project or params.unet.width,
        encoder_hid_dim=params.unet.width if params.unet.project else None,
        encoder_hid_dim_type="text_proj" if params.unet.project else None,
    )


def load_pretrained(params: PretrainedParams, runtime: Runtime) -> tuple[AutoencoderKL, UNet2DConditionModel]:
    """The networks of the user's folder `params.weights`: `vae/` and `unet/`, each a config.json and a safetensors file.

    Raises:
        UserError: the folder or a file is missing, is not the expected one, or is no such network.
    """
    given = dict(runtime.weights).get(params.weights)
    place = f"fas.toml [weights] or FAS_WEIGHTS_{params.weights.upper()}"
    if given is None or not Path(given).is_dir():
        raise UserError(f"weights '{params.weights}' missing: {f'no folder {given}' if given else 'no path given'} ({place})")
    networks = []
    for kind, name, digest in ((AutoencoderKL, "vae", params.vae_sha256), (UNet2DConditionModel, "unet", params.unet_sha256)):
        path = Path(given) / name / WEIGHTS
        if not path.is_file():
            raise UserError(f"weights '{params.weights}' missing: no file {path} ({place})")
        if sha256(path) != digest:
            raise UserError(f"weights '{params.weights}': {path} has SHA-256 {sha256(path)}, not {digest}")
        try:
            networks.append(kind.from_pretrained(given, subfolder=name, local_files_only=True, use_safetensors=True))
        except (OSError, ValueError, RuntimeError) as error:
            raise UserError(f"weights '{params.weights}': {path.parent}: {' '.join(str(error).split())[:200]}") from None
    return networks[0], networks[1]


def description(network: AutoencoderKL | UNet2DConditionModel) -> dict[str, Any]:
    """A network's shape as JSON, from which its class's `from_config` builds it again."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in network.config.items() if not name.startswith("_")}


def token_width(unet: UNet2DConditionModel) -> int:
    """How wide the tokens are that the U-Net takes."""
    return int(unet.config["encoder_hid_dim"] or unet.config["cross_attention_dim"])
