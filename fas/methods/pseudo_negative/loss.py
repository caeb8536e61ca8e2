"""The losses of paper 000 (equations 1-3)."""

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from fas.methods.pseudo_negative.generator import Pseudo
from fas.methods.pseudo_negative.params import PseudoNegativeParams
from fas.methods.pseudo_negative.statistics import Gaussian, divergence

TINY = 1e-12


def kl_ratio(pseudo: Gaussian, live: Gaussian, attack: Gaussian, floor: float) -> Tensor:
    """KL(P_P || P_R) / (KL(P_P || P_A) + KL(P_P || P_R)), equation 1: 1 at P_P = P_A (with zero gradient), 0 at P_P = P_R.

    Args:
        pseudo, live, attack: P_P, P_R and P_A.
        floor: of the variances.
    """
    to_live, to_attack = divergence(pseudo, live, floor), divergence(pseudo, attack, floor)
    return to_live / (to_live + to_attack).clamp_min(TINY)


def fit_distance(made: Tensor, attacks: Tensor, nearest: bool = True) -> Tensor:
    """Equation 2 without its noise: the mean squared distance, per dimension, of samples (n,D) to attack features (m,D): to the nearest
    of them, or to all."""
    distances = (made[:, None] - attacks[None]).square().mean(dim=2)
    return (distances.amin(dim=1) if nearest else distances).mean()


class PseudoNegativeLoss:
    """The weighted sum of equation 3. Without pseudo features it is the cross entropy of the images alone."""

    def __init__(self, params: PseudoNegativeParams) -> None:
        self.params = params

    def original(self, logits: Tensor, live: Tensor) -> dict[str, Tensor]:
        """Of (N,2) logits (attack, live) and (N,) bool: the terms by name and their weighted sum as `loss`."""
        original = cross_entropy(logits, live.long())
        return {"loss": self.params.original_weight * original, "original": original}

    def __call__(self, logits: Tensor, live: Tensor, pseudo: Pseudo, attacks: Tensor, held: bool = False) -> dict[str, Tensor]:
        """The terms by name and their weighted sum as `loss`; while `held`, the generator's terms weigh nothing.

        Args:
            logits: (N+n,2) of (attack, live), of the images first and of the pseudo features then.
            live: (N,) bool.
            pseudo: what the generator made, n pseudo features.
            attacks: (m,D) the attack images' features.
        """
        p = self.params
        losses = self.original(logits[: len(live)], live)
        made = logits[len(live) :]
        ratio = kl_ratio(pseudo.pseudo, pseudo.live, pseudo.attack, p.variance_floor)
        terms = {
            "pseudo": cross_entropy(made, torch.zeros(len(made), dtype=torch.long, device=made.device)),
            "ratio": ratio,
            "fit": fit_distance(pseudo.made, attacks if p.ratio_trains == "all" else attacks.detach(), p.fit == "nearest"),
        }
        joined = terms["pseudo"] + ratio.clamp_min(p.floor) + p.fit_weight * terms["fit"]
        return {**losses, "loss": losses["loss"] + (0.0 if held else p.pseudo_weight) * joined, **terms}
