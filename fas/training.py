"""The one training loop: device, mixed precision, data parallel, checkpoints, resume and history, budgeted by steps.

A method describes its training as a `Task`; `train` runs it. Everything random derives from (seed, step): batches are pure
functions of the step and torch's generators are seeded anew at every step. So a training that was killed and resumed gives
the same bytes as one that was not.

Data parallel is for scripts of one's own that call a method's `fit` under `accelerate launch`: each process computes the same batch and
takes its share of it. Losses are then means over shares, and triplets are formed inside a share, so that the result is another one. The
pipeline's stages do not use it: a run's key does not know how many GPUs there were, and each training has one (docs/running.md).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import broadcast
from torch import Tensor, nn
from torch.optim import Optimizer
from tqdm import tqdm

from fas.checkpoint import Checkpoint
from fas.compute import prepare, repeatable
from fas.config import Runtime
from fas.prefetch import prefetch
from fas.sampling import seed_of

Batch = dict[str, Tensor]
Update = Callable[[str, Tensor], None]

_PRECISION = {"fp32": "no", "bf16": "bf16", "fp16": "fp16"}


@dataclass(frozen=True)
class Kept:
    """Networks to be kept on the way, for the choice of a checkpoint (fas/runs.py): `count` points of the training, evenly spaced.

    The last point is the trained model itself and not kept again. `save(folder)` writes what the method's `score` reads; `folder`
    outlives a kill.
    """

    count: int
    folder: Path
    save: Callable[[Path], None]

    def steps(self, steps: int) -> set[int]:
        """The numbers of steps after which networks are kept, in a training of `steps`."""
        return {round(steps * part / self.count) for part in range(1, self.count)} - {0, steps}


class Task(Protocol):
    """One training. Whatever must survive a kill is a parameter or a buffer of a module, or an optimizer's state.

    `modules` and `optimizers` are dictionaries: `train` puts the prepared ones (device, precision, data parallel) in their
    place while it runs, so `step` must reach them through these dictionaries. Training or evaluation mode is the task's choice.
    """

    modules: dict[str, nn.Module]
    optimizers: dict[str, Optimizer]

    def batch(self, step: int) -> Batch:
        """The step's tensors, on the CPU, samples first. Must be a pure function of `step` (it runs ahead, in threads)."""
        ...

    def rate(self, optimizer: str, step: int) -> float:
        """Factor on the optimizer's learning rate at `step`."""
        ...

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """Compute losses and call `update(optimizer name, loss)` for each optimizer to be stepped, in the order wanted.

        Returns the scalars for history.csv, the same names at every step.
        """
        ...


