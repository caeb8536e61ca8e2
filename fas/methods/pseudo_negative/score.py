"""Scores of a trained model: the probability of live."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from fas.clips import FRAMES, Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.methods.base import FrameScores
from fas.methods.pseudo_negative.generator import Generator
from fas.methods.pseudo_negative.images import scoring_image
from fas.methods.pseudo_negative.model import Live, networks
from fas.methods.pseudo_negative.params import PseudoNegativeParams
from fas.sampling import evenly, read_arrays
from fas.weights import load_networks


def score(model: Path, params: PseudoNegativeParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[FrameScores]:
    """Scores of clips with frames: `score` = the probability of live in [0, 1], 0.5 where the network is undecided.

    A clip is computed in batches of its own, padded to a fixed size, so that its scores depend on no other clip.

    Raises:
        UserError: no model, one of other parameters, or frames without the view asked for.
    """
    device = prepare(runtime)
    network = trained(model, params).to(device)
    for clip in clips:
        numbers, images = _images(clip, params)
        yield FrameScores(numbers, {"score": _computed(network, images, params, device)})


def embed(model: Path, params: PseudoNegativeParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[np.ndarray]:
    """The features of each clip's scored frames, (F,D) float32: those that pseudo features are made of.

    Raises:
        UserError: as `score`.
    """
    device = prepare(runtime)
    extractor = trained(model, params).extractor.to(device)
    for clip in clips:
        yield _computed(extractor, _images(clip, params)[1], params, device)


def trained(model: Path, params: PseudoNegativeParams) -> Live:
    """The trained network, on the CPU and in evaluation mode.

    Raises:
        UserError: no model, or one of other parameters.
    """
    built = networks(params)
    built.pop("generator", None)
    load_networks(model / "model.safetensors", built)
    return Live(built["extractor"], built["classifier"]).eval()


def generator_of(model: Path, params: PseudoNegativeParams) -> Generator | None:
    """The trained generator with its statistics; None where there is none."""
    built = {name: network for name, network in networks(params).items() if isinstance(network, Generator)}
    load_networks(model / "model.safetensors", built)
    return built.get("generator")


def _images(clip: Clip, params: PseudoNegativeParams) -> tuple[np.ndarray, np.ndarray]:
    """Numbers (F,) int32 and images (F,3,S,S) of the frames that are scored."""
    arrays = read_arrays(clip, FRAMES, (params.view, "frame"))
    chosen = evenly(len(arrays["frame"]), params.score_frames)
    images = [scoring_image(arrays[params.view][index], params) for index in chosen]
    return arrays["frame"][chosen].astype(np.int32), np.stack(images)


@torch.inference_mode()
def _computed(network: nn.Module, images: np.ndarray, params: PseudoNegativeParams, device: torch.device) -> np.ndarray:
    """The network's output for each image, float32."""
    rows: list[Tensor] = []
    for start in range(0, len(images), params.score_batch):
        part = images[start : start + params.score_batch]
        padded = np.zeros((params.score_batch, *part.shape[1:]), np.float32)
        padded[: len(part)] = part
        rows.append(network(torch.from_numpy(padded).to(device))[: len(part)].float().cpu())
    return torch.cat(rows).numpy()
