"""Scores of a trained model: per frame the reconstruction's errors, per video their distance from those of live training frames."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from fas.adversarial.model import networks
from fas.clips import Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.methods.adversarial_flow.errors import frame_errors
from fas.methods.adversarial_flow.mmd import Reference
from fas.methods.adversarial_flow.motion import motion, still
from fas.methods.adversarial_flow.params import AdversarialFlowParams
from fas.methods.adversarial_flow.patches import maps_of, scored
from fas.methods.adversarial_flow.reference import FILE, LiveReference
from fas.methods.base import FrameScores
from fas.weights import load_networks

MODEL = "model.safetensors"
STILL = 4.0  # taken off the score of a video without motion: more than any two scores differ by (errors in [-2, 0], MMD in [-sqrt 2, 0])
PER_FRAME = ("error", "latent")


def score(model: Path, params: AdversarialFlowParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[FrameScores]:
    """Scores of clips with flow (or faces), all negated: higher = more live.

    `error` and `latent`: a frame's mean L1 between picture and reconstruction, in [-2, 0], and between their codes, at most 0.
    `mmd` and `latent_mmd`: the video's MMD from the live reference, the same for all its frames; in [-sqrt 2, 0].
    Of flow also `motion`, the video's m(V) in pixels, and `judged` and `judged_error`: `mmd` and `error` after the motion judgement, by
    which the scores of a video without motion are lowered by 4: below all others, their order kept. All flow maps of the clip tell its
    motion; `score_frames` of them are reconstructed.
    `score` is what the parameters name, with or without judgement.

    A clip is computed by itself, in batches padded to a fixed size, so that its scores depend on no other clip.

    Raises:
        UserError: no model, one of other parameters, or clips without the maps asked for.
    """
    device = prepare(runtime)
    built, live = trained(model, params, device)
    references = {name: Reference(getattr(live, name), params.bandwidths) for name in PER_FRAME}
    for clip in clips:
        numbers, maps = maps_of(clip, params)
        if not len(numbers):
            yield FrameScores(numbers, {"score": np.zeros(0, np.float32)})
            continue
        chosen = scored(maps, params)
        errors = dict(zip(PER_FRAME, frame_errors(built, maps[chosen], params, live.calibration.scale), strict=True))
        yield FrameScores(numbers[chosen], named(errors, references, maps, params, live.calibration.motion))


def named(
    errors: Mapping[str, np.ndarray], references: Mapping[str, Reference], maps: np.ndarray, params: AdversarialFlowParams, least: float
) -> dict[str, np.ndarray]:
    """All scores of a clip by name, (F,) float32 each. `least`: the motion below which it is judged still."""
    count = len(errors["error"])
    found = {"error": -errors["error"], "latent": -errors["latent"]}
    found["mmd"] = np.full(count, -references["error"].distance(errors["error"]))
    found["latent_mmd"] = np.full(count, -references["latent"].distance(errors["latent"]))
    own = found[params.score]
    if params.input == "flow":
        moved = motion(maps, params.motion_pairs)
        lowered = STILL if still(moved, least) else 0.0
        found |= {"motion": np.full(count, moved), "judged": found["mmd"] - lowered, "judged_error": found["error"] - lowered}
        own = own - lowered if params.motion_judgement else own
    return {name: np.asarray(values, np.float32) for name, values in {"score": own, **found}.items()}


def trained(model: Path, params: AdversarialFlowParams, device: torch.device) -> tuple[dict[str, nn.Module], LiveReference]:
    """The networks of a model folder that scoring needs, ready to be evaluated, and their live reference.

    Raises:
        UserError: no model, or one of other parameters.
    """
    built = networks(params)
    built.pop("discriminator", None)
    load_networks(model / MODEL, built)
    for network in built.values():
        network.to(device).eval()
    return built, LiveReference.load(model / FILE)
