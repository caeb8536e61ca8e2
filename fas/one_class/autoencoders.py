"""Denoising and variational autoencoder, with the encoder and decoder of the proposed method."""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, mse_loss

from fas.adversarial.model import Decoder, Encoder, Generator
from fas.adversarial.task import optimizer_of
from fas.config import Runtime
from fas.one_class.data import Problem
from fas.one_class.fitting import apply, batches, fit, patches, steps
from fas.one_class.ours import scored
from fas.one_class.outcome import Outcome
from fas.one_class.params import NetworkParams, OneClassParams
from fas.training import Batch, Update, seeded


class _OneNetwork:
    """A training of one network by one loss."""

    def __init__(self, network: nn.Module, loss: Callable[[nn.Module, Tensor], Tensor], params: NetworkParams, images: Tensor, seed: int):
        self.modules = {"network": network.train()}
        self.optimizers = {"network": optimizer_of(network.parameters(), params)}
        self.loss = loss
        self.batch = batches(images, params.batch, seed)

    def rate(self, optimizer: str, step: int) -> float:
        return 1.0

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        loss = self.loss(self.modules["network"], batch["image"])
        update("network", loss)
        return {"loss": loss}


def dae(problem: Problem, params: OneClassParams, seed: int, scratch: Path, runtime: Runtime) -> Outcome:
    """Rebuilds clean images from noisy ones (squared error); a test image is rebuilt as it is."""
    noise = params.networks.noise

    def loss(network: nn.Module, images: Tensor) -> Tensor:
        return mse_loss(network(images + noise * torch.randn_like(images)).images, images)

    images = patches(problem.train)
    with seeded("one-class", seed):
        network = Generator(images.shape[1], params.networks.latent, params.networks.width)
    _fit(network, loss, images, params.networks, seed, scratch, runtime, "dae")
    return scored(network, problem)


class Variational(nn.Module):
    """Encoder to means and log variances, decoder to the logits of Bernoulli pixels."""

    def __init__(self, channels: int, latent: int, factor: float) -> None:
        super().__init__()
        self.encoder = Encoder(channels, 2 * latent, factor)
        self.decoder = Decoder(channels, latent, factor)
        self.decoder.up.pop(-1)  # no tanh: logits

    def forward(self, images: Tensor, sample: bool) -> tuple[Tensor, Tensor, Tensor]:
        """(N,C,32,32) in [-1, 1] -> logits, and per image the KL divergence and the negative ELBO (at the mean unless sampled)."""
        mean, log_variance = self.encoder(images).chunk(2, dim=1)
        code = mean + (torch.randn_like(mean) * (0.5 * log_variance).exp() if sample else 0)
        logits = self.decoder(code)
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(1)
        pixels = binary_cross_entropy_with_logits(logits, (images + 1) / 2, reduction="none").flatten(1).sum(1)
        return logits, divergence, pixels + divergence


def vae(problem: Problem, params: OneClassParams, seed: int, scratch: Path, runtime: Runtime) -> Outcome:
    """Scores an image by its negative evidence lower bound, at the mean of its code."""
    images, test = patches(problem.train), patches(problem.test)
    with seeded("one-class", seed):
        network = Variational(images.shape[1], params.networks.latent, params.networks.width)

    def loss(network: nn.Module, images: Tensor) -> Tensor:
        return network(images, sample=True)[2].mean() / images[0].numel()

    _fit(network, loss, images, params.networks, seed, scratch, runtime, "vae")
    scores = apply(lambda part: network(part, sample=False)[2], test, network)
    return Outcome(scores.double().numpy(), apply(lambda part: torch.tanh(network(part, sample=False)[0] / 2), test, network))


def _fit(
    network: nn.Module,
    loss: Callable[[nn.Module, Tensor], Tensor],
    images: Tensor,
    params: NetworkParams,
    seed: int,
    scratch: Path,
    runtime: Runtime,
    label: str,
) -> None:
    task = _OneNetwork(network, loss, params, images, seed)
    fit(task, steps=steps(len(images), params.batch, params.epochs), seed=seed, scratch=scratch, runtime=runtime, label=label)
