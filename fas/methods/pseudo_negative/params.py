"""Parameters of the pseudo-negative method: the defaults are the embedded default's sizes, the paper's values are in README.md."""

from typing import Any, Literal

from pydantic import Field

from fas.clips import FRAMES
from fas.methods.base import TrainedParams


def _variants() -> dict[str, dict[str, Any]]:
    return {"full": {}, "control": {"pseudo_weight": 0.0}}


class PseudoNegativeParams(TrainedParams):
    """Network, feature statistics, generator, losses, optimiser, input and scoring."""

    variants: dict[str, dict[str, Any]] = Field(default_factory=_variants)

    # AlexNet
    width: int = Field(16, ge=1)  # channels of the first convolution; all other layers keep AlexNet's proportions to it
    norm: Literal["none", "batch"] = "batch"  # batch: batch normalisation after every convolution
    dropout: float = Field(0.5, ge=0, lt=1)
    pretrained: str = ""  # SHA-256 of the AlexNet weights it starts from ([weights] alexnet); '' = random weights

    # feature statistics
    layer: Literal["fc7", "fc6", "conv5"] = "fc7"  # whose output is `the features`; conv5: its global average
    activation: Literal["before", "after"] = "before"  # features before or after the layer's ReLU
    momentum: float = Field(0.9, ge=0, lt=1)  # of the running mean and variance; 0 = those of the batch
    variance_floor: float = Field(1e-4, gt=0)

    # generator
    frame: Literal["absolute", "attack"] = "attack"  # attack: learnt in units of the attack statistics, and moving with them
    start: Literal["exact", "noise", "path"] = "path"  # where P_P begins: at P_A, at P_A with a displaced mean, between P_A and P_R
    start_noise: float = Field(0.25, gt=0)  # of `noise`: displacement of the mean in standard deviations of P_A
    start_share: float = Field(0.25, gt=0, lt=1)  # of `path`: the share of the way from P_A to P_R
    start_step: int = Field(40, ge=0)  # until then P_P is held at its start and trains nobody
    noise: float = Field(0.1, ge=0, lt=1)  # standard deviation of X_theta, in those of P_A
    share: float = Field(0.5, gt=0)  # pseudo features per attack image of a batch

    # losses
    original_weight: float = Field(1.0, ge=0)
    pseudo_weight: float = Field(0.5, ge=0)  # 0: no generator, AlexNet alone
    floor: float = Field(0.5, ge=0, le=1)  # equation 1 pulls P_P towards P_R only while it is above this; 0 = to the end
    ratio_trains: Literal["generator", "all"] = "generator"  # all: equation 1's gradient also reaches the features, through the statistics
    pseudo_trains: Literal["classifier", "all"] = "classifier"  # all: so does that of the pseudo features' cross entropy
    fit: Literal["nearest", "all"] = "nearest"  # equation 2's min: to the nearest attack feature of the batch, or to all of them
    fit_weight: float = Field(0.01, ge=0)

    # optimiser
    steps: int = Field(120, ge=1)
    batch: int = Field(16, ge=4, multiple_of=2)
    learning_rate: float = Field(1e-3, gt=0)
    generator_rate: float = Field(1e-2, gt=0)
    warmup_steps: int = Field(0, ge=0)

    # what the network sees
    view: Literal["aligned", "native"] = "native"
    size: int = Field(112, ge=63)  # pixels
    crop: float = Field(1.0, gt=0, le=1)  # share of the face's sides that a random crop keeps in training; scoring takes the middle
    flip: float = Field(0.5, ge=0, le=1)
    brightness: float = Field(0.1, ge=0, lt=1)
    contrast: float = Field(0.1, ge=0, lt=1)

    # scoring
    score_frames: int = Field(2, ge=0)  # frames of a clip that are scored, evenly spaced; 0 = all
    score_batch: int = Field(8, ge=1)


def inputs(params: PseudoNegativeParams) -> tuple[str, ...]:
    """It reads faces and nothing else."""
    return (FRAMES,)


def weights(params: PseudoNegativeParams) -> tuple[str, ...]:
    """AlexNet's ImageNet weights, if they are asked for."""
    return ("alexnet",) if params.pretrained else ()
