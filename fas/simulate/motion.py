"""How heads and instruments move: smooth random paths, one value per frame."""

from dataclasses import dataclass

import numpy as np

LOOKS = 3  # pictures of a person between which a head changes


@dataclass(frozen=True)
class HeadPath:
    """A head over time; every array is (F,).

    `look` runs through 0 <= look < 3 from one picture of the person to the next; `yaw` and `pitch` are shifts of the nearest point in
    canvas pixels; `x`, `y` canvas pixels; `scale` a factor; `roll` degrees; `blink` 0 (open) .. 1 (closed).
    """

    look: np.ndarray
    yaw: np.ndarray
    pitch: np.ndarray
    x: np.ndarray
    y: np.ndarray
    scale: np.ndarray
    roll: np.ndarray
    blink: np.ndarray


def wander(rng: np.random.Generator, frames: int, fps: float, size: float, band: tuple[float, float] = (0.15, 0.9)) -> np.ndarray:
    """(F,) a sum of three sines of frequencies in `band` (Hz), within about +-`size`."""
    time = np.arange(frames) / fps
    waves = [rng.uniform(0.4, 1.0) * np.sin(2 * np.pi * (rng.uniform(*band) * time + rng.uniform())) for _ in range(3)]
    return size * np.sum(waves, axis=0) / 3


def live_head(rng: np.random.Generator, frames: int, fps: float, amount: float) -> HeadPath:
    """A living head that moves by `amount` (0 = it only blinks)."""
    look = rng.uniform(0, LOOKS) + np.arange(frames) / fps * rng.uniform(0.7, 1.3) * amount
    return HeadPath(
        look=look % LOOKS,
        yaw=wander(rng, frames, fps, 7 * amount),
        pitch=wander(rng, frames, fps, 5 * amount),
        x=wander(rng, frames, fps, 4.5 * amount),
        y=wander(rng, frames, fps, 3 * amount),
        scale=1 + wander(rng, frames, fps, 0.02 * amount),
        roll=wander(rng, frames, fps, 2.5 * amount),
        blink=_blinks(rng, frames, fps),
    )


def still_head(rng: np.random.Generator, frames: int) -> HeadPath:
    """The head in a photograph."""
    zero = np.zeros(frames)
    look = np.full(frames, float(rng.integers(LOOKS)))
    yaw, pitch = np.full(frames, rng.uniform(-4, 4)), np.full(frames, rng.uniform(-3, 3))
    return HeadPath(look, yaw, pitch, zero, zero, zero + 1, np.full(frames, rng.uniform(-2, 2)), zero)


def _blinks(rng: np.random.Generator, frames: int, fps: float) -> np.ndarray:
    """(F,) one or two closures of the eyes, each of about a fifth of a second."""
    width = max(1.0, 0.1 * fps)
    centres = rng.integers(0, frames, size=rng.integers(1, 3))
    return np.max([np.exp(-(((np.arange(frames) - centre) / width) ** 2)) for centre in centres], axis=0)


def camera_view(rng: np.random.Generator, frames: int, fps: float, size: tuple[int, int], shake: float) -> np.ndarray:
    """(F,3,3) how a camera looks at a scene of `size`: slightly tilted, and shaken by about `shake` pixels when held in the hand."""
    roll, scale = np.full(frames, rng.uniform(-1.5, 1.5)), np.full(frames, rng.uniform(0.98, 1.04))
    move = [wander(rng, frames, fps, 2 * shake, (0.5, 4.0)) for _ in range(2)]
    return _views(size, roll=roll, scale=scale, move=move, tilt=[np.zeros(frames), np.zeros(frames)])


def sheet_view(rng: np.random.Generator, frames: int, fps: float, size: tuple[int, int], hand: float) -> np.ndarray:
    """(F,3,3) how an instrument lies before the camera: a homography, fixed (`hand` 0) or moved by a hand (1)."""
    roll = rng.uniform(-2, 2) + wander(rng, frames, fps, 1.6 * hand)
    scale = rng.uniform(0.94, 1.08) * (1 + wander(rng, frames, fps, 0.02 * hand))
    slow, tremor = (0.2, 1.5), (2.0, 6.0)
    x = wander(rng, frames, fps, 6.0 * hand, slow) + wander(rng, frames, fps, 1.2 * hand, tremor)
    y = wander(rng, frames, fps, 5.0 * hand, slow) + wander(rng, frames, fps, 1.2 * hand, tremor)
    tilt = [rng.uniform(-4e-5, 4e-5) + wander(rng, frames, fps, 8e-5 * hand) for _ in range(2)]
    return _views(size, roll=roll, scale=scale, move=[x, y], tilt=tilt)


def _views(size: tuple[int, int], *, roll: np.ndarray, scale: np.ndarray, move: list[np.ndarray], tilt: list[np.ndarray]) -> np.ndarray:
    """(F,3,3) homographies about the centre of a picture of `size` (width, height); `roll` in degrees."""
    centre = np.eye(3)
    centre[:2, 2] = -size[0] / 2, -size[1] / 2
    views = np.tile(np.eye(3), (len(roll), 1, 1))
    angle = np.deg2rad(roll)
    views[:, 0, 0], views[:, 0, 1] = scale * np.cos(angle), scale * np.sin(angle)
    views[:, 1, 0], views[:, 1, 1] = -scale * np.sin(angle), scale * np.cos(angle)
    views[:, 0, 2], views[:, 1, 2] = move
    views[:, 2, 0], views[:, 2, 1] = tilt
    return np.linalg.inv(centre) @ views @ centre
