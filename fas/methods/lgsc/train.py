"""LGSC's training and scoring (paper 002, section 3.5)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fas.clips import FRAMES, Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.errors import UserError
from fas.files import write_table
from fas.methods.base import Fit, FrameScores
from fas.methods.lgsc.loss import LgscLoss
from fas.methods.lgsc.model import Classifier, Generator, cue_magnitude
from fas.methods.lgsc.params import LgscParams
from fas.methods.lgsc.patches import covering, normalised, scoring_patches, training_patch
from fas.sampling import ArrayCache, Draw, GroupSampler, by_label, read_arrays
from fas.training import Batch, Update, seeded, train
from fas.weights import load_networks, load_pretrained, save_networks

PAPER_WIDTH = 64
_ARRAYS = ("native", "frame")


def networks(params: LgscParams) -> dict[str, nn.Module]:
    """The generator and, unless there is none, the auxiliary classifier, with random weights."""
    built: dict[str, nn.Module] = {
        "generator": Generator(params.width, params.decoder_norm, params.faithful_in, params.zero_init_output),
    }
    if params.auxiliary_input != "none":
        built["classifier"] = Classifier(params.width, params.dropout)
    return built


def fit(task: Fit) -> dict[str, Any]:
    """Train; writes model.safetensors and history.csv.

    Raises:
        UserError: a class without training clips, frames without their `native` view, or pretrained weights that do not fit.
    """
    params: LgscParams = task.params
    with seeded("lgsc", task.seed):
        built = networks(params)
    warnings = _start_encoder(built["generator"], params, task.runtime)
    training = LgscTask(built, params, task.train, task.seed)
    history = train(training, steps=params.steps, seed=task.seed, scratch=task.scratch, runtime=task.runtime, label="lgsc")
    save_networks(task.out / "model.safetensors", built)
    write_table(task.out / "history.csv", history)
    return {"warnings": warnings}


def _start_encoder(generator: nn.Module, params: LgscParams, runtime: Runtime) -> list[str]:
    if params.pretrained and params.width != PAPER_WIDTH:
        raise UserError(f"params.yaml: lgsc.pretrained: ResNet-18 weights need width {PAPER_WIDTH} (got {params.width})")
    assert isinstance(generator, Generator)
    return load_pretrained(generator.encoder, "resnet18", params.pretrained, runtime, drop=("fc.",))


class LgscTask:
    """One LGSC training: live and attack patches 1:1, one Adam over generator and classifier."""

    def __init__(self, built: dict[str, nn.Module], params: LgscParams, clips: Sequence[Clip], seed: int) -> None:
        self.params = params
        self.modules = built
        weights = [weight for module in built.values() for weight in module.parameters()]
        self.optimizers: dict[str, torch.optim.Optimizer] = {"adam": torch.optim.Adam(weights, lr=params.learning_rate)}
        self.loss = LgscLoss(params)
        self.cache = ArrayCache(FRAMES, _ARRAYS)
        half = params.batch // 2
        self.sampler = GroupSampler(by_label(clips, "lgsc"), {"live": half, "attack": half}, seed)

    def batch(self, step: int) -> Batch:
        """`image` (N,3,P,P) in [-1, 1] and `live` (N,) bool, alternating between the classes."""
        draws = self.sampler.draw(step)
        images = np.stack([self._patch(draw) for draw in draws])
        live = [draw.group == "live" for draw in draws]
        return {"image": torch.from_numpy(images), "live": torch.tensor(live)}

    def _patch(self, draw: Draw[Clip]) -> np.ndarray:
        crops = self.cache.read(draw.member)["native"]
        return training_patch(crops[draw.random.integers(len(crops))], self.params, draw.random)

    def rate(self, optimizer: str, step: int) -> float:
        """Linear warm-up, then a staircase: x `decay` every `decay_steps` steps."""
        warm = min(1.0, (step + 1) / self.params.warmup_steps) if self.params.warmup_steps else 1.0
        return warm * self.params.decay ** (step // self.params.decay_steps)

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        cue, maps = self.modules["generator"](batch["image"])
        logits = auxiliary(self.modules, batch["image"], cue, self.params)
        losses = self.loss(cue, maps, logits, batch["live"])
        update("adam", losses["loss"])
        return losses


def auxiliary(modules: Mapping[str, nn.Module], images: Tensor, cue: Tensor, params: LgscParams) -> Tensor | None:
    """The classifier's logits (N,2) on image + cue (or on the cue alone); None without a classifier."""
    if params.auxiliary_input == "none":
        return None
    return modules["classifier"](images + cue if params.auxiliary_input == "overlaid" else cue)


