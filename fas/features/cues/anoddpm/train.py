"""The denoising network of pixels, and its training."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from diffusers.models.unets.unet_2d import UNet2DModel
from torch import Tensor

from fas.features.cues.anoddpm.params import AnoddpmParams
from fas.features.cues.anoddpm.simplex import simplex_noise
from fas.features.cues.diffusion import schedule
from fas.features.cues.faces import TrainingFaces
from fas.features.cues.training import EpsilonTask
from fas.features.params import STEPS
from fas.sampling import generator
from fas.training import Batch, Update

BETAS = ("linear", 1e-4, 0.02)  # Ho et al. 2020


def build_unet(params: AnoddpmParams) -> UNet2DModel:
    """A network that predicts the noise in (B,3,S,S) pictures, random weights."""
    levels = len(params.channels)
    attends = [level >= levels - params.attention for level in range(levels)]
    coarsest = params.channels[-1]
    return UNet2DModel(
        sample_size=params.size,
        in_channels=3,
        out_channels=3,
        down_block_types=tuple("AttnDownBlock2D" if attend else "DownBlock2D" for attend in attends),
        up_block_types=tuple("AttnUpBlock2D" if attend else "UpBlock2D" for attend in reversed(attends)),
        block_out_channels=tuple(params.channels),
        layers_per_block=params.layers,
        attention_head_dim=coarsest // params.heads,
        norm_num_groups=math.gcd(8, *params.channels),
        add_attention=params.attention > 0,
    )


def noise_of(params: AnoddpmParams, shape: Sequence[int], seeds: Sequence[int]) -> Tensor:
    """Simplex noise (F,*shape) that depends on each face's seed alone."""
    settings = (params.octaves, params.persistence, params.frequency)
    return torch.from_numpy(np.stack([simplex_noise(tuple(shape), np.random.default_rng(seed), *settings) for seed in seeds]))


class DenoisingTask(EpsilonTask):
    """Predict the noise, Gaussian or simplex, in noised pictures."""

    def __init__(self, network: UNet2DModel, faces: TrainingFaces, params: AnoddpmParams) -> None:
        super().__init__(
            network,
            schedule(STEPS, *BETAS),
            faces,
            batch=params.batch,
            seed=params.seed,
            lr=params.lr,
            weight_decay=params.weight_decay,
            ema=params.ema,
        )
        self.params = params

    def batch(self, step: int) -> Batch:
        """`pictures` (B,3,S,S) float32 in [-1,1] and, where it is simplex noise, their `noise` (B,3,S,S)."""
        batch = super().batch(step)
        if self.params.noise == "simplex":
            random = generator("anoddpm", self.params.seed, step)
            seeds = random.integers(2**63, size=len(batch["pictures"])).tolist()
            batch["noise"] = noise_of(self.params, batch["pictures"].shape[1:], seeds)
        return batch

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """Mean squared error of the predicted noise (Ho et al. 2020, equation 14)."""
        pictures = batch["pictures"]
        return self.learn(pictures, batch["noise"] if "noise" in batch else torch.randn_like(pictures), update)
