"""Paper 003's training: generator and discriminator, in turn, on batches of normal images alone."""

from collections.abc import Callable, Iterable, Mapping

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from fas.adversarial.loss import (
    feature_matching_loss,
    game_loss,
    latent_loss,
    non_saturating_loss,
    reconstruction_loss,
    saturating_loss,
)
from fas.adversarial.model import Rebuilt
from fas.adversarial.params import AdversarialParams
from fas.training import Batch, Update

IMAGE = "image"


class AdversarialTask:
    """One training (a `Task` of fas/training.py). `built` is what `networks` made; the auxiliary encoder is trained with the generator.

    `batches(step)` gives `image` (N,C,32,32) in [-1, 1], N >= 2, as a pure function of the step.
    Each step updates D on the images and their reconstructions (the inner maximum of eq. 2), then G on L = w_i L_irec + w_a L_adv (eq. 1).
    """

    def __init__(self, built: dict[str, nn.Module], params: AdversarialParams, batches: Callable[[int], Batch]) -> None:
        self.params = params
        self.modules = built
        self.batches = batches
        making = [weight for name in ("generator", "auxiliary") if name in built for weight in built[name].parameters()]
        self.optimizers: dict[str, Optimizer] = {"generator": optimizer_of(making, params)}
        if "discriminator" in built:
            self.optimizers["discriminator"] = optimizer_of(built["discriminator"].parameters(), params)
        for module in built.values():
            module.train()

    def batch(self, step: int) -> Batch:
        """The images of a step, as `batches` draws them."""
        return self.batches(step)

    def rate(self, optimizer: str, step: int) -> float:
        """Constant, as in the paper."""
        return 1.0

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """Losses `loss`, `reconstruction`, and with their networks `adversarial`, `latent` and `discriminator`."""
        images = batch[IMAGE]
        rebuilt = self.modules["generator"](images)
        judged = self._judge(images, rebuilt, update)
        losses = self._making(images, rebuilt)
        update("generator", losses["loss"])
        return {**losses, **judged}

    def _judge(self, images: Tensor, rebuilt: Rebuilt, update: Update) -> dict[str, Tensor]:
        """Update D, where there is one. What G's loss left in D's gradients is cleared by `update`."""
        if "discriminator" not in self.modules:
            return {}
        discriminator = self.modules["discriminator"]
        loss = game_loss(discriminator(images)[0], discriminator(rebuilt.images.detach())[0])
        update("discriminator", loss)
        return {"discriminator": loss}

    def _making(self, images: Tensor, rebuilt: Rebuilt) -> dict[str, Tensor]:
        """The generator's losses: `loss` is their weighted sum (eq. 1)."""
        losses = {"reconstruction": reconstruction_loss(images, rebuilt.images)}
        total = self.params.reconstruction_weight * losses["reconstruction"]
        if "discriminator" in self.modules:
            losses["adversarial"] = self._deceiving(images, rebuilt)
            total = total + self.params.adversarial_weight * losses["adversarial"]
        if "auxiliary" in self.modules:
            losses["latent"] = latent_loss(rebuilt.code, self.modules["auxiliary"](rebuilt.images))
            total = total + self.params.latent_weight * losses["latent"]
        return {"loss": total, **losses}

    def _deceiving(self, images: Tensor, rebuilt: Rebuilt) -> Tensor:
        discriminator = self.modules["discriminator"]
        logits, made = discriminator(rebuilt.images)
        if self.params.adversary == "saturating":
            return saturating_loss(logits)
        if self.params.adversary == "non_saturating":
            return non_saturating_loss(logits)
        with torch.no_grad():
            _, original = discriminator(images)
        return feature_matching_loss(original, made)


def optimizer_of(weights: Iterable[nn.Parameter], params: AdversarialParams) -> Optimizer:
    """The optimiser that the parameters name, Adam as one fused kernel."""
    if params.optimizer == "sgd":
        return torch.optim.SGD(weights, lr=params.learning_rate)
    return torch.optim.Adam(weights, lr=params.learning_rate, betas=(params.beta1, 0.999), fused=True)
