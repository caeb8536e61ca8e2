"""Training steps of LGSC: our loop beside a plain one of the same network on the same batches, in one run.

    python -m benchmarks.bench_train [--steps 6] [--rounds 8] [--threads 1] [--device cpu] [--precision fp32] [--size default]

The plain loop is what one writes first: it reads the drawn clips' files, assembles the batch, steps with Adam as it comes, and asks for
every loss, one after the other. Both loops take turns; each turn's first and last step do not count. That they compute the same is
checked: the losses of their first steps are equal, and later ones drift apart only as Adam's fused kernel rounds otherwise. `waiting` is
the share of a step for which the training waits for its batch.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TypeVar
from unittest import mock

import numpy as np
import torch

from fas.checkpoint import Checkpoint
from fas.clips import FRAMES, Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.files import read_npz, write_npz
from fas.methods.lgsc.loss import LgscLoss
from fas.methods.lgsc.model import auxiliary, networks
from fas.methods.lgsc.params import LgscParams
from fas.methods.lgsc.patches import training_patch
from fas.methods.lgsc.train import LgscTask
from fas.params import load
from fas.prefetch import prefetch
from fas.sampling import seed_of
from fas.training import Batch, Update, seeded, train

SEED = 0
SIZES = {"default": ("params.yaml", {}), "paper, batch 4": ("presets/paper.yaml", {"batch": 4})}
T = TypeVar("T")


class Clock:
    """When each step began, and how long each waited for its batch."""

    def __init__(self) -> None:
        self.begun: list[float] = []
        self.waited: list[float] = []

    def step(self) -> None:
        self.begun.append(time.perf_counter())

    def waiting(self, batches: Iterator[T]) -> Iterator[T]:
        """The batches, each with the time that it takes to come."""
        while True:
            start = time.perf_counter()
            try:
                batch = next(batches)
            except StopIteration:
                return
            self.waited.append(time.perf_counter() - start)
            yield batch

    def steps(self) -> tuple[list[float], list[float]]:
        """Seconds from a step's beginning to the next one's, and of these for which the next one's batch was waited for.

        The first step is left out (it also warms up), and the last, which ends with a checkpoint.
        """
        return [after - before for before, after in pairwise(self.begun)][1:], self.waited[2:]


Loop = Callable[[LgscParams, list[Clip], int, Runtime, Clock], list[float]]


def ours(params: LgscParams, clips: list[Clip], steps: int, runtime: Runtime, clock: Clock) -> list[float]:
    """The project's own training, one checkpoint at its end. Returns the losses."""

    class Timed(LgscTask):
        def step(self, batch: Batch, step: int, update: Update) -> dict[str, torch.Tensor]:
            clock.step()
            return dict(super().step(batch, step, update))

    def timed(compute: Callable[[int], T], numbers: range, workers: int = 1) -> Iterator[tuple[int, T]]:
        return clock.waiting(prefetch(compute, numbers, workers))

    with seeded("lgsc", SEED):
        task = Timed(networks(params), params, clips, SEED)
    with tempfile.TemporaryDirectory() as scratch, mock.patch("fas.training.prefetch", timed):
        table = train(task, steps=steps, seed=SEED, scratch=Path(scratch), runtime=runtime, checkpoint_every=steps)
    return table["loss"].tolist()


def plain(params: LgscParams, clips: list[Clip], steps: int, runtime: Runtime, clock: Clock) -> list[float]:
    """A loop without prefetching, cache or deferred reading of losses. Returns the losses."""
    device = prepare(runtime)
    with seeded("lgsc", SEED):
        built = {name: network.to(device) for name, network in networks(params).items()}
    task = LgscTask(built, params, clips, SEED)  # who is drawn, and the learning rate's schedule
    optimizer = torch.optim.Adam([weight for network in built.values() for weight in network.parameters()], lr=params.learning_rate)
    loss = LgscLoss(params)

    def batches() -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        for step in range(steps):
            draws = task.sampler.draw(step)
            images = []
            for draw in draws:
                crops = read_npz(draw.member.features[FRAMES])["native"]  # type: ignore[arg-type]
                images.append(training_patch(crops[draw.random.integers(len(crops))], params, draw.random))
            yield torch.from_numpy(np.stack(images)).to(device), torch.tensor([draw.group == "live" for draw in draws], device=device)

    losses = []
    for step, (images, live) in enumerate(clock.waiting(batches())):
        clock.step()
        for group in optimizer.param_groups:
            group["lr"] = params.learning_rate * task.rate("adam", step)
        torch.manual_seed(seed_of("torch", SEED, step, 0))
        with torch.autocast(device.type, torch.bfloat16, enabled=runtime.precision == "bf16"):
            cue, maps = built["generator"](images)
            terms = loss(cue, maps, auxiliary(built, images, cue, params), live)
        optimizer.zero_grad()
        terms["loss"].backward()
        optimizer.step()
        losses.append({name: value.item() for name, value in terms.items()}["loss"])
    return losses


