"""The training of SSAN. The module that the method's card names: `fit`, `score`, `networks`."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from fas.clips import Clip
from fas.domains.batches import DomainBatches, check_extra
from fas.domains.rates import stepped
from fas.domains.reversal import coefficient, reverse
from fas.domains.training import fitted
from fas.domains.views import Views
from fas.methods.base import Fit
from fas.methods.ssan.batches import ShuffledBatches
from fas.methods.ssan.loss import adversarial, class_loss, contrastive, depth_loss
from fas.methods.ssan.model import Seen, networks
from fas.methods.ssan.params import SsanParams
from fas.methods.ssan.score import score
from fas.training import Batch, Update

__all__ = ["fit", "networks", "score"]

NAME = "ssan"


def fit(task: Fit) -> dict[str, Any]:
    """Train; writes model.safetensors and history.csv.

    Raises:
        UserError: a class without training clips, additional live faces that are asked for and not there, frames without the face asked
            for, or pretrained weights that do not fit.
    """
    params: SsanParams = task.params
    check_extra(params.extra_live, task.extra, NAME)
    batches = batches_of(params, task.train, task.extra, task.seed)
    epoch = params.epoch(task.train, len(batches.batch(0)["live"]))
    return fitted(
        task, NAME, batches, lambda: networks(params, len(batches.domains)), lambda built: SsanTask(built, params, batches, epoch)
    )


def batches_of(params: SsanParams, clips: Sequence[Clip], extra: Sequence[Clip], seed: int) -> DomainBatches:
    """Domain by domain, or the original's one shuffled loader."""
    look = Views(params).training
    if params.batches == "balanced":
        return DomainBatches(clips, params.per_class, seed, look, NAME, extra)
    return ShuffledBatches(clips, params.batch, seed, look, NAME, extra)


class SsanTask:
    """One training: one Adam over network and discriminator, which the reversed gradient sets against each other."""

    def __init__(self, built: dict[str, nn.Module], params: SsanParams, batches: DomainBatches, epoch: int) -> None:
        self.params = params
        self.modules = built
        self.batch = batches.batch
        self.epoch = epoch
        self.steps = params.epochs * epoch
        weights = [weight for module in built.values() for weight in module.parameters()]
        adam = torch.optim.Adam(weights, lr=params.learning_rate, weight_decay=params.weight_decay)
        self.optimizers: dict[str, torch.optim.Optimizer] = {"adam": adam}

    def rate(self, optimizer: str, step: int) -> float:
        """Times `decay` after every `decay_epochs` epochs."""
        return stepped(step, self.params.decay_epochs * self.epoch, self.params.decay)

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """Wang et al. 2022: L_cls + contrast_weight L_contra + adversarial_weight L_adv (README.md, Losses).

        L_cls (`said`) is of each face with its own style, L_contra (`contrast`) of its content with a random other face's style, L_adv
        (`adversarial`) of the content's dataset.
        """
        live = batch["live"]
        partner = torch.randperm(len(live)).to(live.device)
        seen: Seen = self.modules["network"](batch["image"], batch.get("cue"), partner)
        domain = self.modules["discriminator"](self._hidden(seen.content, step))
        losses = {
            "said": depth_loss(seen.said, live) if self.params.head == "depth" else class_loss(seen.said, live),
            "contrast": contrastive(seen.own, seen.mixed, live, live[partner]),
            "adversarial": adversarial(domain, batch["domain"]),
        }
        weights = (1.0, self.params.contrast_weight, self.params.adversarial_weight)
        total = torch.stack([weight * loss for weight, loss in zip(weights, losses.values(), strict=True)]).sum()
        update("adam", total)
        return {"loss": total, **losses}

    def _hidden(self, content: Tensor, step: int) -> Tensor:
        """The content as the discriminator gets it; what it learns reaches the content reversed, or, as in the original, as it is."""
        if self.params.reversal == "none":
            return content
        return reverse(content, coefficient(step, self.steps, self.params.steepness))
