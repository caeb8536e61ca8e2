import numpy as np
import pytest

from fas.clips import Clip
from fas.methods.adversarial_flow.params import AdversarialFlowParams

TINY = AdversarialFlowParams(width=0.06, steps=5, batch=8, score_frames=3, score_batch=8, motion_percentile=0)


def capture(name: str, label: str = "live", motion: float = 1.0, frames: int = 4, **about: str) -> Clip:
    """A clip whose flow is smooth and `motion` pixels long."""
    random = np.random.default_rng([len(name), *name.encode()])
    coarse = random.normal(size=(frames, 2, 4, 4)).astype(np.float32)
    flow = motion * np.kron(coarse, np.ones((16, 16), np.float32))
    numbers = np.arange(0, 5 * frames, 5, dtype=np.int32)
    faces = random.integers(0, 256, (frames, 64, 64, 3), dtype=np.uint8)
    features = {"flow": {"flow": flow.astype(np.float16), "frame": numbers}, "frames": {"aligned": faces, "frame": numbers}}
    kind = {"attack": "print"} if label == "attack" else {}
    return Clip("set", name, label, features=features, **kind | about)


@pytest.fixture(scope="session")
def tiny() -> AdversarialFlowParams:
    return TINY


@pytest.fixture(scope="session")
def clips() -> list[Clip]:
    live = [capture(f"live{index}", motion=1 + 0.2 * index) for index in range(4)]
    fixed = [capture(f"fixed{index}", "attack", 0.01, support="fixed") for index in range(2)]
    return [*live, *fixed, capture("hand", "attack", 1.3, support="hand"), capture("replay", "attack", attack="replay")]
