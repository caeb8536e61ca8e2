"""Our MTCNN beside two others on the same frames, in one run: time and agreement.

    python -m benchmarks.bench_mtcnn [VIDEO ...] [--frames 16] [--threads 1]

Compared, where installed: facenet-pytorch 2.6.0 (`pip install --no-deps`; other weights, so its boxes differ a little) and the mtcnn
package (needs TensorFlow; same weights). All look for faces from 20 pixels on, with the same thresholds. Repetitions of all
candidates alternate, so that a busy machine is equally unkind to each; the fastest repetition counts.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import torch

from fas import assets
from fas.faces.mtcnn import Face, Mtcnn
from fas.faces.params import DetectorParams
from fas.faces.track import track
from fas.media import select_frames

THRESHOLDS = [0.6, 0.7, 0.8]
Detect = Callable[[np.ndarray], list[Face | None]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("videos", nargs="*", type=Path)
    parser.add_argument("--frames", type=int, default=16, help="frames of each video")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--scale", type=float, default=1.0, help="enlarge the frames first")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(options.threads)
    for video in options.videos or [assets.find("talking_face")]:
        frames = read(video, options.frames, options.scale)
        print(f"{video.name}: {len(frames)} frames of {frames.shape[2]}x{frames.shape[1]}, {options.threads} thread(s), {options.device}")
        report(candidates(options.device, options.threads), frames, options.repeat)


def read(video: Path, count: int, scale: float) -> np.ndarray:
    _, images = select_frames(video, lambda total: range(0, total, max(total // count, 1))[:count])
    return np.stack([cv2.resize(image, None, fx=scale, fy=scale) if scale != 1 else image for image in images.values()])


def candidates(device: str, threads: int) -> dict[str, Detect]:
    batched = Mtcnn(device, DetectorParams(min_face_share=0.0, batch=16))
    found: dict[str, Detect] = {
        "fas, batched": lambda frames: [faces.best(0.9) for faces in batched.detect(frames)],
        "fas, one by one": lambda frames: [batched.detect(frame[None])[0].best(0.9) for frame in frames],
        "fas, propagated": lambda frames: track(batched, frames),
    }
    if find_spec("facenet_pytorch"):
        found |= facenet(device)
    if find_spec("tensorflow"):
        found |= original(threads)
    return found


def facenet(device: str) -> dict[str, Detect]:
    from facenet_pytorch import MTCNN

    detector = MTCNN(min_face_size=20, thresholds=THRESHOLDS, keep_all=True, device=device, post_process=False)

    def faces(boxes, probabilities, landmarks) -> Face | None:
        if boxes is None:
            return None
        boxes = np.asarray(boxes, float)
        largest = int(np.argmax((boxes[:, 2:] - boxes[:, :2]).prod(axis=1)))
        return Face(boxes[largest], float(probabilities[largest]), np.asarray(landmarks[largest], float))

    def batched(frames: np.ndarray) -> list[Face | None]:
        return [faces(*found) for found in zip(*detector.detect(frames, landmarks=True), strict=True)]

    return {
        "facenet-pytorch, batched": batched,
        "facenet-pytorch, one by one": lambda frames: [faces(*detector.detect(frame, landmarks=True)) for frame in frames],
    }


def original(threads: int) -> dict[str, Detect]:
    import tensorflow as tf
    from mtcnn import MTCNN

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    detector = MTCNN()

    def face(frame: np.ndarray) -> Face | None:
        rows = np.atleast_2d(detector.detect_faces(frame, fit_to_image=False, box_format="xyxy", output_type="numpy"))
        if not len(rows):
            return None
        row = rows[np.argmax((rows[:, 3] - rows[:, 1]) * (rows[:, 4] - rows[:, 2]))]
        return Face(row[1:5], float(row[5]), np.stack([row[6:11], row[11:16]], axis=1))

    return {"mtcnn (TensorFlow), one by one": lambda frames: [face(frame) for frame in frames]}


def report(detectors: Mapping[str, Detect], frames: np.ndarray, repeat: int) -> None:
    results = {name: detect(frames) for name, detect in detectors.items()}  # also warms up
    seconds = dict.fromkeys(detectors, float("inf"))
    for _ in range(repeat):
        for name, detect in detectors.items():
            start = time.perf_counter()
            detect(frames)
            seconds[name] = min(seconds[name], time.perf_counter() - start)
    first = next(iter(detectors))
    print(f"{'':32}{'ms/frame':>9}{'ratio':>7}{'found':>7}{'IoU':>7}{'landmarks, px (max)':>22}")
    for name, faces in results.items():
        both = [(a, b) for a, b in zip(results[first], faces, strict=True) if a and b]
        overlap = np.mean([iou(a.box, b.box) for a, b in both]) if both else np.nan
        errors = [np.abs(a.landmarks - b.landmarks).max() for a, b in both] or [np.nan]
        numbers = (
            f"{1e3 * seconds[name] / len(frames):9.1f}{seconds[name] / seconds[first]:7.2f}{sum(face is not None for face in faces):7d}"
        )
        print(f"{name:32}{numbers}{overlap:7.3f}{np.mean(errors):14.2f} ({max(errors):.2f})")


def iou(a: np.ndarray, b: np.ndarray) -> float:
    shared = np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0).prod()
    return shared / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared)


if __name__ == "__main__":
    main()
