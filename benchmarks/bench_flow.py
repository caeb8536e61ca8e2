"""Pairs per second of the flow stage's worker over many clips, beside calling OpenCV frame by frame in a loop, in one run.

    python -m benchmarks.bench_flow [--clips 60] [--repeat 3]

The worker reads frames.npz and writes flow.npz, as in the pipeline. The loops have the pictures in memory already: the first keeps the
flow in memory, the second writes it as a script would (`np.savez_compressed` per clip). Both use as many of OpenCV's threads as there
are cores, and once one. Repetitions alternate; the fastest one counts.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from fas import assets
from fas.config import Runtime, cores
from fas.faces.frames import Capture, FramesWorker
from fas.faces.params import FramesParams
from fas.features.flow import FlowWorker
from fas.features.params import FlowParams
from fas.features.task import FeatureTask
from fas.files import read_npz, write_npz


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=int, default=60)
    parser.add_argument("--repeat", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fas-bench-") as folder:
        files = captures(Path(folder), options.clips)
        pictures = [read_npz(path)["pairs"] for path in files]
        jobs = {"the stage's worker": stage(files, Path(folder) / "out")}
        for threads in dict.fromkeys((1, cores())):
            jobs[f"loop, {threads} thread(s), kept in memory"] = loop(pictures, threads, None)
            jobs[f"loop, {threads} thread(s), written"] = loop(pictures, threads, Path(folder) / "loop")
        report(jobs, sum(map(len, pictures)), options.repeat)


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


def stage(files: Sequence[Path], out: Path) -> Callable[[], None]:
    worker = FlowWorker(FlowParams())

    def job() -> None:
        worker.setup(Runtime())
        for path in files:
            worker.work(FeatureTask(path), out / path.stem, out / "scratch")

    return job


def loop(pictures: Sequence[np.ndarray], threads: int, out: Path | None) -> Callable[[], None]:
    """OpenCV's medium DIS, called for one pair after the other."""

    def job() -> None:
        cv2.setNumThreads(threads)
        search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        for number, pairs in enumerate(pictures):
            found = []
            for first, second in pairs:
                grey = [cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (first, second)]
                found.append(search.calc(grey[0], grey[1], None))  # type: ignore[call-overload]
            if out:
                out.mkdir(exist_ok=True)
                np.savez_compressed(out / f"{number}.npz", flow=np.stack(found).astype(np.float16))

    return job


def report(jobs: dict[str, Callable[[], None]], pairs: int, repeat: int) -> None:
    seconds = dict.fromkeys(jobs, float("inf"))
    for _ in range(repeat + 1):  # the first one also warms up
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    ours = next(iter(seconds.values()))
    print(f"{pairs} pairs\n{'':36}{'pairs/s':>9}{'ratio':>7}")
    for name, spent in seconds.items():
        print(f"{name:36}{pairs / spent:9.0f}{ours / spent:7.2f}")


if __name__ == "__main__":
    main()
