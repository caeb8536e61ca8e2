"""LGSC's training (paper 002, section 3.5). The module that the method's card names: `fit`, `score`, `networks`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fas.clips import FRAMES, Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.files import write_table
from fas.methods.base import Fit
from fas.methods.lgsc.loss import LgscLoss
from fas.methods.lgsc.model import Generator, auxiliary, networks
from fas.methods.lgsc.params import LgscParams
from fas.methods.lgsc.patches import ARRAYS, face_crops, training_patch
from fas.methods.lgsc.score import score
from fas.sampling import ArrayCache, Draw, GroupSampler, by_label, frames_of
from fas.training import Batch, Kept, Update, seeded, train
from fas.weights import load_pretrained, save_networks

__all__ = ["fit", "networks", "score"]

MODEL = "model.safetensors"
PAPER_WIDTH = 64


def fit(task: Fit) -> dict[str, Any]:
    """Train; writes model.safetensors and history.csv.

    Raises:
        UserError: a class without training clips, frames without their `native` view, crops smaller than a patch, or pretrained weights
            that do not fit.
    """
    params = budgeted(task.params, task.train)
    with seeded("lgsc", task.seed):
        built = networks(params)
    warnings = start_encoder(built["generator"], params, task.runtime)
    training = LgscTask(built, params, task.train, task.seed)
    kept = Kept(params.checkpoints, task.kept, lambda folder: save_networks(folder / MODEL, built))
    history = train(training, steps=params.steps, seed=task.seed, scratch=task.scratch, runtime=task.runtime, label="lgsc", kept=kept)
    save_networks(task.out / MODEL, built)
    write_table(task.out / "history.csv", history)
    return {"warnings": warnings, "steps": params.steps}


def budgeted(params: LgscParams, clips: Sequence[Clip]) -> LgscParams:
    """The parameters with `steps` and `warmup_steps` as the `epochs` ask for them; unchanged without epochs.

    An epoch draws as many frames of each class as the larger one has: examples are resampled 1:1 (paper, section 4.1).
    """
    if not params.epochs:
        return params
    frames = max(frames_of(members, FRAMES, "native") for members in by_label(clips, "lgsc").values())
    epoch = -(-2 * frames // params.batch)
    return params.model_copy(update={"steps": params.epochs * epoch, "warmup_steps": epoch})


def start_encoder(generator: nn.Module, params: LgscParams, runtime: Runtime) -> list[str]:
    """Fill the generator's encoder with the user's ImageNet weights, if they are asked for; warnings as `load_pretrained`.

    Raises:
        UserError: they do not fit, or the file is missing or another one.
    """
    if params.pretrained and params.width != PAPER_WIDTH:
        raise UserError(f"params.yaml: lgsc.pretrained: ResNet-18 weights need width {PAPER_WIDTH} (got {params.width})")
    assert isinstance(generator, Generator)
    return load_pretrained(generator.encoder, "resnet18", params.pretrained, runtime, unnamed="warn", drop=("fc.",))


class LgscTask:
    """One LGSC training: live and attack patches 1:1, one Adam over generator and classifier."""

    def __init__(self, built: dict[str, nn.Module], params: LgscParams, clips: Sequence[Clip], seed: int) -> None:
        self.params = params
        self.modules = built
        weights = [weight for module in built.values() for weight in module.parameters()]
        self.optimizers: dict[str, torch.optim.Optimizer] = {"adam": torch.optim.Adam(weights, lr=params.learning_rate, fused=True)}
        self.loss = LgscLoss(params)
        self.cache = ArrayCache(FRAMES, ARRAYS)
        half = params.batch // 2
        self.sampler = GroupSampler(by_label(clips, "lgsc"), {"live": half, "attack": half}, seed)

    def batch(self, step: int) -> Batch:
        """`image` (N,3,P,P) in [-1, 1] and `live` (N,) bool, alternating between the classes."""
        draws = self.sampler.draw(step)
        images = np.stack([self._patch(draw) for draw in draws])
        live = [draw.group == "live" for draw in draws]
        return {"image": torch.from_numpy(images), "live": torch.tensor(live)}

    def _patch(self, draw: Draw[Clip]) -> np.ndarray:
        crops = face_crops(draw.member, self.cache.read(draw.member), self.params)
        return training_patch(crops[draw.random.integers(len(crops))], self.params, draw.random)

    def rate(self, optimizer: str, step: int) -> float:
        """Linear warm-up, then a staircase: x `decay` every `decay_steps` steps."""
        warm = min(1.0, (step + 1) / self.params.warmup_steps) if self.params.warmup_steps else 1.0
        return warm * self.params.decay ** (step // self.params.decay_steps)

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """Feng et al., equation 9 (paper 002): regression (6), triplet (7) and auxiliary (8) loss, and the hinge, each by its weight."""
        cue, maps = self.modules["generator"](batch["image"])
        logits = auxiliary(self.modules, batch["image"], cue, self.params)
        losses = self.loss(cue, maps, logits, batch["live"])
        update("adam", losses["loss"])
        return losses
