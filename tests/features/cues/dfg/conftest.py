from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fas.clips import Clip
from fas.config import Runtime
from fas.features.cues.dfg.params import AutoencoderParams, DfgParams, UnetParams
from fas.features.cues.worker import CueWorker

TOKENS, CHANNELS = 4, 6


def tiny(**changes: object) -> DfgParams:
    """A generator of 16 x 16 faces that is trained in a second."""
    settings = {
        "size": 16,
        "frames": None,
        "autoencoder": AutoencoderParams(channels=[8, 8], steps=3, batch=4),
        "unet": UnetParams(channels=[8, 16], width=CHANNELS + 2, project=8, steps=4, batch=4),
    }
    return DfgParams(**(settings | changes))  # type: ignore[arg-type]


def make_clips(count: int = 3, frames: int = 4) -> list[Clip]:
    """Live clips of smooth random pictures of 32 x 32; the first frame has no identity map."""
    random = np.random.default_rng(0)
    clips = []
    for number in range(count):
        coarse = random.integers(0, 256, (frames, 4, 4, 3), dtype=np.uint8)
        aligned = coarse.repeat(8, axis=1).repeat(8, axis=2)
        maps = random.normal(size=(frames - 1, TOKENS, CHANNELS)).astype(np.float16)
        features = {
            "frames": {"aligned": aligned, "frame": np.arange(frames, dtype=np.int32) * 5},
            "identity": {"map": maps, "frame": np.arange(1, frames, dtype=np.int32) * 5},
        }
        clips.append(Clip("faces", f"{number}.mp4", "live", features=features))
    return clips


@pytest.fixture(scope="session")
def clips() -> list[Clip]:
    return make_clips()


@pytest.fixture(scope="session")
def params() -> Callable[..., DfgParams]:
    return tiny


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a trained tiny generator."""
    out = tmp_path_factory.mktemp("model")
    worker = CueWorker("dfg", tiny())
    worker.setup(Runtime())
    worker.work(tuple(make_clips()), out, tmp_path_factory.mktemp("scratch"))
    return out
