"""Parameters of AG-FAS: SSDG's, with OA-Net as the backbone. The defaults are the paper's and its authors' values."""

from typing import Any, Literal

from pydantic import Field

from fas.backbones.params import BackboneParams
from fas.methods.ssdg.params import SsdgParams

CUES = {  # variants that differ in the cue alone
    "memae": "memae",
    "deep_svdd": "deep_svdd",
    "anoddpm": "anoddpm",
    "no_background": "dfg-no_background",
    "t1000": "dfg-t1000",
    "t800": "dfg-t800",
    "t600": "dfg-t600",
    "t400": "dfg-t400",
    "t200": "dfg-t200",
    "faces25": "dfg-faces25",
    "faces50": "dfg-faces50",
}


def _variants() -> dict[str, dict[str, Any]]:
    """The rows of tables 4-7, and DDM* of table 1."""
    return {
        "full": {},
        "image_only": {"backbone": {"name": "vit"}},  # keeps the cue without looking at it: it sees the frames that the others see
        "residual_only": {"backbone": {"name": "residual"}},
        "dual_branch": {"backbone": {"name": "dual"}},
        **{name: {"backbone": {"cue": cue}} for name, cue in CUES.items()},
        "ddm": {"backbone": {"name": "dual", "cue": "dfg-no_identity"}},
    }


def _backbone() -> BackboneParams:
    return BackboneParams(name="oanet", cue="dfg", size=224)


class AgfasParams(SsdgParams):
    """As `SsdgParams`; what differs from SSDG's own values."""

    variants: dict[str, dict[str, Any]] = Field(default_factory=_variants)
    backbone: BackboneParams = Field(default_factory=_backbone)
    embedding_relu: bool = False  # the authors' code defines ReLU and dropout and uses neither
    embedding_dropout: float = Field(0.0, ge=0, lt=1)
    feat_norm: Literal["l2", "repo"] = "repo"
    schedule: Literal["step", "cosine"] = "cosine"
    warmup_steps: int = Field(400, ge=0)
