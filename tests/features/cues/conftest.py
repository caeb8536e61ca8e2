import numpy as np
import pytest

from fas.clips import Clip

TOKENS, CHANNELS = 4, 6


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
