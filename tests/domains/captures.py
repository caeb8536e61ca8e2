"""Synthetic clips of three domains, and the smallest training of a method that learns across them."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fas.clips import Clip
from fas.config import Runtime
from fas.domains import training
from fas.domains.epochs import EpochParams
from fas.methods import method
from fas.methods.base import Fit
from fas.params import load

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = Runtime()
TINY = load(ROOT / "presets/tiny.yaml")


def capture(domain: str, name: str, label: str) -> Clip:
    """Three frames, of which the last two have a reconstruction."""
    random = np.random.default_rng([*f"{domain} {name}".encode()])
    features = {
        "frames": {
            "aligned": random.integers(0, 256, (3, 40, 40, 3), dtype=np.uint8),
            "frame": np.array([0, 5, 10], np.int32),
        },
        "residuals/dfg": {
            "reconstruction": random.integers(0, 256, (2, 24, 24, 3), dtype=np.uint8),
            "frame": np.array([5, 10], np.int32),
        },
    }
    return Clip(f"set {domain}", name, label, domain=domain, features=features)


CLIPS = [capture(domain, f"{label} {number}", label) for domain in "MIO" for label in ("live", "attack") for number in range(2)]
EXTRA = [capture("faces", f"face {number}", "live") for number in range(3)]


def section(name: str, variant: str = "full", **values: Any) -> Any:
    """A method's section of the tiny preset; every frame is scored unless `values` say otherwise."""
    params = TINY.method(name).variant(name, variant)
    return type(params).model_validate({**params.model_dump(), "score_frames": 0, **values})


def shortened(params: Any, steps: int = 1) -> Any:
    """The same for a training of so few steps."""
    length = {"epochs": steps, "steps_per_epoch": 1} if isinstance(params, EpochParams) else {"steps": steps, "warmup_steps": 0}
    return params.model_copy(update=length)


def untrained(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """From now on trainings are prepared and not run; those that were prepared."""
    tasks: list[Any] = []

    def prepared(task: Any, **more: Any) -> pd.DataFrame:
        tasks.append(task)
        return pd.DataFrame({"step": []})

    monkeypatch.setattr(training, "train", prepared)
    return tasks


def trained(
    name: str,
    folder: Path,
    params: Any,
    *,
    seed: int = 1,
    clips: list[Clip] = CLIPS,
    extra: list[Clip] | None = None,
    runtime: Runtime = RUNTIME,
) -> dict[str, Any]:
    """Fit a method into `folder`/out with its scratch beside it; additional live faces join where it asks for some."""
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    more = extra if extra is not None else EXTRA if params.extra_live else []
    notes: dict[str, Any] = method(name).load().fit(Fit(params, clips, [], seed, out, folder / "scratch", runtime, more))
    return notes
