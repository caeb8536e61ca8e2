"""The mean residual of a cue maker as a score, without any training: the control of all that is learned from residuals. See README.md."""

from typing import Any

from fas.clips import FRAMES, residuals
from fas.methods.base import Method
from fas.methods.mean_residual.params import MeanResidualParams


def inputs(params: Any) -> tuple[str, ...]:
    """It reads aligned faces and what a cue maker reconstructs of them."""
    return (FRAMES, residuals(params.cue))


METHOD = Method(
    name="mean_residual",
    title="Mean residual of a cue maker",
    version=2,
    paper=None,
    params=MeanResidualParams,
    inputs=inputs,
    implementation="fas.methods.mean_residual.train",
)
