"""Parameters of SA-FAS: the defaults are the paper's values (README.md), params.yaml has the embedded default's."""

from typing import Any

from pydantic import Field, model_validator

from fas.domains.epochs import EpochParams
from fas.domains.params import DomainParams
from fas.schema import Section


class AugmentParams(Section):
    """What is done to each of a face's two views, image and residual alike, beside `view.flip`. 1, 1 and 0 leave a view as it is."""

    least_area: float = Field(0.2, gt=0, le=1)  # share of the face's area that a random crop keeps, from
    most_area: float = Field(1.0, gt=0, le=1)  # and to
    aspect: float = Field(4 / 3, ge=1)  # a crop's sides are in a ratio of 1/aspect to aspect
    rotation: float = Field(180.0, ge=0, le=180)  # degrees, to either side

    @model_validator(mode="after")
    def _in_order(self) -> "AugmentParams":
        if self.least_area > self.most_area:
            raise ValueError(f"least_area: {self.least_area} is more than most_area, {self.most_area}")
        return self


def _variants() -> dict[str, dict[str, Any]]:
    return {"full": {}, "no_alignment": {"alignment": 1.0}, "no_supcon": {"supcon_weight": 0.0}}


class SafasParams(DomainParams, EpochParams):
    """Backbone, heads, losses, alignment, optimiser and views."""

    variants: dict[str, dict[str, Any]] = Field(default_factory=_variants)

    # losses
    supcon_weight: float = Field(0.1, ge=0)
    temperature: float = Field(0.1, gt=0)
    base_temperature: float = Field(0.07, gt=0)

    # alignment of the heads' directions
    alignment: float = Field(0.995, ge=0, le=1)  # alpha: the share of its own direction that a head keeps at each step; 1: no alignment
    align_epoch: int = Field(20, ge=0)  # the first epoch with it, counted from 0

    # optimiser: stochastic gradient descent
    learning_rate: float = Field(5e-3, gt=0)
    momentum: float = Field(0.9, ge=0, lt=1)
    weight_decay: float = Field(5e-4, ge=0)
    decay: float = Field(0.5, gt=0, le=1)
    decay_epochs: int = Field(40, ge=0)  # 0: constant

    # views
    augment: AugmentParams = Field(default_factory=AugmentParams)
    score_area: float = Field(0.9, gt=0, le=1)  # share of the area of a face that is scored, in its middle
