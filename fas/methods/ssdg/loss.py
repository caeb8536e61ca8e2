"""SSDG's losses (Jia et al. 2020): cross entropy, the asymmetric triplet loss, and the single-side adversarial loss."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy


def asymmetric_classes(live: Tensor, domain: Tensor) -> Tensor:
    """The triplet's classes (N,): 0 for every live face, whatever its domain, and 1 + its domain for an attack.

    So live faces of all domains are drawn together, and attacks only within their own.

    Args:
        live: (N,) bool.
        domain: (N,) int64 from 0.
    """
    return torch.where(live, 0, 1 + domain)


def distances(features: Tensor) -> Tensor:
    """Euclidean (not squared) between all rows of (N,E): (N,N) float32; zero, with zero gradient, between equal ones."""
    squared = (features.float()[:, None] - features.float()[None]).square().sum(dim=2)
    positive = squared > 0
    return torch.where(positive, squared, 1.0).sqrt() * positive


def triplet_loss(features: Tensor, classes: Tensor, margin: float) -> Tensor:
    """d(anchor, positive) - d(anchor, negative) + margin, as a mean over all triplets of the batch where it is above zero; else 0.

    Args:
        features: (N,E).
        classes: (N,) int64.
        margin: SSDG: 0.1.
    """
    apart = distances(features)
    same = classes[:, None] == classes[None]
    positive = same & ~torch.eye(len(classes), dtype=torch.bool, device=classes.device)
    losses = apart[:, :, None] - apart[:, None, :] + margin
    violating = positive[:, :, None] & ~same[:, None, :] & (losses > 0)
    return torch.where(violating, losses, 0).sum() / violating.sum().clamp_min(1)


def adversarial_loss(logits: Tensor, domain: Tensor) -> Tensor:
    """Cross entropy of the discriminator's logits (L,domains) on live faces of domains (L,)."""
    return cross_entropy(logits.float(), domain)
