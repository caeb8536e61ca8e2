"""What each method gives for a few synthetic clips, on the tiny preset.

When this fails on purpose, raise the method's `version` on its card, so that runs made before are made anew, and write the numbers
that the failure prints here.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from fas.clips import Clip
from fas.config import Runtime
from fas.methods import method, methods
from fas.methods.base import Fit
from fas.params import load

TINY = load(Path(__file__).resolve().parents[2] / "presets/tiny.yaml")
FRAMES = np.array([0, 5, 10], np.int32)

# version; loss of the first step, where there is a history; mean score of live and of attack clips
GOLDEN: dict[str, tuple[int, list[float]]] = {
    "adversarial_flow": (2, [34.4659, -0.3992, -0.6938]),
    "agfas": (2, [1.231, 0.5262, 0.562]),
    "handcrafted": (1, [5.8192, -5.8213]),
    "lgsc": (3, [10.8432, -0.0895, -0.0851]),
    "mean_residual": (2, [-0.3938, -0.4059]),
    "meta_pseudo_label": (2, [1.1575, 0.5337, 0.5512]),
    "pseudo_negative": (1, [2.3221, 0.3754, 0.3667]),
    "safas": (2, [1.3098, 0.547, 0.5632]),
    "ssan": (2, [1.0887, 0.5085, 0.4968]),
    "ssdg": (2, [1.3559, 0.5625, 0.5713]),
}


def picture(random: np.random.Generator, size: int, sharp: bool) -> np.ndarray:
    """(size,size,3) uint8, smooth as a face, with a grid on it if `sharp`."""
    image = cv2.resize(random.uniform(40, 215, (6, 6, 3)), (size, size), interpolation=cv2.INTER_CUBIC)
    image[::2] += 25 if sharp else 0
    return np.clip(image, 0, 255).astype(np.uint8)


def clip(domain: str, number: int, label: str) -> Clip:
    """Three frames with everything that any method reads."""
    random = np.random.default_rng([ord(domain), number, label == "live"])
    aligned, native, made = (np.stack([picture(random, size, label != "live") for _ in FRAMES]) for size in (64, 96, 32))
    flow = np.stack([cv2.resize(random.normal(size=(4, 4, 2)), (64, 64)) for _ in FRAMES]).transpose(0, 3, 1, 2)
    features = {
        "frames": {"aligned": aligned, "native": native, "frame": FRAMES},
        "flow": {"flow": flow.astype(np.float16), "frame": FRAMES},
        "residuals/dfg": {"reconstruction": made, "frame": FRAMES},
    }
    kind = {} if label == "live" else {"attack": "print", "support": "fixed"}
    return Clip(f"set {domain}", f"{label} {number}", label, domain=domain, subject=f"{domain}{number}", features=features, **kind)


CLIPS = [clip(domain, number, label) for domain in "MO" for label in ("live", "attack") for number in range(3)]


def measured(name: str, folder: Path) -> Sequence[float]:
    section = TINY.method(name)
    params = section.variant(name, next(iter(section.variants)))
    model = folder / "model"
    model.mkdir()
    work = method(name).load()
    work.fit(Fit(params, CLIPS, [], 0, model, folder / "scratch", Runtime()))
    history = model / "history.csv"
    losses = pd.read_csv(history)["loss"][:1].tolist() if history.is_file() else []
    scores = [float(np.mean(one.scores["score"])) for one in work.score(model, params, CLIPS, Runtime())]
    live = np.array([one.live for one in CLIPS])
    return [*losses, float(np.mean(np.array(scores)[live])), float(np.mean(np.array(scores)[~live]))]


@pytest.mark.parametrize("name", methods())
def test_golden(name: str, tmp_path: Path) -> None:
    version, numbers = GOLDEN[name]
    assert method(name).version == version
    found = measured(name, tmp_path)
    told = f"{name}: {[round(number, 4) for number in found]}"
    # processors differ in the last digits, and a training makes more of it
    np.testing.assert_allclose(found, numbers, rtol=5e-3, atol=5e-3, err_msg=told)
