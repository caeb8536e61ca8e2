from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from skimage import data

from fas.faces.mtcnn import Mtcnn

cv2.setNumThreads(1)


@pytest.fixture(scope="session")
def detector() -> Mtcnn:
    return Mtcnn()


@pytest.fixture(scope="session")
def portrait() -> np.ndarray:
    """A real face, about 90 pixels wide, in a picture of (240,320,3)."""
    return np.ascontiguousarray(data.astronaut()[20:260, 60:380])


@pytest.fixture(scope="session")
def moving(portrait: np.ndarray) -> np.ndarray:
    """The portrait moving through (16,200,240,3) frames by (3, 2) pixels a frame."""
    return np.stack([portrait[2 * step : 2 * step + 200, 3 * step : 3 * step + 240] for step in range(16)])


@pytest.fixture(scope="session")
def save_video() -> Callable[[Path, np.ndarray], Path]:
    """Writes frames (F,H,W,3) uint8 RGB as a video of good quality, and returns its path."""
    return _save_video


def _save_video(path: Path, frames: np.ndarray) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=15)
        stream.height, stream.width, stream.pix_fmt = *frames.shape[1:3], "yuvj444p"
        stream.bit_rate = 20_000_000
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory, moving: np.ndarray) -> Path:
    return _save_video(tmp_path_factory.mktemp("clips") / "face.avi", moving)


@pytest.fixture(scope="session")
def faceless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    noise = np.random.default_rng(0).integers(0, 255, (6, 15, 20, 3), np.uint8)
    return _save_video(tmp_path_factory.mktemp("clips") / "wall.avi", noise.repeat(8, axis=1).repeat(8, axis=2))
