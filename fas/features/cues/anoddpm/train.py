"""The denoising network of pixels, and its training."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from diffusers.models.unets.unet_2d import UNet2DModel
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from fas.features.cues.anoddpm.params import AnoddpmParams
from fas.features.cues.anoddpm.simplex import simplex_noise
from fas.features.cues.diffusion import averaged, schedule
from fas.features.cues.faces import TrainingFaces, sampler
from fas.features.cues.pictures import to_tensor
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


@dataclass
class DenoisingTask:
    """Predict the noise in noised pictures (mean squared error), keeping an exponential moving average of the weights."""

    network: UNet2DModel
    faces: TrainingFaces
    params: AnoddpmParams
    modules: dict[str, nn.Module] = field(init=False)
    optimizers: dict[str, Optimizer] = field(init=False)

    def __post_init__(self) -> None:
        self.average = averaged(self.network, self.params.ema)
        self.modules = {"unet": self.network.train(), "average": self.average}
        self.optimizers = {"unet": AdamW(self.network.parameters(), lr=self.params.lr, weight_decay=self.params.weight_decay)}
        self._sampler = sampler(self.faces, self.params.batch, self.params.seed)
        self._schedule = schedule(STEPS, *BETAS)

    def batch(self, step: int) -> Batch:
        rows = self.faces.rows[[draw.member for draw in self._sampler.draw(step)]]
        batch = {"pictures": to_tensor(self.faces.pictures[rows])}
        if self.params.noise == "simplex":
            random = generator("anoddpm", self.params.seed, step)
            batch["noise"] = noise_of(self.params, batch["pictures"].shape[1:], random.integers(2**63, size=len(rows)).tolist())
        return batch

    def rate(self, optimizer: str, step: int) -> float:
        return 1.0

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        pictures = batch["pictures"]
        noise = batch["noise"] if "noise" in batch else torch.randn_like(pictures)
        times = torch.randint(STEPS, (len(pictures),), device=pictures.device)
        noisy = self._schedule.add_noise(pictures, noise, times)  # type: ignore[arg-type]
        loss = (self.modules["unet"](noisy, times).sample - noise).square().mean()
        update("unet", loss)
        self.average.update_parameters(self.network)
        return {"loss": loss}
