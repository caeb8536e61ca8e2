"""The losses of paper 003 (eq. 1 to 3) and, as options, GANomaly's feature matching and latent loss."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, l1_loss, mse_loss

Adversarial = Literal["standard", "feature_matching"]


@dataclass(frozen=True)
class Weights:
    """`reconstruction` is the paper's w_i, `adversarial` its w_a (0: there is no discriminator); `latent` is the auxiliary encoder's."""

    reconstruction: float = 50.0
    adversarial: float = 1.0
    latent: float = 1.0


def discriminator_loss(original: Tensor, made: Tensor) -> Tensor:
    """Equation 2 for the discriminator: the cross entropy of originals as 1 and reconstructions as 0, from logits (N,) each, halved."""
    real = binary_cross_entropy_with_logits(original, torch.ones_like(original))
    fake = binary_cross_entropy_with_logits(made, torch.zeros_like(made))
    return (real + fake) / 2


def adversarial_loss(made: Tensor) -> Tensor:
    """Equation 2 for the generator, in the form that does not saturate: the cross entropy of reconstructions as originals, logits (N,)."""
    return binary_cross_entropy_with_logits(made, torch.ones_like(made))


def feature_matching_loss(original: Tensor, made: Tensor) -> Tensor:
    """GANomaly's: the mean squared difference of the discriminator's features of originals and reconstructions."""
    return mse_loss(made, original)


def reconstruction_loss(original: Tensor, made: Tensor) -> Tensor:
    """Equation 1: the mean absolute difference."""
    return l1_loss(made, original)


def latent_loss(code: Tensor, again: Tensor) -> Tensor:
    """The mean absolute difference between the code and that of the reconstruction (algorithm 1's score, trained)."""
    return l1_loss(again, code)
