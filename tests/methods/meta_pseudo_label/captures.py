"""Synthetic clips and the smallest training for the tests of this folder."""

from pathlib import Path
from typing import Any

import numpy as np

from fas.clips import Clip
from fas.config import Runtime
from fas.methods.base import Fit
from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams
from fas.methods.meta_pseudo_label.train import fit

RUNTIME = Runtime()
TINY = MetaPseudoLabelParams(
    plgf="none", plgf_steps=3, plgf_batch=4, plgf_clusters=4, plgf_switches=[1, 2],
    patch=8, stride=8, labelled=8, unlabelled=12, grid=2, score_batch=5,
    steps=5, batch=4, ratio=2, warmup_steps=1, wait_steps=1, ramp_steps=2,
)  # fmt: skip


def changed(**values: Any) -> MetaPseudoLabelParams:
    return MetaPseudoLabelParams.model_validate({**TINY.model_dump(), **values})


def capture(name: str, label: str, frames: int = 3, side: int = 32) -> Clip:
    random = np.random.default_rng([len(name), *name.encode()])
    faces = random.integers(0, 256, (frames, side, side, 3), dtype=np.uint8)
    arrays = {"aligned": faces, "frame": np.arange(0, 5 * frames, 5, dtype=np.int32)}
    return Clip("set", name, label, "" if label == "live" else "print", subject=name, features={"frames": arrays})


CLIPS = [capture(f"{label}{index}", label) for label in ("live", "attack") for index in range(3)]


def trained(folder: Path, params: MetaPseudoLabelParams = TINY, seed: int = 1, clips: list[Clip] = CLIPS, dev: Any = ()) -> dict[str, Any]:
    """Fit into folder/out."""
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    return fit(Fit(params, clips, list(dev), seed, out, folder / "scratch", RUNTIME))
