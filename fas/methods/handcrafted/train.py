"""Fitting and applying `handcrafted`: standardised cues, one logistic regression over frames."""

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from safetensors.numpy import load_file, save_file
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from fas.clips import FRAMES, Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.files import write_atomic
from fas.methods.base import Fit, FrameScores
from fas.methods.handcrafted.features import describe, dimension
from fas.methods.handcrafted.params import HandcraftedParams

if TYPE_CHECKING:
    import torch

MODEL = "model.safetensors"


def fit(task: Fit) -> dict[str, Any]:
    """Train on every frame of the training clips, live and attack weighted equally, and write model.safetensors.

    Its arrays are float64: `mean`, `scale` and `weights` (D,), `bias` (1,).

    Raises:
        UserError: no frame of a live face, or none of an attack.
    """
    values, live = _training_set(task.train, task.params)
    with threadpool_limits(1):  # one summation order, whatever the machine's cores
        scaler = StandardScaler().fit(values)
        classifier = LogisticRegression(C=task.params.C, max_iter=task.params.max_iter, class_weight="balanced")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            classifier.fit(scaler.transform(values), live)
    arrays = {
        "bias": classifier.intercept_,
        "mean": scaler.mean_,
        "scale": scaler.scale_,
        "weights": classifier.coef_[0],
    }
    write_atomic(task.out / MODEL, lambda path: save_file(arrays, path))
    iterations = int(classifier.n_iter_[0])
    told = [f"not converged in {iterations} iterations: raise max_iter"] if iterations >= task.params.max_iter else []
    return {"frames": len(live), "iterations": iterations, "warnings": told}


def score(model: Path, params: HandcraftedParams, clips: Sequence[Clip], runtime: Runtime) -> Iterator[FrameScores]:
    """Log-odds of live for each frame of each clip; `model` is the folder that `fit` wrote. A clip without a face has no frames."""
    arrays = load_file(model / MODEL)
    for clip in clips:
        frames, values = _cues(clip, params)
        odds = (values - arrays["mean"]) / arrays["scale"] @ arrays["weights"] + arrays["bias"]
        yield FrameScores(frames, {"score": odds.astype(np.float32)})


def networks(params: HandcraftedParams) -> dict[str, "torch.nn.Module"]:
    """The classifier as a linear layer."""
    import torch

    return {"classifier": torch.nn.Linear(dimension(params.cues), 1)}


def _training_set(clips: Sequence[Clip], params: HandcraftedParams) -> tuple[np.ndarray, np.ndarray]:
    described = [(_cues(clip, params)[1], clip.live) for clip in clips]
    values = np.concatenate([np.empty((0, dimension(params.cues)))] + [values for values, _ in described])
    live = np.concatenate([np.empty(0, bool)] + [np.full(len(values), label) for values, label in described])
    if live.all() or not live.any():
        raise UserError(
            f"handcrafted: the training clips have frames of {int(live.sum())} live and {int((~live).sum())} attack faces; both are needed"
        )
    return values, live


def _cues(clip: Clip, params: HandcraftedParams) -> tuple[np.ndarray, np.ndarray]:
    """Frame numbers (F,) and joined cues (F,D) of a clip: of the unresampled crops where there are any, else of the aligned faces."""
    if not clip.has(FRAMES):
        return np.empty(0, np.int32), np.empty((0, dimension(params.cues)))
    cv2.setNumThreads(1)
    arrays = clip.read(FRAMES)
    images = arrays["native"] if "native" in arrays else arrays["aligned"]
    return arrays["frame"].astype(np.int32), describe(images, params.cues)
