"""Two processes on the CPU, as `accelerate launch` starts them."""

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import json, sys
from pathlib import Path

import numpy as np
import torch
import torch._dynamo  # optimizers import it: once here, not in both processes
from accelerate import PartialState, debug_launcher
from torch import nn

from fas.clips import Clip
from fas.config import Runtime
from fas.methods.base import Fit
from fas.methods.lgsc.params import LgscParams
from fas.methods.lgsc.train import fit
from fas.training import seeded, train


class Mean:
    # learns the mean of its inputs; each process sees its share of them
    def __init__(self):
        with seeded("mean"):
            self.modules = {"net": nn.Sequential(nn.BatchNorm1d(1, affine=False), nn.Linear(1, 1))}
        self.optimizers = {"sgd": torch.optim.SGD(self.modules["net"].parameters(), lr=0.1)}

    def batch(self, step):
        return {"x": torch.arange(8.0)[:, None] + step}

    def rate(self, optimizer, step):
        return 1.0

    def step(self, batch, step, update):
        assert len(batch["x"]) == 4
        loss = (self.modules["net"](batch["x"]) - batch["x"].mean()).square().mean()
        update("sgd", loss)
        return {"loss": loss, "first": batch["x"][0, 0]}


def lgsc(folder):
    frames = {"native": np.full((1, 32, 32, 3), 99, np.uint8), "frame": np.zeros(1, np.int32)}
    clips = [Clip("set", name, name, features={"frames": frames}) for name in ("live", "attack")]
    out = folder / f"lgsc{torch.distributed.get_rank()}"
    out.mkdir()
    fit(Fit(LgscParams(width=2, patch=32, steps=2, batch=8), clips, [], 0, out, folder / "lgsc", Runtime()))
    return (out / "model.safetensors").read_bytes().hex()


def work(folder):
    task = Mean()
    history = train(task, steps=6, seed=0, scratch=Path(folder), runtime=Runtime())
    state = {name: tensor.double().sum().item() for name, tensor in task.modules["net"].state_dict().items()}
    result = {"state": state, "first": history["first"].tolist(), "lgsc": lgsc(Path(folder))}
    (Path(folder) / f"{PartialState().process_index}.json").write_text(json.dumps(result))


if __name__ == "__main__":
    debug_launcher(work, (sys.argv[1],), num_processes=2)
"""


def test_processes_share_a_batch_and_end_with_one_network(tmp_path: Path) -> None:
    script = tmp_path / "two.py"
    script.write_text(SCRIPT)
    subprocess.run(
        [sys.executable, str(script), str(tmp_path)], check=True, capture_output=True, cwd=Path(__file__).parents[1], env=_environment()
    )
    first, second = (json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1))
    assert first == second
    assert first["first"] == [2.0 + step for step in range(6)]  # the mean of 0 and 4, the first samples of the two shares
    assert (tmp_path / "checkpoint.pt").is_file()


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "OMP_NUM_THREADS": "1"}