def score(model: Path, params: LgscParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[FrameScores]:
    """Scores of clips with frames: `score` = -mean|cue| in [-1, 0] (eq. 10 with its sign turned: higher = more live; the
    paper's threshold of 0.01 is -0.01 here), and `auxiliary` = the classifier's probability of live.

    A frame's score is the mean over its patches. A clip is computed in batches of its own, padded to a fixed size, so that
    its scores depend on no other clip.

    Raises:
        UserError: no model, one of other parameters, or frames without their `native` view.
    """
    device = prepare(runtime)
    built = _trained(model, params, device)
    for clip in clips:
        yield _score_clip(built, params, clip, device)


@torch.inference_mode()
def cue_maps(model: Path, params: LgscParams, clip: Clip, runtime: Runtime) -> tuple[np.ndarray, np.ndarray]:
    """The cue over the whole face crop of every frame: numbers (F,) int32 and mean |C| over the channels (F,H,W) float32 in [0, 1].

    The crop's sides are mirrored up to the next multiple of 32, as the encoder's strides ask for.
    """
    device = prepare(runtime)
    generator = _trained(model, params, device)["generator"]
    arrays = read_arrays(clip, FRAMES, _ARRAYS)
    side = -(-max(arrays["native"].shape[1:3]) // 32) * 32
    images = torch.from_numpy(np.stack([normalised(covering(crop, side)) for crop in arrays["native"]]))
    maps = [generator(image[None].to(device))[0].abs().mean(dim=1)[0].cpu().numpy() for image in images]
    return arrays["frame"].astype(np.int32), np.stack(maps)


def _trained(model: Path, params: LgscParams, device: torch.device) -> dict[str, nn.Module]:
    built = networks(params)
    load_networks(model / "model.safetensors", built)
    for network in built.values():
        network.to(device).eval()
    return built


def _score_clip(built: Mapping[str, nn.Module], params: LgscParams, clip: Clip, device: torch.device) -> FrameScores:
    arrays = read_arrays(clip, FRAMES, _ARRAYS)
    chosen = evenly(len(arrays["frame"]), params.score_frames)
    patches = [scoring_patches(arrays["native"][index], params) for index in chosen]
    names, values = _score_patches(built, params, np.concatenate(patches), device)
    ends = np.cumsum([len(part) for part in patches])[:-1]
    frames = [part.mean(axis=0) for part in np.split(values, ends)]
    scores = np.asarray(frames, np.float32)
    return FrameScores(arrays["frame"][chosen].astype(np.int32), {name: scores[:, index] for index, name in enumerate(names)})


def evenly(count: int, wanted: int) -> np.ndarray:
    """Indices of `wanted` of `count` frames, spread evenly over the clip; all of them for 0 or when there are fewer."""
    if wanted == 0 or wanted >= count:
        return np.arange(count)
    return (np.arange(wanted) * 2 + 1) * count // (2 * wanted)


@torch.inference_mode()
def _score_patches(
    built: Mapping[str, nn.Module], params: LgscParams, patches: np.ndarray, device: torch.device
) -> tuple[list[str], np.ndarray]:
    """The scores' names and their values (patches, names) float64."""
    rows = []
    for start in range(0, len(patches), params.score_batch):
        part = patches[start : start + params.score_batch]
        padded = np.zeros((params.score_batch, *part.shape[1:]), np.float32)
        padded[: len(part)] = part
        images = torch.from_numpy(padded).to(device)
        cue, _ = built["generator"](images)
        columns = {"score": -cue_magnitude(cue)}
        logits = auxiliary(built, images, cue, params)
        if logits is not None:
            columns["auxiliary"] = logits.softmax(dim=1)[:, 1]
        rows.append(torch.stack(list(columns.values()), dim=1)[: len(part)].double().cpu().numpy())
    return list(columns), np.concatenate(rows)
