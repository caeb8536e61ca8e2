"""D_p: a learnable Gaussian P_M that is fitted to the attack features, and pseudo-negative features X_P = X_M + X_theta.

Paper 000, section 3.2 and figure 3.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from fas.methods.pseudo_negative.params import PseudoNegativeParams
from fas.methods.pseudo_negative.statistics import Gaussian, Statistics


class Pseudo(NamedTuple):
    """What a step makes: the three distributions, samples X_M of P_M (n,D) that train the generator, and pseudo features X_P (n,D)."""

    live: Gaussian
    attack: Gaussian
    pseudo: Gaussian
    made: Tensor
    features: Tensor


class Generator(nn.Module):
    """Running statistics of both classes' features, and P_M, whose two parameters are per dimension.

    `frame: absolute`: P_M has mean `shift` and standard deviation exp(`log_scale`). `attack`: it has mean m + s * `shift` and
    standard deviation s * exp(`log_scale`), with m and s those of the attack features, and so moves with them.
    """

    direction: Tensor

    def __init__(self, params: PseudoNegativeParams, size: int) -> None:
        super().__init__()
        self.params = params
        self.live = Statistics(size, params.momentum, params.variance_floor)
        self.attack = Statistics(size, params.momentum, params.variance_floor)
        self.shift = nn.Parameter(torch.zeros(size))
        self.log_scale = nn.Parameter(torch.zeros(size))
        self.register_buffer("direction", torch.randn(size))  # of the start `noise`: the same in every process

    def forward(self, live: Gaussian, attack: Gaussian, count: int, held: bool = False) -> Pseudo:
        """Take in a batch's statistics and make `count` pseudo features; while `held` the parameters are set to their start."""
        live, attack = self.live(live), self.attack(attack)
        if held:
            self.begin(live.detached(), attack.detached())
        of_loss = attack if self.params.ratio_trains == "all" else attack.detached()
        fitted = self._fitted(self.shift, self.log_scale, of_loss)
        draws, noise = torch.randn(2, count, len(self.shift), device=self.shift.device)
        return Pseudo(
            live if self.params.ratio_trains == "all" else live.detached(),
            of_loss,
            Gaussian(fitted.mean, fitted.variance + self.params.noise**2 * of_loss.variance),
            fitted.mean + fitted.variance.sqrt() * draws,
            self._features(attack if self.params.pseudo_trains == "all" else attack.detached(), draws, noise),
        )

    def _fitted(self, shift: Tensor, log_scale: Tensor, attack: Gaussian) -> Gaussian:
        if self.params.frame == "absolute":
            return Gaussian(shift, (2 * log_scale).exp())
        return Gaussian(attack.mean + attack.variance.sqrt() * shift, attack.variance * (2 * log_scale).exp())

    def _features(self, attack: Gaussian, draws: Tensor, noise: Tensor) -> Tensor:
        fitted = self._fitted(self.shift.detach(), self.log_scale.detach(), attack)
        return fitted.mean + fitted.variance.sqrt() * draws + self.params.noise * attack.variance.sqrt() * noise

    @torch.no_grad()
    def sample(self, count: int) -> Tensor:
        """`count` pseudo features (count,D) from the statistics so far, without changing anything."""
        draws, noise = torch.randn(2, count, len(self.shift), device=self.shift.device)
        return self._features(self.attack.now(), draws, noise)

    @torch.no_grad()
    def begin(self, live: Gaussian, attack: Gaussian) -> None:
        """Set P_P to its start, X_theta's variance included: `exact` is P_A itself."""
        p = self.params
        spread, other = attack.variance.sqrt(), live.variance.sqrt()
        mean, deviation = attack.mean, spread
        if p.start == "noise":
            mean = mean + p.start_noise * spread * self.direction
        elif p.start == "path":
            mean, deviation = mean.lerp(live.mean, p.start_share), spread.lerp(other, p.start_share)
        fitted = (deviation.square() - p.noise**2 * attack.variance).clamp_min(1e-4 * attack.variance).sqrt()
        absolute = p.frame == "absolute"
        self.shift.copy_(mean if absolute else (mean - attack.mean) / spread)
        self.log_scale.copy_((fitted if absolute else fitted / spread).log())
