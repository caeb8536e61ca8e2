"""The geometry of a capture, without any pixels: where the head and the instrument are in every frame.

The renderer paints it and the side files report it, so both say the same.
"""

from dataclasses import dataclass

import numpy as np

from fas.simulate import canvas
from fas.simulate.catalog import NO_FACE, Capture
from fas.simulate.domains import DOMAINS
from fas.simulate.motion import HeadPath, camera_view, live_head, sheet_view, still_head, wander
from fas.simulate.params import SimulateParams
from fas.simulate.streams import stream

OVERSAMPLING = 2  # scene pixels per camera pixel


@dataclass(frozen=True)
class Bend:
    """How a bent sheet displaces its picture: `amount` (F,) in tens of scene pixels, and two half waves over the sheet."""

    amount: np.ndarray
    waves: tuple[float, float]
    phase: float

    def shift(self, x: np.ndarray, y: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """For amount 1: where to look, relative to (x, y), in a flat picture of `size`."""
        along = 8 * np.sin(y / size[1] * np.pi * self.waves[0])
        across = 10 * np.sin(x / size[0] * np.pi * self.waves[1] + self.phase)
        return along, across


@dataclass(frozen=True)
class Take:
    """`size` of the scene raster (width, height); `zoom` scene pixels per canvas pixel; `centre` of the head at rest (scene pixels);
    `head`, its path (for a photograph: still); `view` (F,3,3) from the scene, or the instrument's plane, to what the camera sees."""

    size: tuple[int, int]
    zoom: float
    centre: tuple[float, float]
    head: HeadPath
    view: np.ndarray
    bend: Bend | None = None

    def head_matrix(self, frame: int) -> np.ndarray:
        """(2,3) from the canvas to the scene."""
        return self.matrix(self.head, frame)

    def matrix(self, head: HeadPath, frame: int) -> np.ndarray:
        """(2,3) from the canvas to the scene, for a head on this take's place."""
        angle, scale = np.deg2rad(head.roll[frame]), self.zoom * head.scale[frame]
        turn = scale * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        place = np.add(self.centre, (self.zoom * head.x[frame], self.zoom * head.y[frame]))
        return np.column_stack([turn, place - turn @ canvas.CENTRE])

    def points(self, frame: int, points: np.ndarray) -> np.ndarray:
        """(N,2) points of the canvas in pixels of the upright video frame."""
        near = canvas.depth(points[:, 0], points[:, 1])
        moved = points + near[:, None] * (self.head.yaw[frame], self.head.pitch[frame])
        matrix = self.head_matrix(frame)
        scene = moved @ matrix[:, :2].T + matrix[:, 2]
        if self.bend is not None:
            scene = scene - self.bend.amount[frame] * np.column_stack(self.bend.shift(scene[:, 0], scene[:, 1], self.size))
        seen = np.column_stack([scene, np.ones(len(scene))]) @ self.view[frame].T
        return (seen[:, :2] / seen[:, 2:] + 0.5) / OVERSAMPLING - 0.5

    def landmarks(self) -> np.ndarray:
        """(F,5,2) right eye, left eye, nose, mouth corners, in pixels of the upright frame."""
        return np.stack([self.points(frame, canvas.LANDMARKS) for frame in range(len(self.view))])

    def boxes(self) -> np.ndarray:
        """(F,4) x1, y1, x2, y2 of the face in pixels of the upright frame."""
        x1, y1, x2, y2 = canvas.FACE_BOX
        corners = np.array([[x1, y1], [x2, y1], [x1, y2], [x2, y2]])
        seen = np.stack([self.points(frame, corners) for frame in range(len(self.view))])
        return np.concatenate([seen.min(axis=1), seen.max(axis=1)], axis=1)


def plan(params: SimulateParams, capture: Capture) -> Take:
    """The geometry of one capture."""
    domain = DOMAINS[capture.dataset]
    rng = stream(params.seed, capture.dataset, capture.clip, "take")
    width, height = (OVERSAMPLING * side for side in domain.camera(capture.camera).size)
    size, frames, fps = (width, height), params.frames, params.fps
    zoom = rng.uniform(*domain.face_width) / (2 * canvas.RADII[0])
    centre = (width * rng.uniform(0.45, 0.55), height * rng.uniform(0.45, 0.51))
    moving, hand, bend = True, 0.0, 0.0
    if capture.instrument:
        instrument = domain.instrument(capture.instrument)
        moving, bend = instrument.moving, instrument.bend
        hand = float(capture.support == "hand") if instrument.hand is None else instrument.hand
    head = live_head(rng, frames, fps, liveliness(params, capture.person)) if moving else still_head(rng, frames)
    view = camera_view(rng, frames, fps, size, domain.shake)
    if capture.instrument:
        view = view @ sheet_view(rng, frames, fps, size, hand)
    return Take(size, zoom, centre, head, view, _bend(rng, frames, fps, bend) if bend else None)


def _bend(rng: np.random.Generator, frames: int, fps: float, amount: float) -> Bend:
    change = rng.uniform(0.6, 1.4) + wander(rng, frames, fps, 0.7, (0.2, 1.0))
    return Bend(amount * change, (rng.uniform(0.7, 1.3), rng.uniform(0.7, 1.3)), rng.uniform(-0.5, 0.5))


def liveliness(params: SimulateParams, person: int) -> float:
    """How much a person moves, the same in all captures: some hardly do."""
    rng = stream(params.seed, "person", person, "motion")
    return rng.uniform(0.05, 0.2) if rng.uniform() < params.look.still else rng.uniform(0.5, 1.1)


def has_face(capture: Capture) -> bool:
    """Whether a face is to be seen in it: not in a capture where its absence was planted."""
    return capture.planted != NO_FACE
