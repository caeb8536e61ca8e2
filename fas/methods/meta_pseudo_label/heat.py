"""Where the RGB branch sees an attack (paper 004, figures 7 and 8): Grad-CAM of a face, and the scores of its patches as a map."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from fas.clips import FRAMES, Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.methods.meta_pseudo_label.images import computed, normalised
from fas.methods.meta_pseudo_label.model import WideResNet, probability
from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams
from fas.methods.meta_pseudo_label.plgf import descriptor
from fas.methods.meta_pseudo_label.pools import VIEW
from fas.methods.meta_pseudo_label.score import trained
from fas.plgf.attvlad import AttVLAD
from fas.sampling import read_arrays


def cue_maps(model: Path, params: MetaPseudoLabelParams, shown: Sequence[tuple[Clip, int]], runtime: Runtime) -> list[np.ndarray]:
    """Grad-CAM towards attack over the aligned face of one frame of each clip, that nearest to the number given: (S,S) float32 from 0.

    Of the RGB branch; of a model that has only the PLGF branch, of that.
    """
    device = prepare(runtime)
    built = trained(model, params, device)
    faces = [face_shown(clip, number) for clip, number in shown]
    if "rgb" in built:
        return [attack_map(built["rgb"], face, device) for face in faces]
    return [plgf_attack_map(built["plgf"], face, params, device) for face in faces]


def face_shown(clip: Clip, number: int) -> np.ndarray:
    """The aligned face (S,S,3) uint8 of the frame nearest to the number."""
    arrays = read_arrays(clip, FRAMES, (VIEW, "frame"))
    return arrays[VIEW][np.abs(arrays["frame"].astype(np.int64) - number).argmin()]


def attack_map(network: nn.Module, face: np.ndarray, device: torch.device) -> np.ndarray:
    """Grad-CAM towards attack of a face or patch: (H,W,3) uint8 -> (H,W) float32 from 0, in units of the logit."""
    assert isinstance(network, WideResNet)
    image = torch.from_numpy(normalised(face))[None].to(device)
    maps = network.maps(image)
    return grad_cam(maps, network.classify(maps), face.shape[:2])[0].cpu().numpy()


def plgf_attack_map(network: nn.Module, face: np.ndarray, params: MetaPseudoLabelParams, device: torch.device) -> np.ndarray:
    """The same of the PLGF branch."""
    assert isinstance(network, AttVLAD)
    image = torch.from_numpy((normalised(face) + 1) / 2)[None].to(device)
    features = network.features(descriptor(params)(image))
    return grad_cam(features, network.classify(features), face.shape[:2])[0].cpu().numpy()


def grad_cam(maps: Tensor, logits: Tensor, size: tuple[int, ...]) -> Tensor:
    """Grad-CAM (Selvaraju et al. 2017): maps weighed by the mean gradient of logit(attack) - logit(live), what is above zero, resized.

    Args:
        maps: (N,C,h,w), on the graph that leads to the logits.
        logits: (N,2) of (attack, live).

    Returns:
        (N,*size) float32.
    """
    (gradient,) = torch.autograd.grad((logits[:, 0] - logits[:, 1]).sum(), maps)
    found = torch.relu((gradient.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1, keepdim=True))
    return interpolate(found.detach().float(), size=list(size), mode="bilinear", align_corners=False)[:, 0]


def tiled_attack_map(network: nn.Module, face: np.ndarray, params: MetaPseudoLabelParams, device: torch.device) -> np.ndarray:
    """Grad-CAM patch by patch, as the network was trained: patches side by side from the upper left corner; what is left over is 0."""
    found = np.zeros(face.shape[:2], np.float32)
    side = params.patch
    for top in range(0, face.shape[0] - side + 1, side):
        for left in range(0, face.shape[1] - side + 1, side):
            place = np.s_[top : top + side, left : left + side]
            found[place] = attack_map(network, face[place], device)
    return found


def patch_map(network: nn.Module, face: np.ndarray, params: MetaPseudoLabelParams, device: torch.device) -> np.ndarray:
    """At every pixel the mean probability of attack of the lattice's patches that cover it: (H,W) in [0, 1], NaN where none does."""
    side, step = params.patch, params.stride
    places = [
        np.s_[top : top + side, left : left + side]
        for top in range(0, face.shape[0] - side + 1, step)
        for left in range(0, face.shape[1] - side + 1, step)
    ]
    images = np.stack([normalised(face[place]) for place in places])
    live = computed(lambda batch: probability(network(batch)), images, params.score_batch, device)
    total, count = np.zeros(face.shape[:2]), np.zeros(face.shape[:2])
    for place, value in zip(places, live, strict=True):
        total[place] += 1 - value
        count[place] += 1
    covered = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return covered.astype(np.float32)
