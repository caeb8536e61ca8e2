"""The flow stage's work: dense optical flow between the two frames of every pair."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from fas.config import Runtime
from fas.errors import NoFace
from fas.features.params import FlowParams
from fas.features.task import FeatureTask, read_arrays
from fas.files import write_npz

Estimate = Callable[[np.ndarray], np.ndarray]  # pairs (P,2,h,w,3) uint8 RGB -> flow (P,2,h,w) float32

NO_PAIR = (
    "no pair of frames: a still image without a neighbour that fits, a clip that is shorter than the gap of a pair, "
    "or no face where the pairs begin"
)
_PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}
_USED = {"dis": {"preset"}, "raft": {"model", "sha256"}}  # what an algorithm depends on beside its name
_VERSIONS = {"precomputed": 3}  # raised for one algorithm alone


class FlowWorker:
    """Writes flow.npz per clip: `flow` (P,2,h,w) float16, x then y, pixels per gap; `frame` (P,) int32, the pair's first frame."""

    name = "flow"
    version = 2
    file = "flow.npz"
    compress = False  # noise hardly gets smaller (by an eighth), and compressing takes as long as computing it

    def __init__(self, params: FlowParams) -> None:
        self.params = params
        self.version = _VERSIONS.get(params.algorithm, FlowWorker.version)
        self.gpu = params.algorithm == "raft"
        self._estimate: Estimate | None = None

    def depends(self) -> dict[str, Any]:
        """The algorithm and what of the parameters it uses.

        Raises:
            UserError: RAFT's digest is not given.
        """
        if self.params.algorithm == "raft":
            from fas.features.flow_raft import expected_digest

            expected_digest(self.params)
        return self.params.model_dump(mode="json", include={"algorithm", *_USED.get(self.params.algorithm, ())})

    def setup(self, runtime: Runtime) -> None:
        """Load RAFT, where it is the algorithm; OpenCV gets one thread.

        Raises:
            UserError: its weights are missing, other ones, or do not fit.
        """
        cv2.setNumThreads(1)
        if self.params.algorithm == "raft":
            from fas.features.flow_raft import Raft

            self._estimate = Raft(self.params, runtime)
        elif self.params.algorithm != "precomputed":
            self._estimate = lambda pairs: flow(pairs, self.params)

    def work(self, task: FeatureTask, out: Path, scratch: Path) -> None:
        """Write flow.npz; raises as `arrays`."""
        write_npz(out / self.file, self.arrays(task), self.compress)

    def arrays(self, task: FeatureTask) -> dict[str, np.ndarray]:
        """What is written.

        Raises:
            NoFace: the frames feature has no pair.
            UserError: frames without pairs, or the user's own flow is missing or does not fit.
        """
        pairs, numbers = read_arrays(task.source, ("pairs", "pair_frame"))
        if not len(pairs):
            raise NoFace(NO_PAIR)
        if self.params.algorithm == "precomputed":
            from fas.features.flow_files import read_folder

            found = read_folder(task.flow_files, numbers[:, 0], (pairs.shape[2], pairs.shape[3]))
        elif self._estimate is None:
            raise RuntimeError("setup() comes before work()")
        else:
            found = self._estimate(pairs)
        return {"flow": found.astype(np.float16), "frame": numbers[:, 0]}


def flow(pairs: np.ndarray, params: FlowParams) -> np.ndarray:
    """The motion from the first to the second frame of each pair, on luminance, by one of OpenCV's algorithms.

    Args:
        pairs: (P,2,h,w,3) uint8 RGB.

    Returns:
        (P,2,h,w) float32: how many pixels to the right (x) and down (y) each pixel of the first frame has moved.
    """
    estimate = _farneback if params.algorithm == "farneback" else _dis(params)
    result = np.zeros((len(pairs), 2, *pairs.shape[2:4]), np.float32)
    for row, (first, second) in enumerate(pairs):
        moved = estimate(cv2.cvtColor(first, cv2.COLOR_RGB2GRAY), cv2.cvtColor(second, cv2.COLOR_RGB2GRAY))
        result[row] = moved.transpose(2, 0, 1)
    return result


def _dis(params: FlowParams) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    search = cv2.DISOpticalFlow.create(_PRESETS[params.preset])
    return lambda first, second: search.calc(first, second, None)  # type: ignore[call-overload]


def _farneback(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return cv2.calcOpticalFlowFarneback(  # type: ignore[call-overload]
        first, second, None, pyr_scale=0.5, levels=3, winsize=15, iterations=3, poly_n=5, poly_sigma=1.2, flags=0
    )
