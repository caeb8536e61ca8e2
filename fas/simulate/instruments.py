"""Presentation attack instruments: what printing or showing a picture does to it, and what a sheet of it looks like in every frame."""

import math

import cv2
import numpy as np

from fas.simulate.domain import Instrument
from fas.simulate.head import EYES, Head
from fas.simulate.params import LookParams
from fas.simulate.scene import Scene, paste
from fas.simulate.take import OVERSAMPLING, Take

HEADROOM = 0.6  # a surface is kept in 8 bits; the bright dots of its pattern go beyond white
_SCREEN_ANGLES = (15.0, 75.0, 45.0)  # degrees, of the three inks of a print


class Presentation:
    """An instrument that shows `scene`; `eyes` is the living head behind the holes of a cut print."""

    def __init__(
        self, take: Take, scene: Scene, instrument: Instrument, look: LookParams, rng: np.random.Generator, *, eyes: Head | None = None
    ) -> None:
        self.take, self.scene, self.instrument, self.look, self.eyes = take, scene, instrument, look, eyes
        amplitude = instrument.pattern * look.pattern * rng.uniform(0.8, 1.2)
        paint = pixel_grid if instrument.kind == "screen" else halftone
        self.pattern = np.float32(amplitude) * paint(take.size, instrument.period * rng.uniform(0.95, 1.05), rng)
        self.grain = _grain(rng, take.size) * np.float32(instrument.grain)
        width, height = (side // OVERSAMPLING for side in take.size)
        self.glare = _glare(rng, (width, height)) * np.float32(instrument.glare * rng.uniform(0.3, 1.2))
        self.rows = np.arange(height) / height * rng.uniform(0.3, 1.5) * 4 * np.pi + rng.uniform(0, 2 * np.pi)
        self.printed: np.ndarray | None = None

    def plane(self, frame: int) -> np.ndarray:
        """(H,W,3) uint8: the instrument's surface, darkened by `HEADROOM`, before it is looked at through `take.view`."""
        image = self._surface(frame)
        if self.eyes is not None:
            image = self._with_eyes(image, frame, self.eyes)
        return _bent(image, self.take, frame)

    def lit(self, seen: np.ndarray, frame: int) -> np.ndarray:
        """(h,w,3) float32: what is `seen` of it at the camera's resolution, with the lamp's reflection and a screen's bands."""
        seen = seen / np.float32(HEADROOM) + self.glare
        if self.instrument.band:
            seen *= (1 + self.instrument.band * np.sin(self.rows + 1.7 * frame))[:, None, None].astype(np.float32)
        return seen

    def _surface(self, frame: int) -> np.ndarray:
        if self.instrument.moving:
            return self._transfer(self.scene.frame(frame))
        if self.printed is None:
            self.printed = self._transfer(self.scene.frame(0))
        return self.printed

    def _transfer(self, picture: np.ndarray) -> np.ndarray:
        """(H,W,3) uint8: softness, fading, cast, contrast and pattern of the medium."""
        softness = self.instrument.softness * self.look.softness
        image = cv2.GaussianBlur(picture, (0, 0), softness) if softness > 0.1 else picture
        image = cv2.transform(image, _colours(self.instrument, self.look))
        if self.instrument.kind == "screen":
            return cv2.multiply(image, 1 + self.pattern, scale=HEADROOM, dtype=cv2.CV_8U)
        tone = 1 - np.abs(image / np.float32(127.5) - 1)
        return np.clip(HEADROOM * (image + self.pattern * tone * 64 + self.grain), 0, 255).astype(np.uint8)

    def _with_eyes(self, image: np.ndarray, frame: int, eyes: Head) -> np.ndarray:
        """Cut out the eyes of the print and show living ones; the holes' edges cast a shadow."""
        image = image.copy()
        hole = (EYES > 0.4).astype(np.float32)
        rim = cv2.GaussianBlur(cv2.dilate(hole, np.ones((5, 5))) - hole, (0, 0), 1.0)
        matrix = self.take.head_matrix(frame)
        paste(image, np.zeros((*hole.shape, 3), np.uint8), 0.25 * np.clip(rim, 0, 1), matrix)
        x, y = round(float(eyes.path.x[frame])), round(float(eyes.path.y[frame]))
        behind = 0.9 * HEADROOM * np.roll(eyes.paint(frame), (y, x), axis=(0, 1))
        paste(image, behind.astype(np.uint8), cv2.GaussianBlur(hole, (0, 0), 0.7), matrix)
        return image


def _colours(instrument: Instrument, look: LookParams) -> np.ndarray:
    """(3,4) affine map of RGB: saturation, cast, and the levels between black and white that the medium reaches."""
    saturation = 1 - (1 - instrument.saturation) * look.fading
    mix = saturation * np.eye(3) + (1 - saturation) / 3
    cast = 1 + (np.array(instrument.cast) - 1) * look.cast
    black, white = instrument.black * look.black, 255 - (255 - instrument.white) * look.black
    return np.column_stack([mix * cast[:, None] * (white - black) / 255, np.full(3, black)]).astype(np.float32)


def pixel_grid(size: tuple[int, int], period: float, rng: np.random.Generator) -> np.ndarray:
    """(H,W,3) about -1..1: stripes of red, green and blue, and rows, slightly turned."""
    along, across = _turned_axes(size, rng.uniform(-0.06, 0.06), period)
    rows = 0.5 * np.cos(across)
    return np.dstack([np.cos(along + k * 2 * math.pi / 3) + rows for k in range(3)])


def halftone(size: tuple[int, int], period: float, rng: np.random.Generator) -> np.ndarray:
    """(H,W,3) -1..1: a screen of dots for each ink, at angles that differ."""
    inks = []
    for degrees in _SCREEN_ANGLES:
        along, across = _turned_axes(size, math.radians(degrees + rng.uniform(-3, 3)), period)
        inks.append(np.cos(along) * np.cos(across))
    return np.dstack(inks)


def _turned_axes(size: tuple[int, int], angle: float, period: float) -> tuple[np.ndarray, np.ndarray]:
    """(H,W) float32 phases, 2 pi per `period`, along two axes turned by `angle` (radians)."""
    x, y = _axes(size)
    cosine, sine = 2 * math.pi / period * math.cos(angle), 2 * math.pi / period * math.sin(angle)
    return x * cosine - y * sine, x * sine + y * cosine


def _axes(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    return np.arange(size[0], dtype=np.float32)[None, :], np.arange(size[1], dtype=np.float32)[:, None]


def _grain(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """(H,W,1) the structure of paper."""
    return cv2.GaussianBlur(rng.normal(size=size[::-1]).astype(np.float32), (0, 0), 1.0)[..., None]


def _glare(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """(H,W,1) 0..1: a soft reflection in the upper part."""
    x, y = _axes(size)
    across = (x - rng.uniform(0, 1) * size[0]) / (size[0] * rng.uniform(0.15, 0.35))
    down = (y - rng.uniform(0, 0.6) * size[1]) / (size[1] * rng.uniform(0.15, 0.4))
    return np.exp(-(across**2 + down**2))[..., None].astype(np.float32)


def _bent(image: np.ndarray, take: Take, frame: int) -> np.ndarray:
    if take.bend is None:
        return image
    x, y = _axes(take.size)
    along, across = take.bend.shift(x, y, take.size)
    amount = float(take.bend.amount[frame])
    x, y = np.broadcast_arrays(x + amount * along, y + amount * across)
    return cv2.remap(image, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
