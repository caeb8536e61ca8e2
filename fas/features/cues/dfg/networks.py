"""The generator's two networks: built with random weights, small or in Stable Diffusion 1.5's shape, or read from the user's folder."""

import math
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel

from fas.assets import check
from fas.config import Runtime
from fas.errors import UserError
from fas.features.cues.dfg import sd15
from fas.features.cues.dfg.folder import WEIGHTS, folder
from fas.features.cues.dfg.params import DfgParams, PretrainedParams

LATENT_CHANNELS = 4
LOG_VARIANCE = -8.0


def build_autoencoder(params: DfgParams) -> AutoencoderKL:
    """An autoencoder of (B,3,S,S) pictures in [-1,1] with latents (B,4,s,s), random weights; s = S / 8 in Stable Diffusion 1.5's shape,
    else S / 2^(len(channels) - 1)."""
    shape = sd15.AUTOENCODER if params.shape == "sd15" else _own_autoencoder(params)
    autoencoder = AutoencoderKL(latent_channels=LATENT_CHANNELS, sample_size=params.size, **shape)
    # Posteriors begin narrow: with diffusers' own unit variance, a short training only learns to outgrow its noise.
    with torch.no_grad():
        autoencoder.quant_conv.weight[LATENT_CHANNELS:] = 0
        autoencoder.quant_conv.bias[LATENT_CHANNELS:] = LOG_VARIANCE
    return autoencoder


def build_unet(params: DfgParams) -> UNet2DConditionModel:
    """A U-Net that predicts the noise in (B,4,s,s) latents, conditioned on (B,T,W) tokens, random weights; W is `token_width`."""
    shape = sd15.UNET if params.shape == "sd15" else _own_unet(params)
    side = params.size // 2 ** params.halvings[0]
    return UNet2DConditionModel(sample_size=side, in_channels=LATENT_CHANNELS, out_channels=LATENT_CHANNELS, **shape)


def _own_autoencoder(params: DfgParams) -> dict[str, Any]:
    channels = params.autoencoder.channels
    return {
        "block_out_channels": tuple(channels),
        "layers_per_block": 1,
        "down_block_types": ("DownEncoderBlock2D",) * len(channels),
        "up_block_types": ("UpDecoderBlock2D",) * len(channels),
        "norm_num_groups": math.gcd(8, *channels),
        "mid_block_add_attention": False,
    }


def _own_unet(params: DfgParams) -> dict[str, Any]:
    """The finest resolution has no attention (it costs most there) unless it is the only one."""
    channels, projected = params.unet.channels, params.unet.project
    attends = [len(channels) == 1 or level > 0 for level in range(len(channels))]
    return {
        "block_out_channels": tuple(channels),
        "layers_per_block": 1,
        "down_block_types": tuple("CrossAttnDownBlock2D" if attend else "DownBlock2D" for attend in attends),
        "up_block_types": tuple("CrossAttnUpBlock2D" if attend else "UpBlock2D" for attend in reversed(attends)),
        "attention_head_dim": params.unet.heads,  # diffusers' name for the number of heads
        "norm_num_groups": math.gcd(8, *channels),
        "cross_attention_dim": projected or params.unet.width,
        "encoder_hid_dim": params.unet.width if projected else None,
        "encoder_hid_dim_type": "text_proj" if projected else None,
    }


def load_pretrained(params: PretrainedParams, runtime: Runtime) -> tuple[AutoencoderKL, UNet2DConditionModel]:
    """The networks of the user's folder `params.weights`: `vae/` and `unet/`, each a config.json and a safetensors file.

    Raises:
        UserError: the folder or a file is missing, is not the expected one, or is no such network.
    """
    root = folder(params, dict(runtime.weights))
    networks = []
    for kind, name, digest in ((AutoencoderKL, "vae", params.vae_sha256), (UNet2DConditionModel, "unet", params.unet_sha256)):
        path = root / name / WEIGHTS
        check(params.weights, path, digest)
        try:
            networks.append(kind.from_pretrained(root, subfolder=name, local_files_only=True, use_safetensors=True))
        except (OSError, ValueError, RuntimeError) as error:
            raise UserError(f"weights '{params.weights}': {path.parent}: {' '.join(str(error).split())[:200]}") from None
    return networks[0], networks[1]


def description(network: AutoencoderKL | UNet2DConditionModel) -> dict[str, Any]:
    """A network's shape as JSON, from which its class's `from_config` builds it again."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in network.config.items() if not name.startswith("_")}


def token_width(unet: UNet2DConditionModel) -> int:
    """How wide the tokens are that the U-Net takes."""
    return int(unet.config["encoder_hid_dim"] or unet.config["cross_attention_dim"])
