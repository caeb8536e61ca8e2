"""What a trained network is used with: the scale of the colours, the errors of live training frames, the least motion of live clips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from torch import nn

from fas.clips import Clip
from fas.errors import UserError
from fas.files import read_npz, write_npz
from fas.methods.adversarial_flow.errors import frame_errors
from fas.methods.adversarial_flow.motion import motion
from fas.methods.adversarial_flow.params import AdversarialFlowParams
from fas.methods.adversarial_flow.patches import maps_of, scored, training_scale
from fas.sampling import generator

FILE = "reference.npz"


@dataclass(frozen=True)
class Calibration:
    """Measured on live training clips, before any training. `scale`: pixels of flow that have full colour; `motion`: m(V) below which a
    video is judged still. Both are 0 where the parameters have no use for them."""

    scale: float
    motion: float


@dataclass(frozen=True)
class LiveReference:
    """The calibration, and the errors (n,) of live training frames by the networks beside which it lies: image L1 and latent L1."""

    calibration: Calibration
    error: np.ndarray
    latent: np.ndarray

    def save(self, path: Path) -> None:
        """Write it as an npz that `load` reads."""
        numbers = {"scale": np.float64(self.calibration.scale), "motion": np.float64(self.calibration.motion)}
        write_npz(path, {**{name: np.asarray(value) for name, value in numbers.items()}, "error": self.error, "latent": self.latent})

    @classmethod
    def load(cls, path: Path) -> Self:
        """The reference in `path`.

        Raises:
            UserError: no such file.
        """
        if not path.is_file():
            raise UserError(f"{path}: no such file")
        arrays = read_npz(path)
        return cls(Calibration(float(arrays["scale"]), float(arrays["motion"])), arrays["error"], arrays["latent"])


def calibrated(clips: Sequence[Clip], params: AdversarialFlowParams) -> Calibration:
    """The calibration by live training clips.

    Raises:
        UserError: nothing moves in any of them.
    """
    if params.input != "flow":
        return Calibration(0.0, 0.0)
    scale = training_scale((maps_of(clip, params)[1] for clip in clips), params.scale_percentile) if params.scale == "training" else 0.0
    found = np.array([motion(maps_of(clip, params)[1], params.motion_pairs) for clip in clips])
    there = found[np.isfinite(found)]
    return Calibration(scale, float(np.percentile(there, params.motion_percentile)) if len(there) else 0.0)


def measured(
    built: Mapping[str, nn.Module], clips: Sequence[Clip], params: AdversarialFlowParams, calibration: Calibration, seed: int
) -> LiveReference:
    """The errors of the live training frames as the networks are now, in evaluation mode; at most `reference` of them, drawn by `seed`."""
    maps = (maps_of(clip, params)[1] for clip in clips)
    found = [frame_errors(built, one[scored(one, params)], params, calibration.scale) for one in maps]
    error, latent = (np.concatenate(one) for one in zip(*found, strict=True))
    kept = np.sort(generator("reference", seed).permutation(len(error))[: params.reference])
    return LiveReference(calibration, error[kept], latent[kept])
