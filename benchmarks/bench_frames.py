"""What the frames stage costs beside bare decoding of the same clips, in one run.

    python -m benchmarks.bench_frames [VIDEO ...] [--threads 1]

Bare decoding reads every frame of a clip and converts none. Repetitions alternate; the fastest one counts.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from fas import assets
from fas.config import Runtime
from fas.faces.frames import Capture, FramesWorker
from fas.faces.params import FramesParams
from fas.media import select_frames

SETTINGS = {
    "default (8 frames, 12 pairs)": FramesParams(),
    "no propagation": FramesParams(propagate=False),
    "with native crops": FramesParams(views=["aligned", "native"]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("videos", nargs="*", type=Path)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for video in options.videos or [assets.find("talking_face")]:
            report(video, Path(folder), Runtime(options.device, options.threads), options.repeat)


def report(video: Path, out: Path, runtime: Runtime, repeat: int) -> None:
    count = 0

    def decode() -> None:
        nonlocal count
        count = select_frames(video, lambda total: ())[0]

    jobs: dict[str, Callable[[], None]] = {"bare decoding": decode}
    for name, params in SETTINGS.items():
        jobs[name] = work(FramesWorker(params), video, out / name, runtime)
    seconds = {name: float("inf") for name in jobs}
    for _ in range(repeat + 1):  # the first one also warms up
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    print(f"{video.name}: {count} frames, {runtime.threads} thread(s), {runtime.device}")
    print(f"{'':32}{'ms/clip':>9}{'ratio':>7}{'kB':>8}")
    for name in jobs:
        size = sum(file.stat().st_size for file in (out / name).glob("*.npz")) / 1e3
        print(f"{name:32}{1e3 * seconds[name]:9.1f}{seconds[name] / seconds['bare decoding']:7.2f}{size:8.0f}")


def work(worker: FramesWorker, video: Path, out: Path, runtime: Runtime) -> Callable[[], None]:
    worker.setup(runtime)
    return lambda: worker.work(Capture(video, video.name), out, out / "scratch")


if __name__ == "__main__":
    main()
