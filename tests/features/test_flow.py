from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from fas.config import Runtime
from fas.errors import NoFace, UserError
from fas.features.flow import FlowWorker, flow
from fas.features.params import FlowParams
from fas.features.task import FeatureTask
from fas.files import read_npz, write_npz

GOLDEN = [0.5153, 2.5134, 3.028, -1.9967]
ALGORITHMS = [FlowParams(), FlowParams(algorithm="farneback")]


def shifted_face(x: float, y: float, size: int = 96) -> np.ndarray:
    """A pair (2,size,size,3): a face, and the same one moved by (x, y) pixels to the right and down."""
    picture = cv2.resize(astronaut()[0:240, 100:340], (160, 160), interpolation=cv2.INTER_AREA)
    matrix = np.array([[1, 0, x], [0, 1, y]], np.float64)
    moved = cv2.warpAffine(picture, matrix, (160, 160), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    return np.stack([picture, moved])[:, 32 : 32 + size, 32 : 32 + size]


@pytest.mark.parametrize("params", ALGORITHMS, ids=lambda params: params.algorithm)
@pytest.mark.parametrize("shift", [(0.0, 0.0), (3.0, -2.0), (-1.5, 0.5)])
def test_a_translation_is_recovered(params: FlowParams, shift: tuple[float, float]) -> None:
    result = flow(shifted_face(*shift)[None], params)
    interior = result[0, :, 16:-16, 16:-16]
    np.testing.assert_allclose(np.median(interior, axis=(1, 2)), shift, atol=0.1)


def test_pairs_do_not_influence_each_other() -> None:
    pairs = np.stack([shifted_face(2, 1), shifted_face(-3, 0), shifted_face(0, 2)])
    together = flow(pairs, FlowParams())
    for row in (2, 0, 1):
        np.testing.assert_array_equal(flow(pairs[row : row + 1], FlowParams())[0], together[row])


def run(
    tmp_path: Path, params: FlowParams | None = None, folder: Path | None = None, runtime: Runtime | None = None, **arrays: np.ndarray
) -> dict[str, np.ndarray]:
    write_npz(tmp_path / "frames.npz", arrays)
    worker = FlowWorker(params or FlowParams())
    worker.setup(runtime or Runtime())
    worker.work(FeatureTask(tmp_path / "frames.npz", flow_files=folder), tmp_path, tmp_path / "scratch")
    return read_npz(tmp_path / "flow.npz")


def test_the_worker_writes_flow_and_first_frames(tmp_path: Path) -> None:
    pairs = np.stack([shifted_face(2, 1), shifted_face(-3, 0)])
    arrays = run(tmp_path, pairs=pairs, pair_frame=np.array([[4, 7], [9, 12]], np.int32))
    assert arrays["flow"].shape == (2, 2, 96, 96)
    assert arrays["flow"].dtype == np.float16
    np.testing.assert_array_equal(arrays["frame"], [4, 9])


def test_golden() -> None:
    """Raise FlowWorker.version when this changes."""
    assert FlowWorker.version == 2
    result = flow(shifted_face(3, -2)[None], FlowParams())[0]
    np.testing.assert_allclose([result.mean(), result.std(), result[0].mean(), result[1, 48, 48]], GOLDEN, atol=2e-3)


@pytest.mark.parametrize("algorithm", ["dis", "precomputed"])
def test_a_capture_without_a_pair_is_a_result_with_its_reason(tmp_path: Path, algorithm: str) -> None:
    with pytest.raises(NoFace, match="no pair of frames"):
        run(
            tmp_path,
            FlowParams(algorithm=algorithm),
            pairs=np.zeros((0, 2, 96, 96, 3), np.uint8),
            pair_frame=np.zeros((0, 2), np.int32),
        )


def test_frames_without_pairs_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no 'pairs' in it"):
        run(tmp_path, aligned=np.zeros((1, 8, 8, 3), np.uint8))


def test_only_used_parameters_count() -> None:
    fast, medium = FlowWorker(FlowParams(preset="fast")), FlowWorker(FlowParams(preset="medium"))
    assert fast.depends() != medium.depends()
    other = [FlowWorker(FlowParams(algorithm="farneback", preset=preset)).depends() for preset in ("fast", "medium")]
    assert other[0] == other[1]
