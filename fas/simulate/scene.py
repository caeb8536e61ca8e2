"""A living person in front of a background: what a camera sees, or what an instrument shows."""

import cv2
import numpy as np

from fas.simulate import canvas
from fas.simulate.head import OUTLINE, Head
from fas.simulate.take import Take


class Scene:
    """Paints frames of the scene raster; `head` None leaves the place empty."""

    def __init__(self, take: Take, head: Head | None, background: str, rng: np.random.Generator) -> None:
        self.take, self.head = take, head
        self.still = _background(rng, take.size, background)
        clothes = np.clip(rng.uniform(20, 180) + rng.normal(0, 30, 3), 0, 255)
        if head is not None:
            _body(self.still, take, clothes, 0.7 * head.pictures.skin * head.pictures.tint)

    def frame(self, index: int) -> np.ndarray:
        """(H,W,3) uint8 RGB."""
        image = self.still.copy()
        if self.head is not None:
            paste(image, self.head.paint(index), OUTLINE, self.take.head_matrix(index))
        return image


def paste(image: np.ndarray, picture: np.ndarray, alpha: np.ndarray, matrix: np.ndarray) -> None:
    """Lay a canvas `picture` with its (224,192) `alpha` over `image`, in place, through the (2,3) `matrix`."""
    corners = np.array([[0, 0], [canvas.WIDTH, 0], [0, canvas.HEIGHT], [canvas.WIDTH, canvas.HEIGHT]]) @ matrix[:, :2].T + matrix[:, 2]
    x0, y0 = np.maximum(corners.min(axis=0), 0).astype(int)
    x1, y1 = np.minimum(corners.max(axis=0) + 1, image.shape[1::-1]).astype(int)
    local = matrix - np.array([[0, 0, x0], [0, 0, y0]])
    size = (int(x1 - x0), int(y1 - y0))
    over = cv2.warpAffine(picture, local, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    weight = cv2.warpAffine(alpha, local, size)
    image[y0:y1, x0:x1] = cv2.blendLinear(image[y0:y1, x0:x1], over, 1 - weight, weight)


def _body(image: np.ndarray, take: Take, clothes: np.ndarray, skin: np.ndarray) -> None:
    """Neck and shoulders, at rest."""
    x, y, k = *take.centre, take.zoom
    _ellipse(image, (x, y + 80 * k), (42 * k, 60 * k), skin)
    _ellipse(image, (x, y + 215 * k), (125 * k, 100 * k), clothes)


def _ellipse(image: np.ndarray, centre: tuple[float, float], radii: tuple[float, float], colour: np.ndarray) -> None:
    middle, axes = [int(v) for v in centre], [int(v) for v in radii]
    cv2.ellipse(image, middle, axes, 0, 0, 360, [float(v) for v in colour], -1, cv2.LINE_AA)


def _background(rng: np.random.Generator, size: tuple[int, int], kind: str) -> np.ndarray:
    """(H,W,3) uint8: a wall with a gradient, `complex` with boxes on it, and a little texture."""
    width, height = size
    wall = np.full((height, width, 3), rng.uniform(70, 190) + rng.normal(0, 14, 3), np.float32)
    wall += np.linspace(-1, 1, width, dtype=np.float32)[None, :, None] * np.float32(rng.uniform(-35, 35))
    for _ in range(rng.integers(4, 9) if kind == "complex" else 0):
        x, y = int(rng.integers(-50, width)), int(rng.integers(-50, height))
        w, h = int(rng.integers(40, width // 2)), int(rng.integers(40, height // 2))
        colour = np.clip(rng.uniform(30, 230) + rng.normal(0, 28, 3), 0, 255)
        cv2.rectangle(wall, (x, y), (x + w, y + h), [float(v) for v in colour], -1)
    coarse = cv2.resize(rng.normal(size=(height // 8, width // 8)).astype(np.float32), size)
    fine = rng.normal(size=(height, width)).astype(np.float32)
    return np.clip(cv2.GaussianBlur(wall, (0, 0), 2) + (6 * coarse + 2.5 * fine)[..., None], 0, 255).astype(np.uint8)
