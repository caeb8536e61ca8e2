"""Hand-crafted cues joined by logistic regression: the row that learned methods are compared with. See README.md."""

from typing import Any

from fas.clips import FRAMES
from fas.methods.base import Method
from fas.methods.handcrafted.params import HandcraftedParams


def inputs(params: Any) -> tuple[str, ...]:
    """It reads face crops and nothing else."""
    return (FRAMES,)


METHOD = Method(
    name="handcrafted",
    title="Hand-crafted cues + logistic regression",
    version=1,
    paper=None,
    params=HandcraftedParams,
    inputs=inputs,
    implementation="fas.methods.handcrafted.train",
)
