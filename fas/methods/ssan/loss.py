"""The losses of SSAN: classification or depth, contrast between styles, and the domain of the content."""

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, cross_entropy, mse_loss

from fas.methods.ssan.layers import ellipsoid


def contrastive(own: Tensor, mixed: Tensor, live: Tensor, partner_live: Tensor) -> Tensor:
    """-mean(s cos(sg[f(x, x)], f(x, x'))), s = 1 where the style is of the same class as the content and -1 where it is not.

    A face keeps its feature under another style of its own class, and loses it under one of the other class. The feature with its own
    style is an anchor: no gradient goes through it.

    Args:
        own: (N,D) features of content and style of one image.
        mixed: (N,D) features of the same content and another image's style.
        live, partner_live: (N,) bool: of the image, and of the one whose style is used.
    """
    sign = torch.where(live == partner_live, 1.0, -1.0)
    return -(sign * cosine_similarity(own.detach(), mixed, dim=1)).mean()


def class_loss(logits: Tensor, live: Tensor) -> Tensor:
    """SSAN-R: cross entropy of (N,2) logits (attack, live)."""
    return cross_entropy(logits, live.long())


def depth_loss(depth: Tensor, live: Tensor) -> Tensor:
    """SSAN-M: mean squared error of (N,h,w) maps; an attack is flat (0), a live face is the ellipsoid."""
    target = ellipsoid(*depth.shape[1:]).to(depth) * live[:, None, None]
    return mse_loss(depth, target)


def adversarial(logits: Tensor, domain: Tensor) -> Tensor:
    """Cross entropy of the content's dataset: (N,domains) logits, (N,) int64. What stands before the discriminator decides whether the
    content learns to hide it (a reversed gradient) or to show it (the original's)."""
    return cross_entropy(logits, domain)
