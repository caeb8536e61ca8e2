"""Maximum mean discrepancy between the errors of a video and those of the live reference (paper 003, eq. 4 and 5; Gretton et al. 2012).

Equation 5 leaves the base kernels open. Here they are Gaussians of equal weight whose bandwidths are factors on the median squared
distance within the reference; the estimate is the biased V-statistic, which is never negative but for rounding.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

_SMALLEST = 1e-12  # of the bandwidth: where all errors of the reference are equal


def median_squared_distance(values: np.ndarray) -> float:
    """The median over all pairs of (values[i] - values[j])^2, i < j; at least a tiny positive number."""
    first, second = np.triu_indices(len(values), k=1)
    distances = np.square(values[first] - values[second])
    return max(float(np.median(distances)) if len(distances) else 0.0, _SMALLEST)


class Reference:
    """The live errors (n,) that videos are compared with. `bandwidths` are factors on their median squared distance."""

    def __init__(self, values: np.ndarray, bandwidths: Sequence[float]) -> None:
        self.values = np.asarray(values, np.float64)
        self.bandwidths = tuple(bandwidths)

    @cached_property
    def variance(self) -> float:
        """The squared bandwidth that the factors are of."""
        return median_squared_distance(self.values)

    @cached_property
    def _within(self) -> float:
        return self.kernel(self.values, self.values)

    def kernel(self, first: np.ndarray, second: np.ndarray) -> float:
        """The mean of k(a, b) over all pairs, where k = mean over the factors f of exp(-(a - b)^2 / (2 f variance)): in [0, 1]."""
        squared = np.square(first[:, None] - second[None, :]) / (2 * self.variance)
        return float(np.mean([np.exp(-squared / factor).mean() for factor in self.bandwidths]))

    def squared(self, values: np.ndarray) -> float:
        """MMD^2 between `values` (m,) and the reference: E k(x, x') + E k(y, y') - 2 E k(x, y), each over all pairs (eq. 4)."""
        values = np.asarray(values, np.float64)
        return self._within + self.kernel(values, values) - 2 * self.kernel(values, self.values)

    def distance(self, values: np.ndarray) -> float:
        """sqrt(max(0, MMD^2)) in [0, sqrt 2], as the kernels are in [0, 1].

        It has two sides: errors *below* the reference's are as far away as those above.
        """
        return float(np.sqrt(max(0.0, self.squared(values))))
