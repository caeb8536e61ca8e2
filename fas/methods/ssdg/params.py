"""Parameters of SSDG. The defaults are the authors' values; README.md has both and the embedded default's."""

from typing import Any, Literal

from pydantic import Field

from fas.domains.params import DomainParams


def _variants() -> dict[str, dict[str, Any]]:
    return {
        "full": {},
        "m": {"backbone": {"name": "maddg"}},
        "extra_live": {"extra_live": ["sim_faces"]},
        "repo_norm": {"feat_norm": "repo"},
        "oanet": {"backbone": {"name": "oanet", "cue": "dfg", "size": 224}},
    }


class SsdgParams(DomainParams):
    """Backbone and view (fas/domains), embedder, losses and optimiser."""

    variants: dict[str, dict[str, Any]] = Field(default_factory=_variants)

    # embedder and classifier
    embedding: int = Field(512, ge=1)
    embedding_relu: bool = True
    embedding_dropout: float = Field(0.5, ge=0, lt=1)
    discriminator_dropout: float = Field(0.5, ge=0, lt=1)
    feat_norm: Literal["l2", "repo"] = "l2"  # repo: f / (sqrt(2) |f|^0.5), the authors' code

    # losses
    triplet_weight: float = Field(1.0, ge=0)
    triplet_margin: float = Field(0.1, ge=0)
    adversarial_weight: float = Field(0.5, ge=0)  # 0: no discriminator
    reversal_steepness: float = Field(10.0, gt=0)

    # optimiser
    optimiser: Literal["sgd", "adamw"] = "sgd"
    learning_rate: float = Field(1e-3, gt=0)
    momentum: float = Field(0.9, ge=0, lt=1)  # of sgd
    weight_decay: float = Field(5e-4, ge=0)
    steps: int = Field(4000, ge=1)
    schedule: Literal["step", "cosine"] = "step"
    decay_steps: int = Field(1500, ge=0)  # of `step`: times 0.1 after so many; 0 = never
    warmup_steps: int = Field(0, ge=0)  # of `cosine`
