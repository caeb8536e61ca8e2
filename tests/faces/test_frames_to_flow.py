"""Captures in which motion is hard to come by, through the frames and the flow stage as the engine performs them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fas.config import Runtime
from fas.faces.frames import Capture, FramesWorker
from fas.faces.params import FramesParams, PairParams, SamplingParams
from fas.features.flow import FlowWorker
from fas.features.params import FlowParams
from fas.features.task import FeatureTask
from fas.files import read_npz
from fas.items.item import NO_FACE, OK, Record
from fas.items.perform import Job, perform

PARAMS = FramesParams(size=64, sampling=SamplingParams(k=3), pairs=PairParams(k=30, gap=2, size=32))
Save = Callable[[Path, np.ndarray], Path]


@pytest.fixture
def through(tmp_path: Path) -> Callable[[Capture], tuple[Record, Record, Path]]:
    """A capture's record in the frames and in the flow stage, and where its flow lies."""

    def work(capture: Capture) -> tuple[Record, Record, Path]:
        frames, flow = FramesWorker(PARAMS), FlowWorker(FlowParams())
        for worker in (frames, flow):
            worker.setup(Runtime())
        first = perform(frames, Job("frames", "frames", capture, tmp_path / "frames", tmp_path / "scratch"))
        found = next((tmp_path / "frames").rglob("frames.npz"))
        second = perform(flow, Job("flow", "flow", FeatureTask(found), tmp_path / "flow", tmp_path / "scratch"))
        return first.record, second.record, tmp_path / "flow"

    return work


@pytest.mark.parametrize("frames", [1, 2])
def test_a_capture_as_short_as_the_gap_has_a_face_and_no_flow(through, save_video: Save, moving: np.ndarray, tmp_path, frames: int) -> None:
    first, second, _ = through(Capture(save_video(tmp_path / "short.avi", moving[:frames]), "short.avi"))
    assert first.status == OK
    assert (second.status, second.files) == (NO_FACE, ())
    assert second.error.startswith("no pair of frames")


def test_a_still_image_has_a_face_and_no_flow(through, portrait: np.ndarray, tmp_path: Path) -> None:
    Image.fromarray(portrait).save(tmp_path / "still.png")
    first, second, _ = through(Capture(tmp_path / "still.png", "still.png", "image"))
    assert (first.status, second.status) == (OK, NO_FACE)
    assert second.error.startswith("no pair of frames")


def test_frames_without_a_face_between_good_ones_cost_their_pairs_and_no_others(
    through, save_video: Save, moving: np.ndarray, tmp_path: Path
) -> None:
    """A pair needs a face in its first frame only: the second is seen under the first one's alignment."""
    spoilt = moving.copy()
    spoilt[6:9] = np.random.default_rng(0).integers(0, 255, moving[6:9].shape, dtype=np.uint8)
    first, second, folder = through(Capture(save_video(tmp_path / "gap.avi", spoilt), "gap.avi"))
    assert (first.status, second.status) == (OK, OK)
    arrays = read_npz(next(folder.rglob("flow.npz")))
    assert arrays["frame"].tolist() == [0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13]
    assert np.isfinite(arrays["flow"]).all()
    assert arrays["flow"].shape == (11, 2, 32, 32)
