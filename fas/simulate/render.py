"""From a capture to its video file."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np

from fas.config import Runtime
from fas.simulate import orl
from fas.simulate.camera import CameraModel
from fas.simulate.catalog import TRUNCATED, UPSIDE_DOWN, Capture
from fas.simulate.domain import Light
from fas.simulate.domains import DOMAINS
from fas.simulate.head import Head
from fas.simulate.instruments import Presentation
from fas.simulate.motion import live_head
from fas.simulate.params import SimulateParams
from fas.simulate.scene import Scene
from fas.simulate.streams import stream
from fas.simulate.take import has_face, plan
from fas.simulate.video import truncate, write

_BEHIND = Light("behind a print", 0.0, 0.0, 0.0)


def frames(params: SimulateParams, capture: Capture) -> Iterator[np.ndarray]:
    """The upright frames of a capture, (h,w,3) uint8 RGB; they depend on it and on what `SimulateWorker.depends` names."""
    domain = DOMAINS[capture.dataset]
    take = plan(params, capture)
    scene = Scene(take, _head(params, capture) if has_face(capture) else None, domain.background, _stream(params, capture, "scene"))
    shown = _presentation(params, capture, scene) if capture.instrument else None
    camera = CameraModel(domain.camera(capture.camera), params.look, _stream(params, capture, "camera"))
    face = take.boxes()[0]
    for index in range(params.frames):
        image = shown.plane(index) if shown else scene.frame(index)
        image = cv2.warpPerspective(image, take.view[index], take.size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        image = camera.focus(image)
        yield camera.develop(shown.lit(image, index) if shown else image, face)


def _stream(params: SimulateParams, capture: Capture, part: str) -> np.random.Generator:
    return stream(params.seed, capture.dataset, capture.clip, part)


def _head(params: SimulateParams, capture: Capture) -> Head:
    light = DOMAINS[capture.dataset].light(capture.light)
    path = plan(params, capture).head
    return Head(capture.person, params.seed, path, light, _stream(params, capture, "head"), pores=params.look.pores)


def _presentation(params: SimulateParams, capture: Capture, scene: Scene) -> Presentation:
    instrument = DOMAINS[capture.dataset].instrument(capture.instrument)
    rng = _stream(params, capture, "instrument")
    eyes = None
    if instrument.cut and has_face(capture):
        eyes = Head(capture.person, params.seed, live_head(rng, params.frames, params.fps, 0.7), _BEHIND, rng, pores=params.look.pores)
    return Presentation(scene.take, scene, instrument, params.look, rng, eyes=eyes)


class SimulateWorker:
    """Makes one capture's video file. A task is a `Capture`; an item's key needs `Capture.identity()` beside `depends()`."""

    name = "simulate"
    version = 1

    def __init__(self, params: SimulateParams) -> None:
        self.params = params

    def depends(self) -> dict[str, Any]:
        """The parameters that a single capture depends on, and the people's pictures."""
        used = self.params.model_dump(include={"seed", "frames", "fps", "look"})
        return {"params": used, "orl": orl.digest()}

    def setup(self, runtime: Runtime) -> None:
        """Nothing heavy to load; one thread, whatever the runtime says: the unit of parallel work is the capture."""
        cv2.setNumThreads(1)

    def work(self, task: Capture, out: Path, scratch: Path) -> None:
        """Write the capture into `out` under the last part of its path."""
        path = out / PurePosixPath(task.clip).name
        if task.planted == UPSIDE_DOWN:
            write(path, (frame[::-1, ::-1] for frame in frames(self.params, task)), self.params.fps, rotation=180)
        else:
            write(path, frames(self.params, task), self.params.fps)
        if task.planted == TRUNCATED:
            truncate(path)
