"""LGSC's scores, and the cue as a picture (paper 002, eq. 10)."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from fas.clips import FRAMES, Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.methods.base import FrameScores
from fas.methods.lgsc.model import auxiliary, cue_magnitude, networks
from fas.methods.lgsc.params import LgscParams
from fas.methods.lgsc.patches import covering, normalised, scoring_patches
from fas.sampling import read_arrays
from fas.weights import load_networks

ARRAYS = ("native", "frame")


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
def cue_maps(model: Path, params: LgscParams, shown: Sequence[tuple[Clip, int]], runtime: Runtime) -> list[np.ndarray]:
    """The cue over the whole face crop of one frame of each clip, that nearest to the number given: mean |C| over the channels,
    (H,W) float32 in [0, 1].

    The crop's sides are mirrored up to the next multiple of 32, as the encoder's strides ask for.
    """
    device = prepare(runtime)
    generator = _trained(model, params, device)["generator"]
    maps = []
    for clip, number in shown:
        arrays = read_arrays(clip, FRAMES, ARRAYS)
        crop = arrays["native"][np.abs(arrays["frame"] - number).argmin()]
        image = torch.from_numpy(normalised(covering(crop, -(-max(crop.shape[:2]) // 32) * 32)))
        maps.append(generator(image[None].to(device))[0].abs().mean(dim=1)[0].cpu().numpy())
    return maps


def _trained(model: Path, params: LgscParams, device: torch.device) -> dict[str, nn.Module]:
    built = networks(params)
    load_networks(model / "model.safetensors", built)
    for network in built.values():
        network.to(device).eval()
    return built


def _score_clip(built: Mapping[str, nn.Module], params: LgscParams, clip: Clip, device: torch.device) -> FrameScores:
    arrays = read_arrays(clip, FRAMES, ARRAYS)
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
