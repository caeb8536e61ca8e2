"""Gradient reversal (Ganin and Lempitsky 2015), with which features unlearn what a discriminator finds in them."""

import math
from typing import Any

import torch
from torch import Tensor


def coefficient(step: int, steps: int, steepness: float = 10.0) -> float:
    """2 / (1 + exp(-steepness p)) - 1 with p = step / steps: 0 at first, nearly 1 at the end. SSDG: 4,000 steps, steepness 10."""
    return 2 / (1 + math.exp(-steepness * step / steps)) - 1


def reverse(features: Tensor, factor: float) -> Tensor:
    """The features as they are; their gradient is that of what follows, times -`factor`."""
    return _Reversal.apply(features, factor)  # type: ignore[no-untyped-call, no-any-return]


class _Reversal(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, features: Tensor, factor: float) -> Tensor:  # type: ignore[override]
        context.factor = factor
        return features.view_as(features)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        return -context.factor * gradient, None
