"""What a cue maker is: a network trained on live faces alone, whose reconstruction of a face shows what is not live in it.

A cue maker is one folder under `fas/features/cues/`. Its `__init__.py` declares `CUE = Cue(...)` and imports nothing heavy;
the module named by `implementation` holds the work and is imported only when it is needed:

    fit(task: CueFit) -> dict         trains; writes model.safetensors (and history.csv) into task.out and returns a JSON object
                                      that is kept in the model's config.json, where `load` finds it again
    load(model, params, residuals, runtime) -> Reconstruct
                                      the trained network of the folder `model`, ready to reconstruct
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, Self

import numpy as np
from pydantic import Field, model_validator

from fas.clips import FRAMES, Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.features.params import STEPS, Background, Grid, ResidualsParams
from fas.schema import Varied

CONFIG = "config.json"
MODEL = "model.safetensors"


class CueParams(Varied):
    """The part of a cue maker's section that all of them share. `variants` are overrides of its keys, by name.

    What says how a face is reconstructed, not how the maker is trained, stands in `residuals` for all makers and can be overridden here
    (null: it holds): a training is shared by all variants that only differ in that.
    """

    background: Background | None = None
    faces: list[str] = Field(default_factory=list)  # datasets whose live clips it is trained on
    max_yaw: float | None = Field(None, gt=0, le=90)  # degrees: frames whose head is turned further are left out (fas/faces/pose.py)
    max_pitch: float | None = Field(None, gt=0, le=90)  # degrees, up or down; null: no bound
    seed: int = Field(0, ge=0)
    size: int = Field(64, ge=8)  # side of the face in pixels, as the maker sees and reconstructs it
    share: float = Field(1.0, gt=0, le=1)  # of the training faces; smaller shares are subsets of larger ones
    frames: int | None = Field(8, ge=1)  # at most so many of a training clip's with an identity, evenly spread; null: all

    def effective(self) -> dict[str, Any]:
        """The parameters that a training depends on, as JSON: a bound that is not set is left out, the order of `faces` is no matter."""
        unset = {name for name in ("max_yaw", "max_pitch") if getattr(self, name) is None}
        return self.model_dump(mode="json", exclude={"variants", *self.overrides(), *unset}) | {"faces": sorted(self.faces)}

    def overrides(self) -> tuple[str, ...]:
        """The keys of `residuals` that this cue maker has for itself."""
        return ("background",)

    def sampled(self, residuals: ResidualsParams) -> ResidualsParams:
        """`residuals` as it holds for this cue maker."""
        given = {name: getattr(self, name) for name in self.overrides()}
        return residuals.model_copy(update={name: value for name, value in given.items() if value is not None})


class DiffusionParams(CueParams):
    """The part that cue makers share which add noise and take it away again: from which noise level on, and in how many steps."""

    t_start: int | None = Field(None, ge=1, le=STEPS)
    grid: Grid | None = None

    def overrides(self) -> tuple[str, ...]:
        """Those of all cue makers, and where the noise begins and how finely it is taken away."""
        return (*super().overrides(), "t_start", "grid")


class ReconstructionParams(CueParams):
    """The part that cue makers share which are trained to reconstruct (fas/features/cues/autoencoding.py): mean squared error plus
    `weight` times a penalty of their own, with Adam. The encoder halves the picture once per entry of `channels`."""

    channels: list[int] = Field([16, 32, 64], min_length=1)
    steps: int = Field(150, ge=1)
    batch: int = Field(16, ge=1)
    lr: float = Field(2e-3, gt=0)
    weight_decay: float = Field(0.0, ge=0)

    @model_validator(mode="after")
    def _size_fits(self) -> Self:
        if self.size % 2 ** len(self.channels):
            raise ValueError(f"size {self.size} cannot be halved {len(self.channels)} times, as the channels ask for")
        return self


@dataclass(frozen=True)
class CueFit:
    """One training: everything `fit` may look at. The same values give the same bytes on the same machine, in any order of the clips."""

    params: Any  # the cue maker's own section
    clips: Sequence[Clip]  # live only, with the features that `inputs` names; only the frames that it may learn from are in them
    out: Path  # an empty folder: results go here
    scratch: Path  # a folder that outlives a kill: checkpoints go here
    runtime: Runtime


class Reconstruct(Protocol):
    """Faces as a cue maker would have them."""

    def __call__(self, faces: np.ndarray, maps: np.ndarray | None, seeds: Sequence[int]) -> np.ndarray:
        """Reconstruct each face by itself: the result does not depend on the other faces, nor on their order.

        Args:
            faces: (F,S,S,3) uint8 RGB aligned faces.
            maps: (F,T,C) float16 identity tokens; None unless the identity feature is among the cue maker's inputs.
            seeds: F integers in 0..2**64-1, one for the randomness of each face.

        Returns:
            (F,H,W,3) uint8 RGB.
        """
        ...


def untrained(model: Path) -> UserError:
    """The line that says of a folder that it holds no trained cue maker."""
    return UserError(f"{model}: no trained cue maker (the cues stage makes it)")


def frames_only(params: CueParams) -> tuple[str, ...]:
    """The inputs of a cue maker that reads faces and nothing else."""
    return (FRAMES,)


def nothing(params: CueParams, weights: Mapping[str, str]) -> None:
    """The check of a cue maker that needs no file of the user's."""


@dataclass(frozen=True)
class Cue:
    """A cue maker's card. `version` is raised by hand when the same inputs and parameters begin to give other results.

    `check(params, weights)` refuses, in one line, a training whose files the user's [weights] do not have; it reads none of them.
    """

    name: str
    title: str
    version: int
    paper: str | None
    params: type[CueParams]
    inputs: Callable[[Any], tuple[str, ...]]
    implementation: str
    check: Callable[[Any, Mapping[str, str]], None] = nothing

    def load(self) -> ModuleType:
        """The module with `fit` and `load`."""
        return import_module(self.implementation)
