"""The training of the RGB branch: pseudo-labels, UDA, and a teacher that learns from what its labels do to a student.

    pl        L = CE(y, N(x_l)) + w CE(argmax q, N(x_w))                                     one network N that teaches itself
    pl_uda    L = CE(y, N(x_l)) + w CE(q, N(x_s))                                            the same, consistent over views
    mpl_uda   teacher T: the loss of pl_uda and h CE(argmax T(x_s), T(x_s));  student S: CE(argmax q, S(x_s))

x_l, x_w, x_s: labelled, weak and strong views; q: soft labels of x_w; w: unlabelled_weight, ramped, for confident patches; h: feedback.
"""

from collections.abc import Mapping

import numpy as np
import torch
from accelerate import PartialState
from accelerate.utils import reduce
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from fas.methods.meta_pseudo_label.average import Average, Baseline, measuring
from fas.methods.meta_pseudo_label.batches import LabelledBatches, UnlabelledBatches
from fas.methods.meta_pseudo_label.loss import confident, consistency_loss, feedback, pseudo_label_loss, self_label_loss, soft_labels
from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams
from fas.methods.meta_pseudo_label.pools import Labelled
from fas.methods.meta_pseudo_label.schedule import factor, ramp
from fas.training import Batch, Update


class RgbTask:
    """One training of the RGB branch. `rgb` is the network that scores (the student where there is a `teacher`), `average` its
    moving average."""

    def __init__(
        self, built: Mapping[str, nn.Module], labelled: Labelled, unlabelled: np.ndarray, params: MetaPseudoLabelParams, seed: int
    ) -> None:
        self.params = params
        self.meta = params.mode == "mpl_uda"
        learners = {name: built[name] for name in ("rgb", "teacher") if name in built}
        self.optimizers: dict[str, torch.optim.Optimizer] = {name: sgd(network, params) for name, network in learners.items()}
        self.average = Average(built["rgb"], params.ema)
        self.baseline = Baseline(params.baseline)
        # one module of both: data parallel refuses a module without parameters, as the baseline would be
        memory = nn.ModuleDict({"average": self.average, "baseline": self.baseline})
        self.modules: dict[str, nn.Module] = {**learners, "memory": memory}
        self.labelled = LabelledBatches(labelled, params.batch, params, seed)
        self.unlabelled = UnlabelledBatches(unlabelled, params.ratio * params.batch, params, seed)

    def batch(self, step: int) -> Batch:
        """`labelled`, `live`, `weak` and, with UDA, `strong`."""
        return {**self.labelled(step), **self.unlabelled(step)}

    def rate(self, optimizer: str, step: int) -> float:
        """Equation 28; a student waits."""
        p = self.params
        return factor(step, p.warmup_steps, p.wait_steps if self.meta and optimizer == "rgb" else 0, p.steps)

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """The loss of `mode` (paper 004; README.md, Equations, *inferred*): a student's step and its teacher's, or a network's alone.

        Losses `loss`, `labelled`, `unlabelled` and `confident`; with a student also `student`, `h` and `meta`.
        """
        weight = self.params.unlabelled_weight * ramp(step, self.params.ramp_steps)
        losses = self._taught(batch, weight, update) if self.meta else self._alone(batch, weight, update)
        self.average.update(self.modules["rgb"])
        return losses

    def _alone(self, batch: Batch, weight: float, update: Update) -> dict[str, Tensor]:
        losses, _, _ = self._semi_supervised(self.modules["rgb"], batch, weight)
        update("rgb", losses["loss"])
        return losses

    def _taught(self, batch: Batch, weight: float, update: Update) -> dict[str, Tensor]:
        """The student's step on the teacher's labels of weak views, then the teacher's with what that did to the student."""
        losses, labels, seen = self._semi_supervised(self.modules["teacher"], batch, weight)
        learned, h = self._student(batch, labels.argmax(dim=1), update)
        centred = self.baseline.subtracted(h) if self.params.teacher_loss == "improved" else h
        meta = centred * self_label_loss(seen, self.params.self_labels)
        total = losses["loss"] + meta
        update("teacher", total)
        return {**losses, "loss": total, "student": learned, "h": h, "meta": meta}

    def _semi_supervised(self, network: nn.Module, batch: Batch, weight: float) -> tuple[dict[str, Tensor], Tensor, Tensor]:
        """The loss of labelled and unlabelled patches by its terms, the soft labels of weak views, and the logits of the views that
        were to agree with them."""
        names = [name for name in ("labelled", "weak", "strong") if name in batch]
        logits = network(torch.cat([batch[name] for name in names])).float()
        by_name = dict(zip(names, logits.split([len(batch[name]) for name in names]), strict=True))
        labels = soft_labels(by_name["weak"], self.params.temperature)
        labelled = cross_entropy(by_name["labelled"], batch["live"], label_smoothing=self.params.smoothing)
        seen = by_name[names[-1]]
        loss = pseudo_label_loss if self.params.mode == "pl" else consistency_loss
        unlabelled = loss(labels, seen, self.params.threshold)
        share = confident(labels, self.params.threshold).mean()
        total = labelled + weight * unlabelled
        return {"loss": total, "labelled": labelled, "unlabelled": unlabelled, "confident": share}, labels, seen

    def _student(self, batch: Batch, labels: Tensor, update: Update) -> tuple[Tensor, Tensor]:
        """One step of the student on strong views with the teacher's labels: its loss, and h."""
        old = self._on_labelled(batch)
        loss = cross_entropy(self.modules["rgb"](batch["strong"]).float(), labels, label_smoothing=self.params.smoothing)
        update("rgb", loss)
        return loss, over_processes(feedback(old, self._on_labelled(batch), self.params.teacher_loss))

    @torch.no_grad()
    def _on_labelled(self, batch: Batch) -> Tensor:
        """The student's plain cross entropy on the labelled patches."""
        student = self.modules["rgb"]
        with measuring(student):
            return cross_entropy(student(batch["labelled"]).float(), batch["live"])


class FinetuneTask:
    """The optional last part: the network that scores, on labelled patches alone, at a constant rate."""

    def __init__(self, network: nn.Module, labelled: Labelled, params: MetaPseudoLabelParams, seed: int) -> None:
        self.params = params
        self.modules: dict[str, nn.Module] = {"rgb": network}
        self.optimizers: dict[str, torch.optim.Optimizer] = {"rgb": sgd(network, params, params.finetune_rate)}
        self.batch = LabelledBatches(labelled, params.finetune_batch, params, seed)

    def rate(self, optimizer: str, step: int) -> float:
        """Constant."""
        return 1.0

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """Cross entropy of labelled patches, with label smoothing."""
        logits = self.modules["rgb"](batch["labelled"]).float()
        loss = cross_entropy(logits, batch["live"], label_smoothing=self.params.smoothing)
        update("rgb", loss)
        return {"loss": loss}


def sgd(network: nn.Module, params: MetaPseudoLabelParams, rate: float | None = None) -> torch.optim.SGD:
    """Nesterov's momentum; biases and batch norm do not decay."""
    weights = [[one for one in network.parameters() if (one.ndim > 1) == decays] for decays in (True, False)]
    groups = [{"params": weights[0], "weight_decay": params.weight_decay}, {"params": weights[1], "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=rate or params.learning_rate, momentum=params.momentum, nesterov=params.momentum > 0)


def over_processes(value: Tensor) -> Tensor:
    """The mean over the processes of a data-parallel training: all teachers hear the same."""
    return value if PartialState().num_processes == 1 else reduce(value, reduction="mean")
