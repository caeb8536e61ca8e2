"""LGSC's losses (paper 002, eqs. 6-9)."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from fas.methods.lgsc.model import cue_magnitude, pooled
from fas.methods.lgsc.params import LgscParams


def regression_loss(cue: Tensor, live: Tensor, both: bool = False) -> Tensor:
    """L1 regression of the live cues to zero, eq. 6, as a mean over pixels and channels.

    Args:
        cue: (N,3,P,P) in [-1, 1].
        live: (N,) bool.
        both: attacks are regressed to an all-one cue as well, and the mean is over all images (the ablation of table 5).
    """
    if both:
        return (cue - (~live).to(cue.dtype)[:, None, None, None]).abs().mean()
    return cue_magnitude(cue)[live].mean()


def triplets(vectors: Tensor, live: Tensor, margin: float) -> tuple[Tensor, Tensor]:
    """All triplets of a batch (batch-all mining): what each costs, d(a,p) - d(a,n) + margin, and which of them violate the margin.

    Distances are Euclidean between L2-normalised vectors. Anchors and positives are live, negatives attacks.

    Args:
        vectors: (N,D).
        live: (N,) bool; L of them are live, A attacks.

    Returns:
        (L,L,A) float32 and bool, over anchors, positives and negatives; an anchor as its own positive violates nothing.
    """
    unit = normalize(vectors.float(), dim=1)
    lives, attacks = unit[live], unit[~live]
    to_lives = (lives[:, None] - lives[None]).norm(dim=2)
    to_attacks = (lives[:, None] - attacks[None]).norm(dim=2)
    losses = to_lives[:, :, None] - to_attacks[:, None, :] + margin
    different = ~torch.eye(len(lives), dtype=torch.bool, device=live.device)
    return losses, (losses > 0) & different[:, :, None]


def triplet_loss(vectors: Tensor, live: Tensor, margin: float) -> Tensor:
    """The mean over the violating triplets, eq. 7: a scalar in [0, 2 + margin]; zero when no triplet violates the margin."""
    losses, violating = triplets(vectors, live, margin)
    return torch.where(violating, losses, 0).sum() / violating.sum().clamp_min(1)


def hinge_loss(cue: Tensor, live: Tensor, margin: float) -> Tensor:
    """How far the attacks' mean |cue| stays below `margin`, averaged over attacks (not in the paper)."""
    return torch.relu(margin - cue_magnitude(cue)[~live]).mean()


class LgscLoss:
    """The weighted sum of eq. 9. A term of weight zero is neither computed nor reported."""

    def __init__(self, params: LgscParams) -> None:
        self.params = params

    def __call__(self, cue: Tensor, maps: Mapping[str, Tensor], logits: Tensor | None, live: Tensor) -> dict[str, Tensor]:
        """The terms by name and their weighted sum as `loss`."""
        p = self.params
        cue = cue.float()
        terms = {"regression": (p.regression_weight, regression_loss(cue, live, p.regression == "both"))}
        if p.triplet_weight:
            levels = torch.stack([triplet_loss(pooled(maps[level]), live, p.triplet_margin) for level in p.triplet_levels])
            terms["triplet"] = (p.triplet_weight, levels.sum())
        if logits is not None:
            terms["auxiliary"] = (p.auxiliary_weight, cross_entropy(logits.float(), live.long()))
        if p.hinge_weight:
            terms["hinge"] = (p.hinge_weight, hinge_loss(cue, live, p.hinge_margin))
        total = torch.stack([weight * value for weight, value in terms.values()]).sum()
        return {"loss": total, **{name: value for name, (_, value) in terms.items()}}
