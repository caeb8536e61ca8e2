"""Adversarial training of an encoder-decoder on pictures of one class, whatever they show: windows of flow, or digits."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer

from fas.methods.adversarial_flow.loss import (
    Adversarial,
    Weights,
    adversarial_loss,
    discriminator_loss,
    feature_matching_loss,
    latent_loss,
    reconstruction_loss,
)
from fas.methods.adversarial_flow.model import Made
from fas.training import Batch, Update

IMAGE = "image"
Images = Callable[[int], Tensor]  # step -> pictures (N,C,32,32) in [-1, 1] on the CPU; a pure function


@dataclass(frozen=True)
class Optimisation:
    """The paper gives a rate of 0.02 and no optimizer: `sgd` with 0.02 is that; Adam with 2e-4 and beta1 0.5 is GANomaly's."""

    optimizer: Literal["adam", "sgd"] = "adam"
    learning_rate: float = 2e-4
    beta1: float = 0.5

    def of(self, weights: Iterable[nn.Parameter]) -> Optimizer:
        """An optimizer of these weights."""
        if self.optimizer == "sgd":
            return SGD(weights, lr=self.learning_rate)
        return Adam(weights, lr=self.learning_rate, betas=(self.beta1, 0.999))


class AdversarialTask:
    """A training as fas/training.py asks for it: at each step the generator (with the auxiliary encoder) first, then the discriminator.

    `built` are the networks of model.build; without a discriminator it is a plain autoencoder.
    """

    def __init__(
        self,
        built: dict[str, nn.Module],
        images: Images,
        weights: Weights,
        optimisation: Optimisation,
        adversarial: Adversarial = "standard",
    ) -> None:
        self.modules = built
        self.images = images
        self.weights = weights
        self.adversarial = adversarial
        making = [weight for name in ("generator", "auxiliary") if name in built for weight in built[name].parameters()]
        self.optimizers: dict[str, Optimizer] = {"generator": optimisation.of(making)}
        if "discriminator" in built:
            self.optimizers["discriminator"] = optimisation.of(built["discriminator"].parameters())

    def batch(self, step: int) -> Batch:
        """`image` (N,C,32,32) in [-1, 1]."""
        return {IMAGE: self.images(step)}

    def rate(self, optimizer: str, step: int) -> float:
        """Constant."""
        return 1.0

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        pictures = batch[IMAGE]
        made = self.modules["generator"](pictures)
        losses = self._making(pictures, made)
        update("generator", losses["loss"])
        if "discriminator" in self.modules:
            discriminator = self.modules["discriminator"]
            losses["discriminator"] = discriminator_loss(discriminator(pictures)[0], discriminator(made.picture.detach())[0])
            update("discriminator", losses["discriminator"])
        return losses

    def _making(self, pictures: Tensor, made: Made) -> dict[str, Tensor]:
        """The generator's losses: `loss` is their weighted sum (equation 3)."""
        losses = {"reconstruction": reconstruction_loss(pictures, made.picture)}
        total = self.weights.reconstruction * losses["reconstruction"]
        if "discriminator" in self.modules:
            losses["adversarial"] = self._deceiving(pictures, made)
            total = total + self.weights.adversarial * losses["adversarial"]
        if "auxiliary" in self.modules:
            losses["latent"] = latent_loss(made.code, self.modules["auxiliary"](made.picture))
            total = total + self.weights.latent * losses["latent"]
        return {"loss": total, **losses}

    def _deceiving(self, pictures: Tensor, made: Made) -> Tensor:
        discriminator = self.modules["discriminator"]
        logits, features = discriminator(made.picture)
        if self.adversarial == "standard":
            return adversarial_loss(logits)
        with torch.no_grad():
            _, original = discriminator(pictures)
        return feature_matching_loss(original, features)
