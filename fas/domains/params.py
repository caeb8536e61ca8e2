"""The parameters that all methods have which train across domains."""

from typing import Literal

from pydantic import Field, model_validator

from fas.backbones.params import BackboneParams
from fas.backbones.params import weights as backbone_weights
from fas.clips import FRAMES, residuals
from fas.methods.base import ExtraLiveParams
from fas.schema import Section


class ViewParams(Section):
    """What a network is handed of a face. The residual is always that of the aligned face, as cue makers reconstruct no other."""

    face: Literal["aligned", "native"] = "aligned"
    frames: int = Field(0, ge=0)  # of a clip's frames, evenly spread, those that training draws from; 0 = all
    normalise: Literal["imagenet", "half"] = "half"  # half: to [-1, 1]
    flip: float = Field(0.5, ge=0, le=1)
    independent_flips: bool = False  # AG-FAS's published code flips image and reconstruction apart, so that half of its cues are mirrored
    brightness: float = Field(0.0, ge=0, lt=1)
    contrast: float = Field(0.0, ge=0, lt=1)


class DomainParams(ExtraLiveParams):
    """Backbone, view, batch and scoring."""

    backbone: BackboneParams = Field(default_factory=BackboneParams)
    view: ViewParams = Field(default_factory=ViewParams)
    per_class: int = Field(10, ge=1)  # live and attack images of each domain in a batch, so many of each
    score_frames: int = Field(0, ge=0)  # frames of a clip that are scored, evenly spread; 0 = all
    score_batch: int = Field(32, ge=1)  # results depend on it in the last bit only

    @model_validator(mode="after")
    def _has_a_cue(self) -> "DomainParams":
        if self.view.independent_flips and not self.backbone.sees_cue:
            raise ValueError("view.independent_flips: the backbone sees no residual")
        return self


def inputs(params: DomainParams) -> tuple[str, ...]:
    """Faces, and the residuals of the backbone's cue maker."""
    return (FRAMES, residuals(params.backbone.cue)) if params.backbone.cue else (FRAMES,)


def weights(params: DomainParams) -> tuple[str, ...]:
    """Those of the backbone."""
    return backbone_weights(params.backbone)
