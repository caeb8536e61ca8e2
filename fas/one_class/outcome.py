"""What a method gives back."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor


@dataclass(frozen=True)
class Outcome:
    """`scores` (M,) of the test images, higher = less normal; `rebuilt` (M,C,32,32) in [-1, 1] from methods that rebuild them."""

    scores: np.ndarray
    rebuilt: Tensor | None = None
