"""Parameters of adversarial training on flow: the defaults are the embedded default's sizes, the paper's values are in README.md."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from fas.adversarial.params import AdversarialParams
from fas.clips import FLOW, FRAMES
from fas.methods.base import TrainedParams


def _variants() -> dict[str, dict[str, Any]]:
    """The paper's ablations, and the choices that it leaves open."""
    return {
        "full": {},
        "autoencoder": {"discriminator": False},
        "appearance": {"input": "appearance"},
        "motion_judgement": {"motion_judgement": True},
        "paper_sgd": {"optimizer": "sgd", "learning_rate": 0.02},
        "per_frame_scale": {"scale": "frame"},
        "latent": {"auxiliary": True, "score": "latent_mmd"},
        "feature_matching": {"adversary": "feature_matching"},
    }


class AdversarialFlowParams(AdversarialParams, TrainedParams):
    """What the networks see, how long they are trained, and scoring, beside the networks' own parameters."""

    variants: dict[str, dict[str, Any]] = Field(default_factory=_variants)

    # what the networks see
    input: Literal["flow", "appearance"] = "flow"  # appearance: the aligned faces in the place of colour-coded flow
    scale: Literal["training", "frame"] = "training"  # length of flow that has full colour: one, from training, or each map's own maximum
    scale_percentile: float = Field(99.0, gt=0, le=100)  # of |flow| on the live training clips
    stride: int = Field(32, ge=1)  # pixels between neighbouring 32x32 windows

    # networks, losses and optimisers: as in AdversarialParams, smaller and faster
    width: float = Field(0.125, gt=0)
    learning_rate: float = Field(1e-3, gt=0)

    # length of the training
    epochs: int = Field(0, ge=0)  # passes over all windows of the live training clips; 0: `steps` hold
    steps: int = Field(120, ge=1)
    batch: int = Field(48, ge=2)

    # scoring
    score: Literal["mmd", "error", "latent", "latent_mmd"] = "mmd"
    reference: int = Field(2000, ge=2)  # at most so many errors of live training frames that a video is compared with
    bandwidths: list[float] = Field([0.25, 0.5, 1.0, 2.0, 4.0], min_length=1)  # factors on the median squared distance of the reference
    motion_judgement: bool = False  # whether `score` puts videos without motion below all others
    motion_pairs: int = Field(20, ge=1)  # pairs of flow maps that are compared
    motion_percentile: float = Field(1.0, ge=0, le=100)  # of the live training clips' motion: below it there is none
    score_frames: int = Field(6, ge=0)  # maps of a clip that are reconstructed, evenly spread; 0 = all
    score_batch: int = Field(54, ge=1)
    live_percentile: float = Field(5.0, ge=0, le=100)  # of live clips' scores: the threshold where there are no attacks to choose it by

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.motion_judgement and self.input != "flow":
            raise ValueError("motion_judgement looks at flow: it does not go with input 'appearance'")
        if self.motion_judgement and self.score == "latent":
            raise ValueError("motion_judgement goes with the bounded scores, not with score 'latent'")
        if min(self.bandwidths) <= 0:
            raise ValueError("bandwidths are above 0")
        return self


def inputs(params: AdversarialFlowParams) -> tuple[str, ...]:
    """It reads optical flow, or the faces themselves."""
    return (FLOW,) if params.input == "flow" else (FRAMES,)
