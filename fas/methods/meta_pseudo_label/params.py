"""Parameters of the meta-pseudo-label method: the defaults are the embedded default's sizes, the paper's values are in README.md."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from fas.clips import FRAMES
from fas.methods.base import TrainedParams
from fas.methods.meta_pseudo_label.schedule import factor

NAME = "meta_pseudo_label"


def _variants() -> dict[str, dict[str, Any]]:
    """The trainings of tables 5-13, each once. Numbers of labelled patches are the paper's divided by 20."""
    alone: dict[str, Any] = {"plgf": "none"}
    grid = {
        f"t{str(t).replace('.', '')}_s{str(s).replace('.', '')}": {**alone, "threshold": t, "smoothing": float(s)}
        for t, s in ((0.6, 0), (0.6, 0.1), (0.5, 0), (0.5, 0.1), (0.5, 0.15))
    }
    return {
        "full": {},
        "pl": {"mode": "pl", **alone},
        "pl_uda": {"mode": "pl_uda", **alone},
        "mpl_uda": alone,
        "attvlad": {"mode": "none"},
        "no_vlad": {"mode": "none", "plgf": "no_vlad"},
        "pl_attvlad": {"mode": "pl"},
        "pl_uda_attvlad": {"mode": "pl_uda"},
        "whole": {"mode": "pl", "input": "whole", "score_input": "whole", "labelled": 80, "unlabelled": 120, **alone},
        **{f"labelled_{count}": {"labelled": count // 20, **alone} for count in (3000, 5000, 6000)},
        "loss_original": {"teacher_loss": "original", "threshold": 0.5, "smoothing": 0.1, **alone},
        **grid,
    }


class MetaPseudoLabelParams(TrainedParams):
    """Pools, networks, losses, augmentation, optimisers and scoring."""

    variants: dict[str, dict[str, Any]] = Field(default_factory=_variants)

    # branches
    mode: Literal["none", "pl", "pl_uda", "mpl_uda"] = "mpl_uda"  # how the RGB branch learns; none: there is none
    plgf: Literal["none", "attvlad", "no_vlad"] = "attvlad"  # the network of the PLGF branch
    plgf_weight: float = Field(0.2, ge=0, le=1)  # its share of the fused score, where there are both

    # the PLGF branch
    plgf_radius: int = Field(2, ge=1)  # of the masks
    plgf_channels: Literal["luminance", "rgb"] = "luminance"
    plgf_width: int = Field(8, ge=1)  # channels of AttVLAD's first convolution
    plgf_clusters: int = Field(32, ge=1)
    plgf_centroids: Literal["kmeans", "random"] = "kmeans"  # where NetVLAD begins
    plgf_steps: int = Field(50, ge=1)
    plgf_switches: list[int] = Field([35, 45], min_length=2, max_length=2)  # steps from which its rate is a tenth, a hundredth
    plgf_batch: int = Field(16, ge=2, multiple_of=2)
    plgf_rate: float = Field(0.15, gt=0)

    # pools, drawn from the aligned faces
    input: Literal["patch", "whole"] = "patch"  # what the RGB branch learns from: patches, or whole faces
    patch: int = Field(32, ge=8, multiple_of=4)  # pixels
    stride: int = Field(16, ge=1)  # of the lattice that patches are drawn from, pixels
    labelled: int = Field(200, ge=2)  # patches (or faces), half of them live
    unlabelled: int = Field(800, ge=1)

    # the RGB branch's network
    depth: int = Field(10, ge=10)
    width: int = Field(1, ge=1)
    dropout: float = Field(0.2, ge=0, lt=1)
    bn_momentum: float = Field(0.1, gt=0, le=1)
    slope: float = Field(0.1, ge=0, lt=1)

    # losses
    smoothing: float = Field(0.15, ge=0, lt=1)  # sigma: label smoothing
    threshold: float = Field(0.6, ge=0, le=1)  # t: least confidence of a pseudo-label; up to 0.5 every one counts, with two classes
    temperature: float = Field(0.7, gt=0)
    unlabelled_weight: float = Field(1.0, ge=0)
    ramp_steps: int = Field(30, ge=0)  # over which unlabelled_weight grows from zero
    teacher_loss: Literal["original", "improved"] = "improved"  # original: new - old; improved: old - new, less its moving average
    self_labels: Literal["hard", "soft"] = "hard"  # of the meta term; soft: its gradient is zero
    baseline: float = Field(0.99, ge=0, lt=1)  # of the moving average that `improved` subtracts

    # augmentation
    flip: float = Field(0.5, ge=0, le=1)
    shift: float = Field(0.125, ge=0, lt=1)  # of a weak view at most, share of the side; borders are mirrored
    strong_operations: int = Field(2, ge=0)
    strong_magnitude: int = Field(16, ge=0, le=30)

    # optimisers
    steps: int = Field(60, ge=1)
    batch: int = Field(8, ge=2, multiple_of=2)  # labelled patches
    ratio: int = Field(2, ge=1)  # unlabelled patches for each of them
    learning_rate: float = Field(0.02, gt=0)
    momentum: float = Field(0.9, ge=0, lt=1)
    weight_decay: float = Field(5e-4, ge=0)
    warmup_steps: int = Field(5, ge=0)
    wait_steps: int = Field(5, ge=0)  # of the student, while the teacher learns alone
    ema: float = Field(0.9, ge=0, lt=1)  # of the network that scores
    finetune_steps: int = Field(0, ge=0)  # on labelled patches alone, at the end
    finetune_rate: float = Field(3e-5, gt=0)
    finetune_batch: int = Field(16, ge=2, multiple_of=2)

    # scoring
    score_input: Literal["patch", "whole"] = "patch"  # what the RGB branch scores: a grid of patches, or the whole face
    grid: int = Field(3, ge=1)  # patches per side of a face
    score_frames: int = Field(2, ge=0)  # frames of a clip that are scored, evenly spaced; 0 = all
    score_batch: int = Field(18, ge=1)

    @model_validator(mode="after")
    def _buildable(self) -> Self:
        if (self.depth - 4) % 6:
            raise ValueError(f"depth: {self.depth} is not 6 n + 4")
        if self.mode == self.plgf == "none":
            raise ValueError("mode and plgf are both none: there is no network left")
        wait = self.wait_steps if self.mode == "mpl_uda" else 0
        if self.mode != "none" and factor(self.steps - 1, self.warmup_steps, wait, self.steps) == 0:  # and so in every step before
            who = "the student" if wait else "the network"
            raise ValueError(
                f"steps: {self.steps} with warmup_steps {self.warmup_steps}, wait_steps {self.wait_steps}: the rate is 0 in every step "
                f"(equation 28), {who} would learn nothing"
            )
        return self


def inputs(params: MetaPseudoLabelParams) -> tuple[str, ...]:
    """The features that it reads: the frames with their `aligned` view."""
    return (FRAMES,)
