"""SSDG's training, of any backbone. The module that the method's card names: `fit`, `score`, `networks`.

AG-FAS trains OA-Net with it (fas/methods/agfas).
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fas.domains.batches import DomainBatches, check_extra
from fas.domains.rates import cosine
from fas.domains.reversal import coefficient, reverse
from fas.domains.training import fitted
from fas.domains.views import Views
from fas.methods.base import Fit
from fas.methods.ssdg.loss import adversarial_loss, asymmetric_classes, triplet_loss
from fas.methods.ssdg.model import networks
from fas.methods.ssdg.params import SsdgParams
from fas.methods.ssdg.score import score
from fas.training import Batch, Update

__all__ = ["fit", "networks", "score"]


def fit(task: Fit) -> dict[str, Any]:
    """Train; writes model.safetensors and history.csv.

    Raises:
        UserError: a class without training clips, frames without the face asked for, or pretrained weights that do not fit.
    """
    return trained_with_ssdg(task, "ssdg")


def trained_with_ssdg(task: Fit, name: str) -> dict[str, Any]:
    """`fit` for the method called `name`, whose section is an `SsdgParams`."""
    params: SsdgParams = task.params
    check_extra(params.extra_live, task.extra, name)
    batches = DomainBatches(task.train, params.per_class, task.seed, Views(params).training, name, task.extra)
    return fitted(task, name, batches, lambda: networks(params, len(batches.domains)), lambda built: SsdgTask(built, params, batches))


class SsdgTask:
    """One training: balanced batches of all domains, one optimiser over backbone, head and discriminator."""

    def __init__(self, built: dict[str, nn.Module], params: SsdgParams, batches: DomainBatches) -> None:
        self.params = params
        self.steps = params.steps
        self.modules = built
        self.batches = batches
        self.optimizers: dict[str, torch.optim.Optimizer] = {"all": _optimiser(built, params)}

    def batch(self, step: int) -> Batch:
        """See `DomainBatches.batch`."""
        return self.batches.batch(step)

    def rate(self, optimizer: str, step: int) -> float:
        """A cosine (fas/domains/rates.py), or a tenth from `decay_steps` on, once, as the authors' code has it."""
        p = self.params
        if p.schedule == "cosine":
            return cosine(step, p.steps, p.warmup_steps)
        return 0.1 if p.decay_steps and step >= p.decay_steps else 1.0

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """L = cross entropy + triplet_weight L_trip + adversarial_weight L_ad."""
        p, live, domain = self.params, batch["live"], batch["domain"]
        features = self.modules["backbone"](batch["image"], batch.get("cue"))
        feature, logits = self.modules["head"](features.vector)
        terms = {
            "classification": nn.functional.cross_entropy(logits.float(), live.long()),
            "triplet": triplet_loss(feature, asymmetric_classes(live, domain), p.triplet_margin),
        }
        loss = terms["classification"] + p.triplet_weight * terms["triplet"]
        if "discriminator" in self.modules:
            turned = reverse(feature[live], coefficient(step, p.steps, p.reversal_steepness))
            terms["adversarial"] = adversarial_loss(self.modules["discriminator"](turned), domain[live])
            loss = loss + p.adversarial_weight * terms["adversarial"]
        update("all", loss)
        return {"loss": loss, **terms}


def _optimiser(built: Mapping[str, nn.Module], params: SsdgParams) -> torch.optim.Optimizer:
    trained = [parameter for module in built.values() for parameter in module.parameters()]
    if params.optimiser == "adamw":
        return torch.optim.AdamW(trained, params.learning_rate, weight_decay=params.weight_decay)
    return torch.optim.SGD(trained, params.learning_rate, momentum=params.momentum, weight_decay=params.weight_decay)
