"""Scores of a trained model: the probability of live, of both branches and fused (paper 004, eq. 31)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from fas.clips import FRAMES, Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.errors import UserError
from fas.methods.base import FrameScores
from fas.methods.meta_pseudo_label.images import computed, scoring_images
from fas.methods.meta_pseudo_label.model import networks, probability
from fas.methods.meta_pseudo_label.params import NAME, MetaPseudoLabelParams
from fas.methods.meta_pseudo_label.plgf import probabilities
from fas.methods.meta_pseudo_label.pools import VIEW
from fas.sampling import evenly, read_arrays
from fas.weights import load_networks


def score(model: Path, params: MetaPseudoLabelParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[FrameScores]:
    """Scores of clips with frames: `score` = the fused probability of live in [0, 1]; with both branches `rgb` and `plgf` beside it.

    The RGB branch's is the mean over a fixed grid of patches, or that of the whole face (`score_input`). A clip is computed in batches of
    its own, padded to a fixed size, so that its scores depend on no other clip.

    Raises:
        UserError: no model, one of other parameters, frames without their aligned view, or faces smaller than a patch.
    """
    device = prepare(runtime)
    built = trained(model, params, device)
    for clip in clips:
        numbers, faces = scored_faces(clip, params)
        yield FrameScores(numbers, fused(branches(built, faces, params, device), params))


def fused(scores: Mapping[str, np.ndarray], params: MetaPseudoLabelParams) -> dict[str, np.ndarray]:
    """Equation 31: (1 - w) p_rgb + w p_plgf as `score`, beside the branches' own; of one branch, its own score alone."""
    if len(scores) == 1:
        return {"score": next(iter(scores.values()))}
    weight = np.float32(params.plgf_weight)
    return {"score": (1 - weight) * scores["rgb"] + weight * scores["plgf"], **scores}


def trained(model: Path, params: MetaPseudoLabelParams, device: torch.device) -> dict[str, nn.Module]:
    """The networks of a model folder that score, ready to be evaluated.

    Raises:
        UserError: no model, or one of other parameters.
    """
    built = networks(params)
    built.pop("teacher", None)
    load_networks(model / "model.safetensors", built)
    for network in built.values():
        network.to(device).eval()
    return built


def scored_faces(clip: Clip, params: MetaPseudoLabelParams) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (F,) int32 and aligned faces (F,S,S,3) uint8 RGB of the frames that are scored.

    Raises:
        UserError: frames without their aligned view, or faces smaller than a patch.
    """
    arrays = read_arrays(clip, FRAMES, (VIEW, "frame"))
    chosen = evenly(len(arrays["frame"]), params.score_frames)
    faces = arrays[VIEW][chosen]
    if params.mode != "none" and params.score_input == "patch" and min(faces.shape[1:3]) < params.patch:
        raise UserError(
            f"{clip.dataset} {clip.clip}: its faces are {faces.shape[2]} x {faces.shape[1]} pixels, {NAME}.patch is {params.patch}"
        )
    return arrays["frame"][chosen].astype(np.int32), faces


def branches(
    built: Mapping[str, nn.Module], faces: np.ndarray, params: MetaPseudoLabelParams, device: torch.device
) -> dict[str, np.ndarray]:
    """The probability of live (F,) float32 of faces (F,S,S,3), by branch."""
    found: dict[str, np.ndarray] = {}
    if "rgb" in built:
        found["rgb"] = patch_probabilities(built["rgb"], faces, params, device).mean(axis=1).astype(np.float32)
    if "plgf" in built:
        found["plgf"] = probabilities(built["plgf"], faces, params, device)
    return found


def patch_probabilities(network: nn.Module, faces: np.ndarray, params: MetaPseudoLabelParams, device: torch.device) -> np.ndarray:
    """The probability of live of every patch of the grid: (F,G) float64, G = 1 where whole faces are scored."""
    images = [scoring_images(face, params) for face in faces]
    values = computed(lambda batch: probability(network(batch)), np.concatenate(images), params.score_batch, device)
    return values.reshape(len(faces), -1)
