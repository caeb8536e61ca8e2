"""The flow stage's work: dense optical flow between the two frames of every pair."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from fas.config import Runtime
from fas.features.params import FlowParams
from fas.features.task import FeatureTask, read_arrays
from fas.files import write_npz

_PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}


class FlowWorker:
    """Writes flow.npz per clip: `flow` (P,2,h,w) float16, x then y, pixels per gap; `frame` (P,) int32, the pair's first frame."""

    name = "flow"
    version = 1
    file = "flow.npz"
    compress = True

    def __init__(self, params: FlowParams) -> None:
        self.params = params

    def depends(self) -> dict[str, Any]:
        used = {"algorithm", "preset"} if self.params.algorithm == "dis" else {"algorithm"}
        return self.params.model_dump(mode="json", include=used)

    def setup(self, runtime: Runtime) -> None:
        cv2.setNumThreads(1)

    def work(self, task: FeatureTask, out: Path, scratch: Path) -> None:
        write_npz(out / self.file, self.arrays(task), self.compress)

    def arrays(self, task: FeatureTask) -> dict[str, np.ndarray]:
        """What is written."""
        pairs, numbers = read_arrays(task.source, ("pairs", "pair_frame"))
        return {"flow": flow(pairs, self.params).astype(np.float16), "frame": numbers[:, 0]}


def flow(pairs: np.ndarray, params: FlowParams) -> np.ndarray:
    """The motion from the first to the second frame of each pair, on luminance.

    Args:
        pairs: (P,2,h,w,3) uint8 RGB.

    Returns:
        (P,2,h,w) float32: how many pixels to the right (x) and down (y) each pixel of the first frame has moved.
    """
    estimate = _estimator(params)
    result = np.zeros((len(pairs), 2, *pairs.shape[2:4]), np.float32)
    for row, (first, second) in enumerate(pairs):
        moved = estimate(cv2.cvtColor(first, cv2.COLOR_RGB2GRAY), cv2.cvtColor(second, cv2.COLOR_RGB2GRAY))
        result[row] = moved.transpose(2, 0, 1)
    return result


def _estimator(params: FlowParams) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    if params.algorithm == "farneback":
        return _farneback
    search = cv2.DISOpticalFlow.create(_PRESETS[params.preset])
    return lambda first, second: search.calc(first, second, None)  # type: ignore[call-overload]


def _farneback(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return cv2.calcOpticalFlowFarneback(  # type: ignore[call-overload]
        first, second, None, pyr_scale=0.5, levels=3, winsize=15, iterations=3, poly_n=5, poly_sigma=1.2, flags=0
    )
