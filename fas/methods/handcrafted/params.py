"""Parameters of `handcrafted`."""

from typing import Any, Literal

from pydantic import Field, field_validator

from fas.methods.base import MethodParams

Cue = Literal["lbp", "colour", "spectrum", "sharpness", "contrast", "ratios"]


def _variants() -> dict[str, dict[str, Any]]:
    return {"default": {}} | {cue: {"cues": [cue]} for cue in ("lbp", "colour", "spectrum", "sharpness")}


class HandcraftedParams(MethodParams):
    """Which cues are joined, and how strongly the classifier is regularised."""

    cues: list[Cue] = Field(default=["lbp", "colour", "spectrum", "sharpness", "contrast", "ratios"], min_length=1)
    C: float = Field(default=1.0, gt=0)  # inverse strength of the L2 penalty on standardised cues
    max_iter: int = Field(default=1000, ge=1)
    variants: dict[str, dict[str, Any]] = Field(default_factory=_variants)

    @field_validator("cues")
    @classmethod
    def _no_cue_twice(cls, cues: list[Cue]) -> list[Cue]:
        if len(set(cues)) != len(cues):
            raise ValueError("a cue is named twice")
        return cues
