"""Parameters of LGSC: the defaults are the embedded default's sizes, the paper's values are in README.md."""

from typing import Any, Literal

from pydantic import Field

from fas.clips import FRAMES
from fas.methods.base import TrainedParams

Level = Literal["E5", "D1", "D2", "D3", "D4", "SC"]


def _variants() -> dict[str, dict[str, Any]]:
    return {"full": {}, "no_triplet": {"triplet_weight": 0.0}}


class LgscParams(TrainedParams):
    """Networks, losses, optimiser, sampling and scoring of LGSC."""

    variants: dict[str, dict[str, Any]] = Field(default_factory=_variants)

    # networks
    width: int = Field(16, ge=2)  # channels of the first stage
    decoder_norm: Literal["instance", "batch"] = "batch"
    faithful_in: bool = False  # instance norm in the output block too
    zero_init_output: bool = False  # the cue begins as exactly zero
    auxiliary_input: Literal["overlaid", "cue", "none"] = "overlaid"  # what the auxiliary classifier sees; none: there is no classifier
    dropout: float = Field(0.5, ge=0, lt=1)
    pretrained: str = ""  # SHA-256 of the ResNet-18 weights the encoder starts from ([weights] resnet18); '' = random weights

    # losses
    regression: Literal["live", "both"] = "live"  # both: attacks are regressed to an all-one cue
    regression_weight: float = Field(5.0, ge=0)
    triplet_weight: float = Field(1.0, ge=0)
    triplet_levels: list[Level] = Field(["E5", "D1", "D2", "D3", "D4"], min_length=1)
    triplet_margin: float = Field(0.5, ge=0)
    auxiliary_weight: float = Field(5.0, ge=0)
    hinge_weight: float = Field(10.0, ge=0)  # pushes the mean cue of attacks above hinge_margin
    hinge_margin: float = Field(0.3, ge=0, le=1)

    # optimiser
    steps: int = Field(100, ge=1)
    batch: int = Field(16, ge=2, multiple_of=2)
    learning_rate: float = Field(6e-3, gt=0)
    decay: float = Field(0.95, gt=0, le=1)
    decay_steps: int = Field(4, ge=1)
    warmup_steps: int = Field(20, ge=0)

    # what the networks see
    input: Literal["patch", "resized"] = "patch"  # resized: the whole face crop, resized to patch x patch
    patch: int = Field(96, ge=32, multiple_of=32)  # pixels
    centre_x: list[float] = Field([0.3, 0.8], min_length=2, max_length=2)  # range of patch centres in training, share of the width
    centre_y: list[float] = Field([0.2, 0.7], min_length=2, max_length=2)
    flip: float = Field(0.5, ge=0, le=1)
    brightness: float = Field(0.1, ge=0, lt=1)
    contrast: float = Field(0.1, ge=0, lt=1)
    saturation: float = Field(0.1, ge=0, lt=1)

    # scoring
    grid: int = Field(2, ge=1)  # patches per side of the face crop
    score_frames: int = Field(2, ge=0)  # frames of a clip that are scored, evenly spaced; 0 = all
    score_batch: int = Field(16, ge=1)


def inputs(params: LgscParams) -> tuple[str, ...]:
    """The features that LGSC reads: the frames with their `native` view."""
    return (FRAMES,)


def weights(params: LgscParams) -> tuple[str, ...]:
    """The encoder's ImageNet weights, if they are asked for."""
    return ("resnet18",) if params.pretrained else ()