LOOPS: dict[str, Loop] = {"plain": plain, "ours": ours}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=6, help="steps of one turn, at least 4")
    parser.add_argument("--rounds", type=int, default=8, help="turns of each loop")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "bf16"])
    parser.add_argument("--size", choices=list(SIZES), help="only this one")
    options = parser.parse_args()
    runtime = Runtime(options.device, options.threads, options.precision)
    print(f"{options.threads} thread(s), {options.device}, {options.precision}; {options.rounds} turns of {options.steps} steps each")
    for name in [options.size] if options.size else SIZES:
        file, changes = SIZES[name]
        params = load(Path(file)).method("lgsc").model_copy(update={**changes, "pretrained": "", "variants": {}})
        with tempfile.TemporaryDirectory() as folder:
            clips = captures(Path(folder), max(params.patch, load(Path(file)).frames.native.min_size) + 16)
            report(name, params, clips, options.steps, options.rounds, runtime)


def captures(folder: Path, side: int) -> list[Clip]:
    """Eight live and 24 attack clips of noise in files as the frames stage writes them: eight crops of `side` pixels, and frame pairs."""
    random = np.random.default_rng(0)
    clips = []
    for number in range(32):
        path = folder / f"{number}.npz"
        native = random.integers(0, 256, (8, side, side, 3), dtype=np.uint8)
        pairs = random.integers(0, 256, (12, 2, 96, 96, 3), dtype=np.uint8)
        write_npz(path, {"native": native, "pairs": pairs, "frame": np.arange(8, dtype=np.int32)}, compress=False)
        clips.append(Clip("bench", str(number), "live" if number < 8 else "attack", features={FRAMES: path}))
    return clips


def report(name: str, params: LgscParams, clips: list[Clip], steps: int, rounds: int, runtime: Runtime) -> None:
    """Both loops in turn; of each turn the median step counts, of all turns the median, and so with the ratios of neighbouring turns."""
    seconds: dict[str, list[float]] = {one: [] for one in LOOPS}
    waited: dict[str, list[float]] = {one: [] for one in LOOPS}
    losses: dict[str, list[float]] = {}
    for turn in range(rounds):
        for one in list(LOOPS)[:: -1 if turn % 2 else 1]:
            clock = Clock()
            losses[one] = LOOPS[one](params, clips, steps, runtime, clock)
            took, idle = clock.steps()
            seconds[one].append(median(took))
            waited[one].append(sum(idle) / sum(took))
    first, second = (abs(a - b) for a, b in list(zip(losses["plain"], losses["ours"], strict=True))[:2])
    ratios = sorted(a / b for a, b in zip(seconds["plain"], seconds["ours"], strict=True))
    print(f"\n{name}: width {params.width}, patch {params.patch}, batch {params.batch}")
    print(f"losses of the first step differ by {first:.1e}, of the second by {second:.1e}")
    for one in LOOPS:
        print(f"{one:6}{1e3 * median(seconds[one]):9.1f} ms a step, waiting {100 * median(waited[one]):.1f} %")
    print(f"our throughput: {median(ratios):.2f} of the plain loop's ({ratios[0]:.2f} ... {ratios[-1]:.2f})")
    print(f"a checkpoint: {saving(params) / median(seconds['ours']):.2f} steps; twenty are written in a training")


def saving(params: LgscParams, times: int = 3) -> float:
    """Seconds of writing a checkpoint, the fastest of some: networks and Adam's two moments of each weight."""
    built = networks(params)
    optimizer = torch.optim.Adam([weight for network in built.values() for weight in network.parameters()], lr=0.0)
    for weight in optimizer.param_groups[0]["params"]:
        weight.grad = torch.zeros_like(weight)
    optimizer.step()
    spent = []
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(times):
            start = time.perf_counter()
            Checkpoint(Path(folder) / "checkpoint.pt", {"seed": SEED}, built, {"adam": optimizer}).save(1, [])
            spent.append(time.perf_counter() - start)
    return min(spent)


if __name__ == "__main__":
    main()
