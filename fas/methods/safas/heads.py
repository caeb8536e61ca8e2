"""One logistic head per domain, and the alignment of their directions (SA-FAS: the projected gradient of its IRM)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize


class Heads(nn.Module):
    """A logistic regression for each of E domains on the same features."""

    def __init__(self, features: int, domains: int) -> None:
        super().__init__()
        self.linear = nn.Linear(features, domains)

    def forward(self, features: Tensor) -> Tensor:
        """(N,D) -> logits (N,E)."""
        return self.linear(features)

    @property
    def directions(self) -> Tensor:
        """beta: the heads' weights (E,D), not of unit length."""
        return self.linear.weight


def live_score(logits: Tensor) -> Tensor:
    """The mean of the heads' sigmoids: (N,E) -> (N,) in [0, 1]."""
    return logits.sigmoid().mean(dim=1)


def farthest(directions: Tensor) -> Tensor:
    """far(e): for each of (E,D) the head with the smallest cosine to it, (E,) int64; the first of several."""
    unit = normalize(directions, dim=1)
    cosines = (unit @ unit.T).fill_diagonal_(torch.inf)
    return cosines.argmin(dim=1)


@torch.no_grad()
def align(heads: Heads, alpha: float) -> None:
    """Turn every head towards the one farthest from it: u_e <- norm(alpha u_e + (1 - alpha) u_far(e)), lengths kept, all at once."""
    weight = heads.directions
    if len(weight) < 2:
        return
    unit = normalize(weight, dim=1)
    turned = normalize(alpha * unit + (1 - alpha) * unit[farthest(weight)], dim=1)
    weight.copy_(turned * weight.norm(dim=1, keepdim=True))


@torch.no_grad()
def smallest_cosine(heads: Heads) -> Tensor:
    """How far the heads are apart: the smallest cosine between two of them, 1 where all point the same way or there is one only."""
    unit = normalize(heads.directions, dim=1)
    return (unit @ unit.T).min()
