"""The training of SA-FAS. The module that the method's card names: `fit`, `score`, `networks`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fas.clips import Clip
from fas.domains.batches import DomainBatches, Look, check_extra, domain_of
from fas.domains.rates import stepped
from fas.domains.training import fitted
from fas.domains.views import View, Views
from fas.methods.base import Fit
from fas.methods.safas.augment import two_views
from fas.methods.safas.heads import align, smallest_cosine
from fas.methods.safas.loss import domain_bce, supervised_contrast
from fas.methods.safas.model import Network, Seen, networks
from fas.methods.safas.params import SafasParams
from fas.methods.safas.score import score
from fas.training import Batch, Update

__all__ = ["fit", "networks", "score"]

NAME = "safas"


def fit(task: Fit) -> dict[str, Any]:
    """Train; writes model.safetensors and history.csv.

    Raises:
        UserError: a class without training clips, additional live faces that are asked for and not there, frames without the face asked
            for, or pretrained weights that do not fit.
    """
    params: SafasParams = task.params
    check_extra(params.extra_live, task.extra, NAME)
    batches = DomainBatches(task.train, params.per_class, task.seed, _look(params), NAME, task.extra)
    heads = len({domain_of(clip) for clip in task.train})
    epoch = params.epoch(task.train, len(batches.batch(0)["live"]))
    return fitted(task, NAME, batches, lambda: networks(params, heads), lambda built: SafasTask(built, params, batches, epoch))


def _look(params: SafasParams) -> Look:
    """Two views of one frame of a clip."""
    views = Views(params)

    def look(clip: Clip, random: np.random.Generator) -> View:
        return two_views(views.training(clip, random), params.augment, params.view.flip, random)

    return look


class SafasTask:
    """One training: stochastic gradient descent over backbone and heads, and after each of its steps the heads' alignment."""

    def __init__(self, built: dict[str, nn.Module], params: SafasParams, batches: DomainBatches, epoch: int) -> None:
        network = built["network"]
        assert isinstance(network, Network)
        self.params = params
        self.heads = network.heads  # the bare ones: what `train` puts in the dictionary may be wrapped
        self.modules = built
        self.batches = batches
        self.epoch = epoch
        self.steps = params.epochs * epoch
        descent = torch.optim.SGD(network.parameters(), lr=params.learning_rate, momentum=params.momentum, weight_decay=params.weight_decay)
        self.optimizers: dict[str, torch.optim.Optimizer] = {"sgd": descent}

    def batch(self, step: int) -> Batch:
        """As `DomainBatches`, each face in two views: `image` (N,2,3,S,S); and `head` (N,) int64, the head that a face trains."""
        batch = self.batches.batch(step)
        return {**batch, "head": heads_of(batch["domain"], len(self.heads.directions))}

    def rate(self, optimizer: str, step: int) -> float:
        """Times `decay` after every `decay_epochs` epochs."""
        return stepped(step, self.params.decay_epochs * self.epoch, self.params.decay)

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """Sun et al. 2023: the mean over domains of their heads' cross entropy, plus `supcon_weight` times SupCon (README.md, Equations).

        SupCon is Khosla et al. 2020, equation 2. From `align_epoch` on the heads are turned towards each other after the step. `cosine` is
        the smallest between two heads.
        """
        cues = batch["cue"].flatten(0, 1) if "cue" in batch else None
        seen: Seen = self.modules["network"](batch["image"].flatten(0, 1), cues)
        live, head, domain = (batch[name].repeat_interleave(2) for name in ("live", "head", "domain"))
        losses = {"bce": domain_bce(seen.logits, live, head)}
        if self.params.supcon_weight:
            group = 2 * domain + live
            losses["supcon"] = supervised_contrast(seen.features, group, self.params.temperature, self.params.base_temperature)
        total = losses["bce"] + self.params.supcon_weight * losses.get("supcon", 0.0)
        update("sgd", total)
        if self.params.alignment < 1 and step >= self.params.align_epoch * self.epoch:
            align(self.heads, self.params.alignment)
        return {"loss": total, **losses, "cosine": smallest_cosine(self.heads)}


def heads_of(domain: Tensor, heads: int) -> Tensor:
    """The head that each face trains: its domain's; additional live faces, domains from `heads` on, are dealt out to all in turn."""
    added = domain >= heads
    turn = (torch.cumsum(added, dim=0) - 1) % heads
    return torch.where(added, turn, domain)