def train(
    task: Task,
    *,
    steps: int,
    seed: int,
    scratch: Path,
    runtime: Runtime,
    checkpoint_every: int | None = None,
    label: str = "train",
    kept: Kept | None = None,
) -> pd.DataFrame:
    """Run `task` for `steps` steps, resuming from the checkpoint in `scratch` if there is one.

    A checkpoint is written every `checkpoint_every` steps (default: twenty times in all). `kept` tells what else is kept on the way.
    Afterwards `task.modules` hold the
    trained weights, on the device. Torch's global generators are left as they were found.

    Returns:
        One row per step: `step` (from 1) and the task's losses.

    Raises:
        UserError: a device or precision that is not there.
        FloatingPointError: a loss that is not finite.
    """
    device = prepare(runtime)
    repeatable()
    checkpoint_every = checkpoint_every or max(1, steps // 20)
    modules, optimizers = dict(task.modules), dict(task.optimizers)
    with _generators_restored(device), _accelerated(task, device, runtime) as accelerator:
        checkpoint = Checkpoint(scratch / "checkpoint.pt", {"seed": seed, "steps": steps}, modules, optimizers, accelerator.scaler)
        start, rows = checkpoint.load()
        pending: list[Mapping[str, Tensor]] = []
        batches = prefetch(task.batch, range(start, steps), workers=1 if device.type == "cpu" else runtime.threads)
        for step, batch in _progress(batches, start, steps, label, accelerator):
            _set_rates(task, step)
            torch.manual_seed(seed_of("torch", seed, step, accelerator.process_index))
            pending.append(_detached(task.step(_share(batch, accelerator), step, _updater(task, accelerator))))
            if kept and step + 1 in kept.steps(steps) and accelerator.is_main_process:
                kept.save(kept.folder / str(step + 1))
            if (step + 1) % checkpoint_every == 0 or step + 1 == steps:
                rows += _numbers(pending, len(rows), accelerator)
                pending.clear()
                if accelerator.is_main_process:
                    checkpoint.save(step + 1, rows)
        _share_buffers(modules, accelerator)
    return pd.DataFrame(rows)


@contextmanager
def seeded(*parts: int | str) -> Iterator[None]:
    """Inside, torch's CPU generator is seeded from `parts` (to initialise networks); afterwards it is as before."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed_of(*parts))
        yield


@contextmanager
def _generators_restored(device: torch.device) -> Iterator[None]:
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if device.type == "cuda" else []):
        yield


@contextmanager
def _accelerated(task: Task, device: torch.device, runtime: Runtime) -> Iterator[Accelerator]:
    """The task's modules and optimizers prepared for device, precision and data parallel; afterwards the bare ones again."""
    # accelerate keeps one state per process and refuses another precision or device after the first training
    AcceleratorState._reset_state(reset_partial_state=not torch.distributed.is_initialized())
    accelerator = Accelerator(cpu=device.type == "cpu", mixed_precision=_PRECISION[runtime.precision])
    modules, optimizers = dict(task.modules), dict(task.optimizers)
    task.modules.update({name: accelerator.prepare(module) for name, module in modules.items()})
    task.optimizers.update({name: accelerator.prepare(optimizer) for name, optimizer in optimizers.items()})
    try:
        yield accelerator
    finally:
        for module in task.modules.values():
            accelerator.unwrap_model(module, keep_fp32_wrapper=False)
        task.modules.update(modules)
        task.optimizers.update(optimizers)


def _updater(task: Task, accelerator: Accelerator) -> Update:
    def update(name: str, loss: Tensor) -> None:
        optimizer = task.optimizers[name]
        optimizer.zero_grad(set_to_none=True)
        accelerator.backward(loss)
        optimizer.step()

    return update


def _detached(losses: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The values alone: until the next checkpoint each would keep its step's graph in memory."""
    return {name: value.detach() for name, value in losses.items()}


def _set_rates(task: Task, step: int) -> None:
    for name, optimizer in task.optimizers.items():
        factor = task.rate(name, step)
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
            group["lr"] = group["initial_lr"] * factor


def _share(batch: Batch, accelerator: Accelerator) -> Batch:
    """This process's contiguous share of every tensor, on the device."""
    rank, world = accelerator.process_index, accelerator.num_processes
    shares = {name: tensor[rank * len(tensor) // world : (rank + 1) * len(tensor) // world] for name, tensor in batch.items()}
    return {name: tensor.to(accelerator.device, non_blocking=True) for name, tensor in shares.items()}


def _numbers(pending: list[Mapping[str, Tensor]], done: int, accelerator: Accelerator) -> list[dict[str, Any]]:
    """History rows of the pending steps, averaged over processes. Read in one go: asking a GPU at every step stalls it."""
    if not pending:
        return []
    names = list(pending[0])
    values = torch.stack([torch.stack([losses[name].float() for name in names]) for losses in pending])
    values = accelerator.reduce(values, reduction="mean").cpu()
    rows = [{"step": done + index + 1, **dict(zip(names, row, strict=True))} for index, row in enumerate(values.tolist())]
    finite = torch.isfinite(values).all(dim=1)
    if not finite.all():
        raise FloatingPointError(f"a loss is not finite: {rows[int((~finite).nonzero()[0])]}")
    return rows


def _share_buffers(modules: Mapping[str, nn.Module], accelerator: Accelerator) -> None:
    """Give every process the first one's running statistics, so that all hold the same network."""
    for module in modules.values():
        for buffer in module.buffers():
            broadcast(buffer)
    accelerator.wait_for_everyone()


def _progress(
    batches: Iterator[tuple[int, Batch]], start: int, steps: int, label: str, accelerator: Accelerator
) -> Iterator[tuple[int, Batch]]:
    """A bar with rate and time left, on a terminal only."""
    disable = None if accelerator.is_main_process else True
    return iter(tqdm(batches, desc=label, initial=start, total=steps, unit="step", disable=disable, leave=False))
