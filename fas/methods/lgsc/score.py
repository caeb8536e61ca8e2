"""LGSC's scores (paper 002, eq. 10), its features at layer D4, and the cue as a picture."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from fas.clips import FRAMES, Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.methods.base import FrameScores
from fas.methods.lgsc.model import auxiliary, cue_magnitude, networks, pooled
from fas.methods.lgsc.params import LgscParams
from fas.methods.lgsc.patches import ARRAYS, covering, face_crops, normalised, resized, scoring_patches
from fas.sampling import evenly, read_arrays
from fas.weights import load_networks

LAYER = "D4"
Compute = Callable[[Tensor], Tensor]  # images (N,3,P,P) -> (N,D)


def score(model: Path, params: LgscParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[FrameScores]:
    """Scores of clips with frames: `score` = -mean|cue| in [-1, 0] (eq. 10 with its sign turned: higher = more live; the
    paper's threshold of 0.01 is -0.01 here), and `auxiliary` = the classifier's probability of live.

    A frame's score is the mean over its patches. A clip is computed in batches of its own, padded to a fixed size, so that
    its scores depend on no other clip.

    Raises:
        UserError: no model, one of other parameters, frames without their `native` view, or crops smaller than a patch.
    """
    device = prepare(runtime)
    built = trained(model, params, device)
    names = ["score"] if params.auxiliary_input == "none" else ["score", "auxiliary"]

    def compute(images: Tensor) -> Tensor:
        cue, _ = built["generator"](images)
        columns = [-cue_magnitude(cue)]
        logits = auxiliary(built, images, cue, params)
        if logits is not None:
            columns.append(logits.softmax(dim=1)[:, 1])
        return torch.stack(columns, dim=1)

    for clip in clips:
        numbers, values = _frame_means(compute, params, clip, device)
        yield FrameScores(numbers, {name: values[:, index] for index, name in enumerate(names)})


def embed(model: Path, params: LgscParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[np.ndarray]:
    """The globally averaged maps of layer D4 for the scored frames of each clip: (F,D) float32, a frame's the mean over its patches
    (figure 4 of the paper shows their t-SNE).

    Raises:
        UserError: as `score`.
    """
    device = prepare(runtime)
    generator = trained(model, params, device)["generator"]
    for clip in clips:
        yield _frame_means(lambda images: pooled(generator(images)[1][LAYER]), params, clip, device)[1]


@torch.inference_mode()
def cue_maps(model: Path, params: LgscParams, shown: Sequence[tuple[Clip, int]], runtime: Runtime) -> list[np.ndarray]:
    """The cue over the whole face crop of one frame of each clip, that nearest to the number given: mean |C| over the channels,
    (H,W) float32 in [0, 1].

    The crop's sides are mirrored up to the next multiple of 32, as the encoder's strides ask for. A network of resized faces gets the
    crop as it was trained, so its map is `patch` pixels wide.
    """
    device = prepare(runtime)
    generator = trained(model, params, device)["generator"]
    maps = []
    for clip, number in shown:
        arrays = read_arrays(clip, FRAMES, ARRAYS)
        crop = arrays["native"][np.abs(arrays["frame"] - number).argmin()]
        whole = resized(crop, params.patch) if params.input == "resized" else covering(crop, -(-max(crop.shape[:2]) // 32) * 32)
        image = torch.from_numpy(normalised(whole))
        maps.append(generator(image[None].to(device))[0].abs().mean(dim=1)[0].cpu().numpy())
    return maps


def trained(model: Path, params: LgscParams, device: torch.device) -> dict[str, nn.Module]:
    """The networks of a model folder, ready to be evaluated.

    Raises:
        UserError: no model, or one of other parameters.
    """
    built = networks(params)
    load_networks(model / "model.safetensors", built)
    for network in built.values():
        network.to(device).eval()
    return built


def _frame_means(compute: Compute, params: LgscParams, clip: Clip, device: torch.device) -> tuple[np.ndarray, np.ndarray]:
    """The numbers (F,) int32 of the frames that are scored, and (F,D) float32: for each the mean over its patches of `compute`."""
    arrays = read_arrays(clip, FRAMES, ARRAYS)
    crops = face_crops(clip, arrays, params)
    chosen = evenly(len(arrays["frame"]), params.score_frames)
    patches = [scoring_patches(crops[index], params) for index in chosen]
    values = _per_patch(compute, np.concatenate(patches), params.score_batch, device)
    ends = np.cumsum([len(part) for part in patches])[:-1]
    means = [part.mean(axis=0) for part in np.split(values, ends)]
    return arrays["frame"][chosen].astype(np.int32), np.asarray(means, np.float32)


@torch.inference_mode()
def _per_patch(compute: Compute, patches: np.ndarray, batch: int, device: torch.device) -> np.ndarray:
    """(patches, D) float64, computed in batches of one size."""
    rows = []
    for start in range(0, len(patches), batch):
        part = patches[start : start + batch]
        padded = np.zeros((batch, *part.shape[1:]), np.float32)
        padded[: len(part)] = part
        rows.append(compute(torch.from_numpy(padded).to(device))[: len(part)].double().cpu().numpy())
    return np.concatenate(rows)
