"""The motion judgement (paper 003, section 4.4): a video whose flow maps hardly differ shows something that does not move."""

from itertools import combinations

import numpy as np

from fas.sampling import generator


def motion(flow: np.ndarray, pairs: int) -> float:
    """m(V): the mean absolute difference, in pixels, between randomly paired flow maps of a video.

    `flow` is (P,2,h,w); `pairs` different pairs are drawn, or all there are. Which ones depends on P alone, so a video's value is the
    same wherever it is met. NaN for a single map, which cannot be compared.
    """
    every = list(combinations(range(len(flow)), 2))
    if len(every) > pairs:
        every = [every[index] for index in generator("motion", len(flow)).choice(len(every), pairs, replace=False)]
    if not every:
        return float("nan")
    maps = np.asarray(flow, np.float32)
    return float(np.mean([np.abs(maps[first] - maps[second]).mean() for first, second in every]))


def still(value: float, threshold: float) -> bool:
    """Whether there is no motion: m(V) below the threshold. What cannot be compared is not judged."""
    return bool(value < threshold)
