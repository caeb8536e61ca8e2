"""The training (paper 000, section 3.3). The module that the method's card names: `fit`, `score`, `networks`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from accelerate import PartialState
from accelerate.utils import reduce
from torch import Tensor, nn

from fas.clips import FRAMES, Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.files import write_table
from fas.methods.base import Fit
from fas.methods.pseudo_negative.images import training_image
from fas.methods.pseudo_negative.loss import PseudoNegativeLoss
from fas.methods.pseudo_negative.model import PAPER_SIDE, PAPER_WIDTH, Classifier, Extractor, imagenet_layers, networks, side
from fas.methods.pseudo_negative.params import PseudoNegativeParams
from fas.methods.pseudo_negative.score import score
from fas.methods.pseudo_negative.statistics import Gaussian, gaussian
from fas.sampling import ArrayCache, Draw, GroupSampler, by_label
from fas.training import Batch, Kept, Update, seeded, train
from fas.weights import load_pretrained, save_networks

__all__ = ["fit", "networks", "score"]

MODEL = "model.safetensors"
NAME = "pseudo_negative"


def fit(task: Fit) -> dict[str, Any]:
    """Train; writes model.safetensors and history.csv.

    Raises:
        UserError: a class without training clips, frames without the view asked for, or pretrained weights that do not fit.
    """
    params: PseudoNegativeParams = task.params
    with seeded(NAME, task.seed):
        built = networks(params)
    warnings = _start(built, params, task.runtime)
    training = PseudoNegativeTask(built, params, task.train, task.seed)
    kept = Kept(params.checkpoints, task.kept, lambda folder: save_networks(folder / MODEL, built))
    history = train(training, steps=params.steps, seed=task.seed, scratch=task.scratch, runtime=task.runtime, label=NAME, kept=kept)
    save_networks(task.out / MODEL, built)
    write_table(task.out / "history.csv", history)
    return {"warnings": warnings}


def _start(built: Mapping[str, nn.Module], params: PseudoNegativeParams, runtime: Runtime) -> list[str]:
    """ImageNet weights, all layers but the last; GAP of conv5 needs the convolutions only."""
    extractor, classifier = built["extractor"], built["classifier"]
    assert isinstance(extractor, Extractor)
    assert isinstance(classifier, Classifier)
    fits = params.width == PAPER_WIDTH and params.norm == "none" and (params.layer == "conv5" or side(params.size) == PAPER_SIDE)
    if params.pretrained and not fits:
        asked = f"width {params.width}, norm {params.norm}, size {params.size}"
        raise UserError(
            f"params.yaml: pseudo_negative.pretrained: AlexNet's weights need width {PAPER_WIDTH}, norm none, size 224 ({asked})"
        )
    drop = ("classifier.",) if params.layer == "conv5" else ("classifier.6.",)
    return load_pretrained(imagenet_layers(extractor, classifier), "alexnet", params.pretrained, runtime, unnamed="warn", drop=drop)


class PseudoNegativeTask:
    """One training: live and attack images 1:1, one Adam over extractor, classifier and generator."""

    def __init__(self, built: dict[str, nn.Module], params: PseudoNegativeParams, clips: Sequence[Clip], seed: int) -> None:
        self.params = params
        self.modules = built
        groups = [
            {"params": list(module.parameters()), "lr": params.generator_rate if name == "generator" else params.learning_rate}
            for name, module in built.items()
        ]
        self.optimizers: dict[str, torch.optim.Optimizer] = {"adam": torch.optim.Adam(groups)}
        self.loss = PseudoNegativeLoss(params)
        self.cache = ArrayCache(FRAMES, (params.view, "frame"))
        half = params.batch // 2
        self.sampler = GroupSampler(by_label(clips, NAME), {"live": half, "attack": half}, seed)

    def batch(self, step: int) -> Batch:
        """`image` (N,3,S,S) normalised and `live` (N,) bool, alternating between the classes."""
        draws = self.sampler.draw(step)
        images = np.stack([self._image(draw) for draw in draws])
        return {"image": torch.from_numpy(images), "live": torch.tensor([draw.group == "live" for draw in draws])}

    def _image(self, draw: Draw[Clip]) -> np.ndarray:
        faces = self.cache.read(draw.member)[self.params.view]
        return training_image(faces[draw.random.integers(len(faces))], self.params, draw.random)

    def rate(self, optimizer: str, step: int) -> float:
        """Linear warm-up, then constant."""
        return min(1.0, (step + 1) / self.params.warmup_steps) if self.params.warmup_steps else 1.0

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """Paper 000, equation 3: cross entropy of images and pseudo features, with the losses of equations 1 (`ratio`) and 2 (`fit`).

        Without a generator the cross entropy of the images alone.
        """
        live = batch["live"]
        features = self.modules["extractor"](batch["image"])
        losses = self._joined(features, live, step) if "generator" in self.modules else self._alone(features, live)
        update("adam", losses["loss"])
        return losses

    def _alone(self, features: Tensor, live: Tensor) -> dict[str, Tensor]:
        return self.loss.original(self.modules["classifier"](features), live)

    def _joined(self, features: Tensor, live: Tensor, step: int) -> dict[str, Tensor]:
        """Images and pseudo features together through the classifier."""
        lives, attacks = features[live], features[~live]
        statistics = [whole(gaussian(one), len(one)) for one in (lives, attacks)]
        count = max(1, round(self.params.share * len(attacks)))
        # at the step that lets go P_P is at its start, for which the generator needs the statistics
        pseudo = self.modules["generator"](*statistics, count, held=step <= self.params.start_step)
        logits = self.modules["classifier"](torch.cat([features, pseudo.features]))
        return self.loss(logits, live, pseudo, attacks, held=step < self.params.start_step)


def whole(share: Gaussian, count: int) -> Gaussian:
    """The statistics of the whole batch from those of each process's equal share of it, `count` features; the gradient is the share's."""
    shares = PartialState().num_processes
    if shares == 1:
        return share
    mean = reduce(share.mean.detach(), reduction="mean")
    between = reduce((share.mean.detach() - mean).square(), reduction="mean")
    within = reduce(share.variance.detach(), reduction="mean")
    variance = shares * ((count - 1) * within + count * between) / (shares * count - 1)
    return Gaussian(_with_gradient(mean, share.mean), _with_gradient(variance, share.variance))


def _with_gradient(value: Tensor, source: Tensor) -> Tensor:
    return value + (source - source.detach())
