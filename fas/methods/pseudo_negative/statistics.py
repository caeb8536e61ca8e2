"""Diagonal Gaussians of features, the divergence between two of them, and their running estimates (paper 000, section 3.1)."""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Gaussian(NamedTuple):
    """A Gaussian with independent dimensions: `mean` (D,) and `variance` (D,)."""

    mean: Tensor
    variance: Tensor

    def detached(self) -> "Gaussian":
        """The same, without its gradient."""
        return Gaussian(self.mean.detach(), self.variance.detach())


def gaussian(features: Tensor) -> Gaussian:
    """Mean and unbiased variance of (N,D), N > 1."""
    return Gaussian(features.mean(dim=0), features.var(dim=0))


def divergence(first: Gaussian, second: Gaussian, floor: float) -> Tensor:
    """KL(first || second) in nats, a mean over dimensions (equation 1 does not see the difference to a sum).

    Variances below `floor` count as `floor`. Exactly zero, with zero gradient, for equal arguments.
    """
    ratio = first.variance.clamp_min(floor) / second.variance.clamp_min(floor)
    shift = (first.mean - second.mean).square() / second.variance.clamp_min(floor)
    return (shift + ratio - 1 - ratio.log()).mean() / 2


class Statistics(nn.Module):
    """Running mean and variance of one class's features (an exponential average of those of the batches).

    The first batch is taken whole. `momentum` 0 gives the statistics of the batch.
    """

    mean: Tensor
    variance: Tensor
    batches: Tensor

    def __init__(self, size: int, momentum: float, floor: float) -> None:
        super().__init__()
        self.momentum, self.floor = momentum, floor
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("variance", torch.ones(size))
        self.register_buffer("batches", torch.zeros((), dtype=torch.long))

    def forward(self, batch: Gaussian) -> Gaussian:
        """Update with a batch's statistics. Returns the new ones; their gradient, if it is wanted, is that of the batch's."""
        fresh = torch.where(self.batches > 0, 1 - self.momentum, 1.0).to(self.mean.dtype)
        self.mean.lerp_(batch.mean.detach(), fresh)
        self.variance.lerp_(batch.variance.detach(), fresh)
        self.batches += 1
        mean, variance = self.now()
        return Gaussian(mean + _zero_like(batch.mean), variance + _zero_like(batch.variance))

    def now(self) -> Gaussian:
        """The statistics so far, the variance at least the floor."""
        return Gaussian(self.mean.clone(), self.variance.clamp_min(self.floor))


def _zero_like(values: Tensor) -> Tensor:
    """Zeros with the gradient of `values`."""
    return values - values.detach()
