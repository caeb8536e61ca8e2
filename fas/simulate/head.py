"""A head over time, painted on the canvas: changes of expression, turns, blinks, skin colour and the lamp's shading."""

from functools import lru_cache
from typing import Any

import cv2
import numpy as np

from fas.simulate import canvas
from fas.simulate.domain import Light
from fas.simulate.motion import LOOKS, HeadPath
from fas.simulate.orl import SHOTS, FacePictures, load

_INSIDE = canvas.radius2(canvas.X, canvas.Y)
OUTLINE: np.ndarray = cv2.GaussianBlur((_INSIDE < 0.93).astype(np.float32), (0, 0), 3)
EYES = canvas.blob(72, 100, 13, 8) + canvas.blob(120, 100, 13, 8)
_SKIN = np.clip((1.05 - _INSIDE) * 4, 0, 1)
_LIPS = canvas.blob(96, 152, 22, 9)
_DEPTH = canvas.depth(canvas.X, canvas.Y).astype(np.float32)
_CHEEK = 116  # row of smooth skin below the eyes
_LIDS = cv2.GaussianBlur(EYES, (0, 0), 2)
_LASHES = canvas.blob(72, 105, 12, 2) + canvas.blob(120, 105, 12, 2)


class Head:
    """A person's head on its way along `path`; `pores` scales the fine structure of the skin."""

    def __init__(self, person: int, seed: int, path: HeadPath, light: Light, rng: np.random.Generator, *, pores: float = 1.0) -> None:
        self.person, self.seed = person, seed
        self.pictures: FacePictures = load(person, seed)
        self.path = path
        self.looks = rng.permutation(SHOTS)[:LOOKS]
        self.pores = self.pictures.pores * np.float32(pores)
        self.shade = shading(light)

    def paint(self, frame: int) -> np.ndarray:
        """(224,192,3) uint8 RGB: the head on the canvas; outside `OUTLINE` it means nothing."""
        grey = self._expression(float(self.path.look[frame])) + self.pores
        grey = _blink(grey, float(self.path.blink[frame]))
        grey = _turned(grey, float(self.path.yaw[frame]), float(self.path.pitch[frame]))
        skin = np.clip((grey - 45) / 70, 0, 1) * _SKIN
        lit = grey * self.shade
        cool = lit * (1 - 0.18 * _LIPS * skin)
        red, green, blue = (float(gain) for gain in self.pictures.tint)
        channels = [lit * (1 + (red - 1) * skin), cool * (1 + (green - 1) * skin), cool * (1 + (blue - 1) * skin)]
        return np.clip(np.dstack(channels), 0, 255).astype(np.uint8)

    def _expression(self, look: float) -> np.ndarray:
        """Grey levels at `look`: a picture holds a while, then flows into the next one."""
        step = int(look)
        share = np.clip((look - step - 0.35) / 0.5, 0, 1)
        share = float(share * share * (3 - 2 * share))
        start, end = int(self.looks[step]), int(self.looks[(step + 1) % LOOKS])
        first, second = self.pictures.shots[start], self.pictures.shots[end]
        if share == 0:
            return first
        there, back = between(self.person, self.seed, start, end), between(self.person, self.seed, end, start)
        return (1 - share) * _displaced(first, -share * there) + share * _displaced(second, -(1 - share) * back)


def shading(light: Light) -> np.ndarray:
    """(224,192) gain of the lamp on an ellipsoid."""
    right = 0.8 * (canvas.X - canvas.CENTRE[0]) / canvas.RADII[0]
    down = 0.8 * (canvas.Y - canvas.CENTRE[1]) / canvas.RADII[1]
    gain = 1 + light.strength * (right * light.x + down * light.y)
    return np.clip(gain, 0.35, 1.5).astype(np.float32)


@lru_cache(maxsize=64)
def between(person: int, seed: int, start: int, end: int) -> np.ndarray:
    """(224,192,2) smooth optical flow, in pixels, from one picture of a person to another."""
    first, second = (np.clip(load(person, seed).shots[i], 0, 255).astype(np.uint8) for i in (start, end))
    estimator: Any = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return cv2.GaussianBlur(estimator.calc(first, second, None), (0, 0), 3)


def _displaced(image: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """`image` looked up at every pixel plus `shift`."""
    x, y = canvas.X + shift[..., 0], canvas.Y + shift[..., 1]
    return cv2.remap(image, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _turned(grey: np.ndarray, yaw: float, pitch: float) -> np.ndarray:
    return _displaced(grey, np.stack([-yaw * _DEPTH, -pitch * _DEPTH], axis=-1)) if yaw or pitch else grey


def _blink(grey: np.ndarray, closed: float) -> np.ndarray:
    """Lids of the colour of the skin below the eyes come down over them, with a darker line of lashes."""
    if closed < 0.05:
        return grey
    cheek = cv2.GaussianBlur(grey[_CHEEK - 3 : _CHEEK + 4], (0, 0), 3)[3]
    weight = _LIDS * np.clip(2.5 * closed - (canvas.Y - 90) / 16, 0, 1)
    return grey + ((0.95 - 0.3 * _LASHES) * cheek - grey) * weight
