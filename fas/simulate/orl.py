"""The people: real faces of the ORL database (credit: AT&T Laboratories Cambridge), brought onto the canvas.

`orl_landmarks.csv` holds five points of each picture as MTCNN finds them (orl_landmarks.py); two of the 400 have no face that it finds.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

import cv2
import numpy as np
import pandas as pd
import xxhash

from fas.assets import INSTALL, orl_folder
from fas.errors import UserError
from fas.files import digest_file
from fas.simulate import canvas
from fas.simulate.streams import stream

SHOTS = 5  # the most frontal pictures of a person
_TABLE = "orl_landmarks.csv"


@dataclass(frozen=True, eq=False)
class FacePictures:
    """A person. `shots`: (5,224,192) float32 grey levels on the canvas, most frontal first; `tint`: (3,) RGB gains of the skin;
    `pores`: (224,192) grey levels of the skin's fine structure; `skin`: grey level of the cheeks."""

    shots: np.ndarray
    tint: np.ndarray
    pores: np.ndarray
    skin: float


@cache
def digest() -> str:
    """Digest of all that the people are made of: the pictures and their landmarks."""
    root = orl_folder()
    state = xxhash.xxh3_128(files("fas.simulate").joinpath(_TABLE).read_bytes())
    for subject in range(1, 41):
        for shot in range(1, 11):
            state.update(digest_file(root / f"s{subject}" / f"{shot}.pgm").encode())
    return state.hexdigest()


@cache
def landmarks() -> dict[tuple[int, int], np.ndarray]:
    """(5,2) pixels by (subject, shot): right eye, left eye, nose, mouth corners (the person's right first)."""
    with files("fas.simulate").joinpath(_TABLE).open(encoding="utf-8") as file:
        table = pd.read_csv(file)
    points = table.iloc[:, 2:].to_numpy(float).reshape(-1, 5, 2)
    return {(int(row.subject), int(row.shot)): points[i] for i, row in enumerate(table.itertuples())}


def picture(person: int, shot: int) -> np.ndarray:
    """(112,92) uint8: an ORL picture.

    Raises:
        UserError: it is not installed, or cannot be read.
    """
    path = orl_folder() / f"s{person}" / f"{shot}.pgm"
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise UserError(f"{path}: not a readable picture ({INSTALL})")
    return image


@lru_cache(maxsize=4)
def load(person: int, seed: int) -> FacePictures:
    """ORL person 1..40 with a skin drawn from `seed`.

    Raises:
        UserError: the pictures are not installed.
    """
    rng = stream(seed, "person", person, "skin")
    shots = np.stack([_on_canvas(person, shot) for shot in frontal(person)])
    blue = rng.uniform(0.64, 0.78)
    tint = np.array([1.0, 0.5 + 0.5 * blue - rng.uniform(0.01, 0.06), blue], np.float32)
    noise = rng.normal(size=(canvas.HEIGHT, canvas.WIDTH)).astype(np.float32)
    pores = (noise - cv2.GaussianBlur(noise, (0, 0), 1.6)) * np.float32(rng.uniform(6, 9))
    return FacePictures(shots, tint, pores * (canvas.radius2(canvas.X, canvas.Y) < 1), _cheeks(shots[0]))


def frontal(person: int) -> list[int]:
    """The pictures of a person in which the nose lies most nearly midway between the eyes."""
    turn = {shot: _turn(points) for (subject, shot), points in landmarks().items() if subject == person}
    return sorted(turn, key=lambda shot: (turn[shot], shot))[:SHOTS]


def _turn(points: np.ndarray) -> float:
    """How far the head is turned: the nose's distance from the middle of the eyes, in eye distances."""
    return abs(points[2, 0] - points[:2, 0].mean()) / float(np.hypot(*(points[1] - points[0])))


def _cheeks(grey: np.ndarray) -> float:
    return float(np.median(grey[118:142, 66:126]))


def _on_canvas(person: int, shot: int) -> np.ndarray:
    """(224,192) float32: the picture on the canvas; beyond its edges hair above and shaded skin below."""
    image = picture(person, shot)
    matrix = canvas.similarity(landmarks()[person, shot], canvas.LANDMARKS)
    size = (canvas.WIDTH, canvas.HEIGHT)
    grey = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    inside = np.zeros(image.shape, np.float32)
    inside[5:-5, 3:-3] = 1
    within = cv2.GaussianBlur(cv2.warpAffine(inside, matrix, size), (0, 0), 3)
    hair = float(np.clip(np.median(grey[34:48, 80:112]), 15, 140))
    below = np.clip((canvas.Y - 90) / 60, 0, 1)
    return grey * within + (hair + (0.8 * _cheeks(grey) - hair) * below) * (1 - within)
