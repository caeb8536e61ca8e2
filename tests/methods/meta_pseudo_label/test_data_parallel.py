"""Two processes on the CPU, as `accelerate launch` starts them (this file, run as a script): each sees half of every batch."""

import os
import subprocess
import sys
from pathlib import Path

import torch
import torch._dynamo  # optimizers import it: once here, not in both processes
from safetensors.torch import load_file

from fas.methods.meta_pseudo_label.pools import Pools
from fas.methods.meta_pseudo_label.rgb import RgbTask
from fas.methods.meta_pseudo_label.train import started
from fas.training import train
from fas.weights import save_networks

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))  # for the script

from tests.methods.meta_pseudo_label.captures import CLIPS, RUNTIME, changed  # noqa: E402


def steps(folder: Path) -> None:
    """Train for three steps and write what this process ends with."""
    params = changed(steps=3, wait_steps=0, warmup_steps=0)
    task = RgbTask(started(params, 0), *Pools(CLIPS, params, 0).patches(), params, 0)
    train(task, steps=3, seed=0, scratch=folder, runtime=RUNTIME)
    save_networks(folder / f"{torch.distributed.get_rank()}.safetensors", task.modules)


def test_processes_end_with_the_same_teacher_student_average_and_baseline(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, __file__, str(tmp_path)], check=True, capture_output=True, cwd=ROOT, env=environment)
    first, second = (load_file(tmp_path / f"{rank}.safetensors") for rank in (0, 1))
    assert {name.split(".")[0] for name in first} == {"rgb", "teacher", "memory"}
    assert first["memory.baseline.value"] != 0
    assert all(torch.equal(tensor, second[name]) for name, tensor in first.items())


if __name__ == "__main__":
    from accelerate import debug_launcher

    debug_launcher(steps, (Path(sys.argv[1]),), num_processes=2)
