"""The generator's two trainings: the autoencoder, then the denoising network on its latents. Each resumes where it was killed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from fas.features.cues.dfg.condition import condition
from fas.features.cues.dfg.networks import token_width
from fas.features.cues.dfg.params import DfgParams
from fas.features.cues.diffusion import averaged, schedule
from fas.features.cues.faces import TrainingFaces, sampler
from fas.features.cues.pictures import to_tensor
from fas.features.params import STEPS
from fas.training import Batch, Update

_ENCODE_BATCH = 16


class Autoencoding(nn.Module):
    """An autoencoder as one module: pictures -> reconstruction, and the divergence of each posterior from a standard normal."""

    def __init__(self, autoencoder: AutoencoderKL) -> None:
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        posterior = self.autoencoder.encode(pictures).latent_dist
        latents = posterior.mean + posterior.std * torch.randn_like(posterior.mean)
        return self.autoencoder.decode(latents).sample, posterior.kl()


@dataclass
class AutoencoderTask:
    """Absolute error plus a small divergence, both summed over a picture, per value of the picture (Rombach et al. without the adversary).

    The learning rate rises over ten steps and falls to 0 along a half cosine.
    """

    network: AutoencoderKL
    faces: TrainingFaces
    params: DfgParams
    modules: dict[str, nn.Module] = field(init=False)
    optimizers: dict[str, Optimizer] = field(init=False)

    def __post_init__(self) -> None:
        self.modules = {"autoencoder": Autoencoding(self.network.train())}
        self.optimizers = {"autoencoder": AdamW(self.network.parameters(), lr=self.params.autoencoder.lr)}
        self._sampler = sampler(self.faces, self.params.autoencoder.batch, self.params.seed)

    def batch(self, step: int) -> Batch:
        rows = self.faces.rows[[draw.member for draw in self._sampler.draw(step)]]
        return {"pictures": to_tensor(self.faces.pictures[rows])}

    def rate(self, optimizer: str, step: int) -> float:
        return min(1.0, (step + 1) / 10) * (1 + math.cos(math.pi * step / self.params.autoencoder.steps)) / 2

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        pictures = batch["pictures"]
        reconstruction, divergence = self.modules["autoencoder"](pictures)
        error = (reconstruction - pictures).abs().mean()
        update("autoencoder", error + self.params.autoencoder.kl * divergence.mean() / pictures[0].numel())
        return {"error": error, "divergence": divergence.mean()}


@dataclass
class UnetTask:
    """Predict the noise in noised latents (epsilon prediction, mean squared error), keeping an exponential moving average of the weights.

    `latents`: (N,8,s,s) means and standard deviations of the training faces' posteriors, already scaled; in the order of `faces.rows`.
    """

    network: UNet2DConditionModel
    latents: Tensor
    faces: TrainingFaces
    params: DfgParams
    modules: dict[str, nn.Module] = field(init=False)
    optimizers: dict[str, Optimizer] = field(init=False)

    def __post_init__(self) -> None:
        self.average = averaged(self.network, self.params.unet.ema)
        self.modules = {"unet": self.network.train(), "average": self.average}
        settings = self.params.unet
        self.optimizers = {"unet": AdamW(self.network.parameters(), lr=settings.lr, weight_decay=settings.weight_decay)}
        self._sampler = sampler(self.faces, settings.batch, self.params.seed)
        self._width = token_width(self.network)
        self._schedule = schedule()

    def batch(self, step: int) -> Batch:
        members = [draw.member for draw in self._sampler.draw(step)]
        maps = None if self.faces.maps is None else self.faces.maps[self.faces.rows[members]]
        tokens = condition(maps, len(members), self._width, self.params.unet.unit_tokens)
        return {"latents": self.latents[members].float(), "tokens": tokens}

    def rate(self, optimizer: str, step: int) -> float:
        return 1.0

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        mean, std = batch["latents"].chunk(2, dim=1)
        latents = mean + std * torch.randn_like(mean)
        noise = torch.randn_like(latents)
        times = torch.randint(STEPS, (len(latents),), device=latents.device)
        noisy = self._schedule.add_noise(latents, noise, times)  # type: ignore[arg-type]
        predicted = self.modules["unet"](noisy, times, batch["tokens"]).sample
        loss = (predicted - noise).square().mean()
        update("unet", loss)
        self.average.update_parameters(self.network)
        return {"loss": loss}


@torch.inference_mode()
def encoded(autoencoder: AutoencoderKL, faces: TrainingFaces) -> Tensor:
    """Means and standard deviations of the faces' posteriors, unscaled: (N,8,s,s) float16 on the CPU."""
    autoencoder.eval()
    moments = []
    for start in range(0, len(faces), _ENCODE_BATCH):
        pictures = to_tensor(faces.pictures[faces.rows[start : start + _ENCODE_BATCH]])
        posterior = autoencoder.encode(pictures.to(autoencoder.device)).latent_dist
        moments.append(torch.cat([posterior.mean, posterior.std], dim=1).cpu().half())
    return torch.cat(moments)
