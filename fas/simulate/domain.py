"""What a simulated domain consists of: cameras, lights, instruments and people. `domains.py` holds the data.

Lengths are scene pixels (the scene raster has twice the camera's resolution), levels are grey levels of 0..255,
colours and gains are RGB.
"""

from dataclasses import dataclass
from typing import Literal

RGB = tuple[float, float, float]
Range = tuple[float, float]
NEUTRAL: RGB = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Camera:
    """A camera, its processing and the file it writes (`format`: see video.py). `blur` (sd) is drawn anew for every clip.

    `white` are the gains of its white balance and `white_error` their sd from clip to clip; `contrast` is the sd of grey levels in the
    face that it aims at.
    """

    name: str
    format: str
    size: tuple[int, int] = (320, 240)
    blur: Range = (0.3, 1.6)
    noise: float = 2.5
    sharpening: float = 0.3
    white: RGB = NEUTRAL
    white_error: float = 0.025
    saturation: float = 1.0
    contrast: float = 38.0


@dataclass(frozen=True)
class Light:
    """A lamp: the direction that it comes from (x to the right, y downwards) and how much it shades."""

    name: str
    x: float
    y: float
    strength: float


@dataclass(frozen=True)
class Instrument:
    """A presentation attack instrument: what it does to a picture, and how it is held.

    `black` and `white` are the levels that the medium reaches; `moving`: it carries the live motion (a video replay);
    `hand`: 0 on a stand, 1 in the hand, None: the capture's support decides; `bend`: how far a sheet is bent, in tens of scene pixels;
    `cut`: eye holes with a live person's eyes behind.
    """

    name: str
    kind: Literal["print", "screen"]
    period: float
    pattern: float
    softness: float
    saturation: float
    black: float
    white: float
    cast: RGB = NEUTRAL
    glare: float = 12.0
    grain: float = 0.0
    band: float = 0.0
    moving: bool = False
    hand: float | None = 0.0
    bend: float = 0.0
    cut: bool = False


@dataclass(frozen=True)
class Person:
    """A person's part: the official split and number, and the only camera of a person who has one (an index)."""

    split: Literal["train", "dev", "test"]
    number: int
    camera: int = 0


@dataclass(frozen=True)
class Domain:
    """One dataset. `first` is its first person's number among ORL's forty.

    `cycle` and `light_cycle` are the orders in which captures take the cameras and the lights; without a `cycle` a person's own is used.
    """

    dataset: str
    adapter: str
    first: int
    people: tuple[Person, ...]
    cameras: tuple[Camera, ...]
    lights: tuple[Light, ...]
    instruments: tuple[Instrument, ...] = ()
    cycle: tuple[int, ...] = ()
    light_cycle: tuple[int, ...] = (0,)
    background: Literal["plain", "complex"] = "complex"
    face_width: Range = (190.0, 225.0)
    shake: float = 0.0

    def camera(self, name: str) -> Camera:
        """The camera called `name`, which must be one of its own."""
        return next(camera for camera in self.cameras if camera.name == name)

    def light(self, name: str) -> Light:
        """The light called `name`, which must be one of its own."""
        return next(light for light in self.lights if light.name == name)

    def instrument(self, name: str) -> Instrument:
        """The instrument called `name`, which must be one of its own."""
        return next(instrument for instrument in self.instruments if instrument.name == name)
