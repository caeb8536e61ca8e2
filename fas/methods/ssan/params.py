"""Parameters of SSAN: the defaults are the paper's values (README.md), params.yaml has the embedded default's."""

from typing import Any, Literal

from pydantic import Field, model_validator

from fas.backbones.params import CONVOLUTIONAL, BackboneParams
from fas.domains.epochs import EpochParams
from fas.domains.params import DomainParams

MADDG_STRIDE = 8  # of the MADDG network's third block, where its content comes from


def _variants() -> dict[str, dict[str, Any]]:
    return {"full": {}}


class SsanParams(DomainParams, EpochParams):
    """Backbone, content and style, losses, batches and optimiser."""

    variants: dict[str, dict[str, Any]] = Field(default_factory=_variants)

    # network
    head: Literal["class", "depth"] = "class"  # SSAN-R: two logits; SSAN-M: a depth map and a convolutional discriminator
    channels: int = Field(256, ge=1)  # of content, gamma and beta
    adain_block: Literal["paper", "repo"] = "paper"  # repo: ReLU on the block's input, its first convolution and normalisation dropped

    # losses
    contrast_weight: float = Field(1.0, ge=0)
    adversarial_weight: float = Field(1.0, ge=0)
    reversal: Literal["gradient", "none"] = "gradient"  # none: the original's layer, whose backward is never called
    steepness: float = Field(10.0, gt=0)  # of the reversal's coefficient over the training

    # batches and optimiser
    batches: Literal["balanced", "shuffled"] = "balanced"  # shuffled: `batch` images of all clips, as the original's one loader
    batch: int = Field(16, ge=4, multiple_of=4)  # of `shuffled`
    learning_rate: float = Field(1e-4, gt=0)
    weight_decay: float = Field(5e-5, ge=0)
    decay: float = Field(0.5, gt=0, le=1)
    decay_epochs: int = Field(500, ge=0)  # 0: constant

    @model_validator(mode="after")
    def _large_enough(self) -> "SsanParams":
        content, style = sides(self.backbone, self.head)
        if min(content, style) < 2:
            raise ValueError(
                f"backbone.size: {self.backbone.size} pixels leave content {content} and style {style} wide: normalising needs 2 places"
            )
        return self


def sides(backbone: BackboneParams, head: str) -> tuple[int, int]:
    """Height and width of the content map and of the last style map, for a backbone of this size."""
    if backbone.name not in CONVOLUTIONAL:
        last = level = backbone.size // backbone.transformer.patch
    elif backbone.name == "maddg":
        last = level = backbone.size // MADDG_STRIDE
    else:
        last, level = _halved(backbone.size, backbone.stages + 1), _halved(backbone.size, 4)
    return (last if head == "depth" else _halved(last, 1)), _halved(level, 1)


def _halved(side: int, times: int) -> int:
    """A side after so many layers of stride 2."""
    for _ in range(times):
        side = -(-side // 2)
    return side
