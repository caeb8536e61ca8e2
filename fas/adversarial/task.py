"""Paper 003's training: generator against discriminator, in turn, on batches of normal images alone."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from fas.adversarial.loss import (
    discriminator_loss,
    feature_matching_loss,
    latent_loss,
    non_saturating_loss,
    reconstruction_loss,
    saturating_loss,
)
from fas.adversarial.model import Rebuilt
from fas.adversarial.params import AdversarialParams
from fas.training import Batch, Update


class AdversarialTask:
    """One training (a `Task` of fas/training.py). `built` is what `networks` made.

    `batches(step)` gives `image` (N,C,32,32) in [-1, 1], N >= 2, as a pure function of the step.
    Each step updates D on the images and their reconstructions, then G on L = w_i L_irec + w_a L_adv (eq. 1) against that D.
    """

    def __init__(self, built: dict[str, nn.Module], params: AdversarialParams, batches: Callable[[int], Batch]) -> None:
        self.params = params
        self.modules = built
        self.optimizers: dict[str, Optimizer] = {name: _optimizer(module, params) for name, module in built.items()}
        self.batches = batches
        for module in built.values():
            module.train()

    def batch(self, step: int) -> Batch:
        return self.batches(step)

    def rate(self, optimizer: str, step: int) -> float:
        """Constant, as in the paper."""
        return 1.0

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """Losses `loss`, `reconstruction`, and with their networks `adversarial` and `discriminator`, `latent`."""
        images = batch["image"]
        rebuilt = self.modules["generator"](images)
        losses = {"reconstruction": reconstruction_loss(images, rebuilt.images)}
        loss = self.params.reconstruction_weight * losses["reconstruction"]
        if rebuilt.again is not None:
            losses["latent"] = latent_loss(rebuilt.code, rebuilt.again)
            loss = loss + self.params.latent_weight * losses["latent"]
        if self.params.discriminator:
            losses |= self._contest(images, rebuilt, update)
            loss = loss + self.params.adversarial_weight * losses["adversarial"]
        update("generator", loss)
        return {"loss": loss, **losses}

    def _contest(self, images: Tensor, rebuilt: Rebuilt, update: Update) -> dict[str, Tensor]:
        """Update D and say how G fares against it. What G's loss leaves in D's gradients is cleared before D's next update."""
        judge = self.modules["discriminator"]
        real, features = judge(images)
        fake, _ = judge(rebuilt.images.detach())
        judged = discriminator_loss(real, fake)
        update("discriminator", judged)
        fooled, made = judge(rebuilt.images)
        if self.params.adversary == "feature_matching":
            adversarial = feature_matching_loss(features.detach(), made)
        else:
            adversarial = saturating_loss(fooled) if self.params.adversary == "saturating" else non_saturating_loss(fooled)
        return {"adversarial": adversarial, "discriminator": judged}


def _optimizer(module: nn.Module, params: AdversarialParams) -> Optimizer:
    if params.optimizer == "sgd":
        return torch.optim.SGD(module.parameters(), lr=params.learning_rate)
    return torch.optim.Adam(module.parameters(), lr=params.learning_rate, betas=(params.beta1, 0.999), fused=True)
