"""Parameters of `mean_residual`."""

from pydantic import Field

from fas.methods.base import MethodParams


class MeanResidualParams(MethodParams):
    """Whose residual it is: a cue maker (`dfg`) or a variant of one (`dfg-t200`)."""

    cue: str = Field(default="dfg", min_length=1)
