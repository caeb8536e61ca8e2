"""Parameters of the pixel diffusion model."""

from typing import Literal, Self

from pydantic import Field, model_validator

from fas.features.cues.base import DiffusionParams
from fas.features.params import STEPS


class AnoddpmParams(DiffusionParams):
    """The denoising network and its training. `t_start` 200 is paper 001's."""

    t_start: int | None = Field(200, ge=1, le=STEPS)
    noise: Literal["gaussian", "simplex"] = "gaussian"
    octaves: int = Field(6, ge=1)  # of simplex noise, each of twice the frequency
    persistence: float = Field(0.8, gt=0, le=1)  # each octave's amplitude against the one before
    frequency: float = Field(1 / 64, gt=0)  # of the first octave, per pixel
    channels: list[int] = Field([24, 48], min_length=1)
    layers: int = Field(1, ge=1)  # residual blocks per resolution
    attention: int = Field(1, ge=0)  # so many of the coarsest resolutions attend
    heads: int = Field(1, ge=1)  # at the coarsest resolution; elsewhere as many of the same width as fit
    steps: int = Field(100, ge=1)
    batch: int = Field(16, ge=1)
    lr: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    ema: float = Field(0.9999, ge=0, lt=1)

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        halvings = len(self.channels) - 1
        if self.size % 2**halvings:
            raise ValueError(f"size {self.size} cannot be halved {halvings} times, as the channels ask for")
        if self.attention > len(self.channels):
            raise ValueError(f"attention at {self.attention} resolutions, and there are {len(self.channels)}")
        attending = self.channels[len(self.channels) - self.attention :]
        if attending and any(width % max(1, attending[-1] // self.heads) for width in attending):
            raise ValueError(f"channels {attending} cannot be cut into heads as wide as each of {self.heads} at the coarsest")
        return self
