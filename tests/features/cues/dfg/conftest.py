from collections.abc import Callable
from pathlib import Path

import pytest

from fas.clips import Clip
from fas.config import Runtime
from fas.features.cues.dfg.params import AutoencoderParams, DfgParams, UnetParams
from fas.features.cues.worker import CueWorker

CHANNELS = 6  # of the clips' identity tokens


def tiny(**changes: object) -> DfgParams:
    """A generator of 16 x 16 faces that is trained in a second."""
    settings = {
        "size": 16,
        "frames": None,
        "autoencoder": AutoencoderParams(channels=[8, 8], steps=3, batch=4),
        "unet": UnetParams(channels=[8, 16], width=CHANNELS + 2, project=8, steps=4, batch=4),
    }
    return DfgParams(**(settings | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def params() -> Callable[..., DfgParams]:
    return tiny


@pytest.fixture(scope="session")
def model(clips: list[Clip], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a trained tiny generator."""
    out = tmp_path_factory.mktemp("model")
    worker = CueWorker("dfg", tiny(), None)
    worker.setup(Runtime())
    worker.work(tuple(clips), out, tmp_path_factory.mktemp("scratch"))
    return out
