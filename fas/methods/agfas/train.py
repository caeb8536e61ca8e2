"""The training of OA-Net: SSDG's with another backbone, so SSDG's (fas/methods/ssdg/train.py)."""

from typing import Any

from fas.methods.base import Fit
from fas.methods.ssdg.model import networks
from fas.methods.ssdg.score import score
from fas.methods.ssdg.train import trained_with_ssdg

__all__ = ["fit", "networks", "score"]


def fit(task: Fit) -> dict[str, Any]:
    """Train; writes model.safetensors and history.csv.

    Raises:
        UserError: a class without training clips, frames without the face asked for, or pretrained weights that do not fit.
    """
    return trained_with_ssdg(task, "agfas")
