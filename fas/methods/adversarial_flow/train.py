"""The training (paper 003, section 3), on live clips alone. The module that the method's card names: `fit`, `score`, `networks`."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fas.adversarial.model import networks
from fas.adversarial.task import IMAGE, AdversarialTask
from fas.clips import Clip
from fas.errors import UserError
from fas.files import write_table
from fas.methods.adversarial_flow.params import AdversarialFlowParams
from fas.methods.adversarial_flow.patches import one_patch, size_of, source, windows
from fas.methods.adversarial_flow.reference import FILE, calibrated, measured
from fas.methods.adversarial_flow.score import MODEL, score
from fas.methods.base import Fit
from fas.sampling import ArrayCache, GroupSampler, frames_of
from fas.training import Batch, Kept, seeded, train
from fas.weights import save_networks

__all__ = ["fit", "networks", "score"]

NAME = "adversarial_flow"


def fit(task: Fit) -> dict[str, Any]:
    """Train on the live clips; writes model.safetensors, history.csv and reference.npz, by which scores are made.

    Raises:
        UserError: no live training clip has maps, maps that are smaller than a window, or nothing moves in them.
    """
    params: AdversarialFlowParams = task.params
    clips = live_clips(task.train, params)
    calibration = calibrated(clips, params)
    patches = LivePatches(clips, params, calibration.scale, task.seed)
    steps = params.epochs * patches.epoch if params.epochs else params.steps
    with seeded(NAME, task.seed):
        built = networks(params)

    def save(folder: Path) -> None:
        save_networks(folder / MODEL, built)
        measured(built, clips, params, calibration, task.seed).save(folder / FILE)

    contest = AdversarialTask(built, params, patches)
    kept = Kept(params.checkpoints, task.kept, save)
    history = train(contest, steps=steps, seed=task.seed, scratch=task.scratch, runtime=task.runtime, label=NAME, kept=kept)
    save(task.out)
    write_table(task.out / "history.csv", history)
    left_out = Counter(clip.attack for clip in task.train if not clip.live)
    return {
        "warnings": [],
        "steps": steps,
        "steps_per_epoch": patches.epoch,
        "scale": calibration.scale,
        "motion_threshold": calibration.motion,
        "left_out": {"attack": dict(sorted(left_out.items())), "without_maps": _live(task.train) - len(clips)},
    }


def live_clips(clips: Sequence[Clip], params: AdversarialFlowParams) -> list[Clip]:
    """The live clips that have maps, in the order of (dataset, clip). The attacks of a protocol's training clips are left out.

    Raises:
        UserError: there is none.
    """
    feature, name = source(params)
    found = sorted((clip for clip in clips if clip.live and frames_of([clip], feature, name)), key=lambda clip: (clip.dataset, clip.clip))
    if not found:
        raise UserError(f"{NAME}: no live training clip has {'a pair of frames' if params.input == 'flow' else 'a face'}")
    return found


def _live(clips: Sequence[Clip]) -> int:
    return sum(clip.live for clip in clips)


class LivePatches:
    """Batches of windows of live clips: step -> `image` (N,3,32,32) float32 in [-1, 1]. Each clip comes once before any comes again.

    Raises:
        UserError: an attack clip among them (it must never be trained on), or maps smaller than a window.
    """

    def __init__(self, clips: Sequence[Clip], params: AdversarialFlowParams, scale: float, seed: int) -> None:
        for clip in clips:
            if not clip.live:
                raise UserError(f"{NAME} is trained on live clips alone: {clip.dataset} {clip.clip} is an attack ({clip.attack})")
        self.params = params
        self.scale = scale
        self.feature, self.name = source(params)
        self.cache = ArrayCache(self.feature, (self.name,))
        self.sampler = GroupSampler({"live": list(clips)}, {"live": params.batch}, seed)
        self.clips = clips

    @property
    def epoch(self) -> int:
        """The steps that see as many windows as there are."""
        frames = frames_of(self.clips, self.feature, self.name)
        first = self.cache.read(self.clips[0])[self.name]
        return -(-frames * len(windows(size_of(first, self.params), self.params.stride)) // self.params.batch)

    def __call__(self, step: int) -> Batch:
        draws = self.sampler.draw(step)
        patches = [one_patch(self.cache.read(draw.member)[self.name], self.params, self.scale, draw.random) for draw in draws]
        return {IMAGE: torch.from_numpy(np.stack(patches))}
