"""A cell of a table."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Cell:
    """A cell's value. Of one run it has an interval (where the metric has one), of several folds or seeds the standard deviation."""

    value: float = np.nan
    ci_low: float = np.nan
    ci_high: float = np.nan
    std: float = np.nan
    folds: int = 1
    n_live: int = 0
    n_attack: int = 0
    reason: str = ""
