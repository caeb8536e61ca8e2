"""The generator's two trainings: the autoencoder, then the denoising network on its latents. Each resumes where it was killed."""

import math
from collections.abc import Mapping

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor, nn
from torch.optim import AdamW

from fas.features.cues.dfg.condition import condition
from fas.features.cues.dfg.networks import token_width
from fas.features.cues.dfg.params import DfgParams
from fas.features.cues.diffusion import schedule
from fas.features.cues.faces import TrainingFaces
from fas.features.cues.pictures import to_tensor
from fas.features.cues.training import EpsilonTask, FacesTask
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


class AutoencoderTask(FacesTask):
    """Absolute error plus a small divergence, both summed over a picture, per value of the picture (Rombach et al. without the adversary).

    The learning rate rises over ten steps and falls to 0 along a half cosine.
    """

    def __init__(self, network: AutoencoderKL, faces: TrainingFaces, params: DfgParams) -> None:
        self.settings = params.autoencoder
        adamw = AdamW(network.parameters(), lr=self.settings.lr)
        super().__init__({"autoencoder": Autoencoding(network.train())}, {"autoencoder": adamw}, faces, self.settings.batch, params.seed)

    def rate(self, optimizer: str, step: int) -> float:
        """The factor on the learning rate: min(1, (n + 1) / 10) (1 + cos(pi n / steps)) / 2 at step n from 0."""
        return min(1.0, (step + 1) / 10) * (1 + math.cos(math.pi * step / self.settings.steps)) / 2

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """Mean absolute error plus `kl` times the posterior's divergence from a standard normal, per value of the picture."""
        pictures = batch["pictures"]
        reconstruction, divergence = self.modules["autoencoder"](pictures)
        error = (reconstruction - pictures).abs().mean()
        update("autoencoder", error + self.settings.kl * divergence.mean() / pictures[0].numel())
        return {"error": error, "divergence": divergence.mean()}


class UnetTask(EpsilonTask):
    """Predict the noise in noised latents, conditioned on identity.

    `latents`: (N,8,s,s) means and standard deviations of the training faces' posteriors, already scaled; in the order of `faces.rows`.
    """

    def __init__(self, network: UNet2DConditionModel, latents: Tensor, faces: TrainingFaces, params: DfgParams) -> None:
        unet = params.unet
        super().__init__(
            network, schedule(), faces, batch=unet.batch, seed=params.seed, lr=unet.lr, weight_decay=unet.weight_decay, ema=unet.ema
        )
        self.latents = latents
        self.unit_tokens = unet.unit_tokens
        self._width = token_width(network)

    def batch(self, step: int) -> Batch:
        """`latents` (B,8,s,s) float32, mean and standard deviation of the drawn faces' posteriors, and their `tokens` (B,T,W)."""
        members = self.drawn(step)
        maps = None if self.faces.maps is None else self.faces.maps[self.faces.rows[members]]
        return {"latents": self.latents[members].float(), "tokens": condition(maps, len(members), self._width, self.unit_tokens)}

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """Mean squared error of the noise predicted in latents drawn from the posteriors (Rombach et al. 2022, equation 3)."""
        mean, std = batch["latents"].chunk(2, dim=1)
        latents = mean + std * torch.randn_like(mean)
        return self.learn(latents, torch.randn_like(latents), update, batch["tokens"])


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
