"""Pairs per second of the flow stage over many clips, beside calling OpenCV frame by frame in a loop, in one run.

    python -m benchmarks.bench_flow [--clips 60] [--repeat 3]

What is timed:
- the stage's worker alone, in this process: reads frames.npz and writes flow.npz, as in the pipeline
- loops as a script would have them, OpenCV with one thread and with as many as there are cores: the same reading and writing
  (`np.load`, `np.savez`), then with `np.savez_compressed`, then of pictures in memory with the flow thrown away
- the stage itself with its executor, one process and two, from `Stage` to the written index, on so many more clips that starting the
  processes does not hide the rest; what a stage of one clip takes, starting and all, stands beside it

Repetitions alternate; the fastest one counts. A ratio is to the worker's pairs per second.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from fas import assets
from fas.config import Config, Runtime, cores
from fas.faces.frames import Capture, FramesWorker
from fas.faces.params import FramesParams
from fas.features.flow import FlowWorker
from fas.features.params import FlowParams
from fas.features.task import FeatureTask
from fas.files import write_npz
from fas.items.engine import Stage
from fas.items.item import Item
from fas.plan.items import Work
from stages import run_features

STAGE_ROUNDS = 10  # times the clips, for the stage with its executor

Save = Callable[..., None]


@dataclass(frozen=True)
class Job:
    """Something to be timed, and how many pairs it computes."""

    run: Callable[[], None]
    pairs: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fas-bench-") as temporary, chdir(temporary):
        folder = Path(temporary)
        files = captures(folder / "frames", options.clips)
        pictures = [np.load(path)["pairs"] for path in files]
        pairs = sum(map(len, pictures))
        jobs = {"the stage's worker": Job(worker(files, folder / "out"), pairs)}
        for threads in dict.fromkeys((1, cores())):
            name = f"loop, {threads} thread(s)"
            jobs[f"{name}, np.load, np.savez"] = Job(files_loop(files, threads, folder / "loop", np.savez), pairs)
            jobs[f"{name}, np.load, compressed"] = Job(files_loop(files, threads, folder / "loop", np.savez_compressed), pairs)
            jobs[f"{name}, kept in memory"] = Job(memory_loop(pictures, threads), pairs)
        for processes in (1, 2):
            jobs[f"the stage, {processes} process(es)"] = Job(stage(files * STAGE_ROUNDS, processes), STAGE_ROUNDS * pairs)
            jobs[f"the stage, {processes} process(es), one clip"] = Job(stage(files[:1], processes), len(pictures[0]))
        report(jobs, options.repeat)


def captures(folder: Path, clips: int) -> list[Path]:
    """frames.npz of the talking face, so many times with pictures that differ a little."""
    worker = FramesWorker(FramesParams())
    worker.setup(Runtime())
    arrays = worker.arrays(Capture(assets.find("talking_face"), "face"))
    paths = []
    for number in range(clips):
        paths.append(folder / f"{number}.npz")
        noise = np.random.default_rng(number).integers(0, 4, arrays["pairs"].shape, dtype=np.uint8)
        write_npz(paths[-1], {**arrays, "pairs": np.minimum(arrays["pairs"], 252) + noise}, compress=False)
    return paths


def worker(files: Sequence[Path], out: Path) -> Callable[[], None]:
    flow = FlowWorker(FlowParams())

    def job() -> None:
        flow.setup(Runtime())
        for path in files:
            flow.work(FeatureTask(path), out / path.stem, out / "scratch")

    return job


def stage(files: Sequence[Path], processes: int) -> Callable[[], None]:
    """The stage as `dvc repro` runs it, with nothing known beforehand."""
    config = Config(executor="processes", workers=processes, threads=1, device="cpu")
    items = [
        Item(f"clips/{number}", {"clip": f"{number}"}, {"frames": f"{number}"}, FeatureTask(path), "clips", f"{number}.npz")
        for number, path in enumerate(files)
    ]

    def job() -> None:
        with Stage("flow", "data/flow", 0.0, config, reuse=False) as one:
            run_features(one, FlowWorker(FlowParams()), Work(items, []))

    return job


def files_loop(files: Sequence[Path], threads: int, out: Path, save: Save) -> Callable[[], None]:
    """A script over files: reads a clip's pairs, calls OpenCV's medium DIS for one after the other, writes the flow with `save`."""

    def job() -> None:
        out.mkdir(exist_ok=True)
        search = estimator(threads)
        for path in files:
            with np.load(path) as archive:
                pairs, numbers = archive["pairs"], archive["pair_frame"]
            save(out / path.name, flow=flows(search, pairs), frame=numbers[:, 0])

    return job


def memory_loop(pictures: Sequence[np.ndarray], threads: int) -> Callable[[], None]:
    """OpenCV's medium DIS alone, over pictures that are in memory."""

    def job() -> None:
        search = estimator(threads)
        for pairs in pictures:
            flows(search, pairs)

    return job


def estimator(threads: int) -> cv2.DISOpticalFlow:
    cv2.setNumThreads(threads)
    return cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)


def flows(search: cv2.DISOpticalFlow, pairs: np.ndarray) -> np.ndarray:
    """(P,2,h,w,3) uint8 RGB -> (P,2,h,w) float16."""
    found = []
    for first, second in pairs:
        grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (first, second)]
        found.append(search.calc(grey[0], grey[1], None))  # type: ignore[call-overload]
    return np.stack(found).transpose(0, 3, 1, 2).astype(np.float16)


def report(jobs: dict[str, Job], repeat: int) -> None:
    seconds = dict.fromkeys(jobs, float("inf"))
    for _ in range(repeat + 1):  # the first one also warms up
        for name, job in jobs.items():
            start = time.perf_counter()
            job.run()
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    speed = {name: job.pairs / seconds[name] for name, job in jobs.items()}
    first = next(iter(speed.values()))
    print(f"{'':42}{'pairs':>7}{'seconds':>9}{'pairs/s':>9}{'ratio':>7}")
    for name, job in jobs.items():
        print(f"{name:42}{job.pairs:7}{seconds[name]:9.2f}{speed[name]:9.0f}{speed[name] / first:7.2f}")


if __name__ == "__main__":
    main()
