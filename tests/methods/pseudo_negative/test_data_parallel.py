"""Two processes on the CPU, as `accelerate launch` starts them (this file, run as a script): each sees half of every batch."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch._dynamo  # optimizers import it: once here, not in both processes
from safetensors.torch import load_file

from fas.clips import Clip
from fas.config import Runtime
from fas.methods.pseudo_negative.params import PseudoNegativeParams
from fas.methods.pseudo_negative.train import PseudoNegativeTask, networks
from fas.training import seeded, train
from fas.weights import save_networks

PARAMS = PseudoNegativeParams(width=1, size=64, batch=8, norm="none", dropout=0.0, start_step=0)
ROOT = Path(__file__).parents[3]


def capture(label: str, index: int) -> Clip:
    faces = np.random.default_rng([len(label), index]).integers(0, 256, (2, 40, 40, 3), dtype=np.uint8)
    return Clip("set", f"{label}{index}", label, features={"frames": {"native": faces, "frame": np.arange(2, dtype=np.int32)}})


def one_step(folder: Path) -> Path:
    """Train for one step and write what this process ends with."""
    with seeded("test"):
        built = networks(PARAMS)
    task = PseudoNegativeTask(built, PARAMS, [capture(label, index) for label in ("live", "attack") for index in range(3)], seed=0)
    train(task, steps=1, seed=0, scratch=folder, runtime=Runtime())
    rank = torch.distributed.get_rank() if torch.distributed.is_initialized() else "alone"
    save_networks(folder / f"{rank}.safetensors", built)
    return folder / f"{rank}.safetensors"


def test_processes_end_with_one_network_and_the_statistics_of_the_whole_batch(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, __file__, str(tmp_path / "both")], check=True, capture_output=True, cwd=ROOT, env=environment)
    first, second = (load_file(tmp_path / "both" / f"{rank}.safetensors") for rank in (0, 1))
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())
    alone = load_file(one_step(tmp_path / "alone"))
    for name in ("live.mean", "live.variance", "attack.mean", "attack.variance"):
        assert first[f"generator.{name}"].tolist() == pytest.approx(alone[f"generator.{name}"].tolist(), rel=1e-3, abs=1e-5)


if __name__ == "__main__":
    from accelerate import debug_launcher

    debug_launcher(one_step, (Path(sys.argv[1]),), num_processes=2)
