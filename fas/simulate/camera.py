"""The camera: lens, sensor and processing, the same for live people and attacks."""

import cv2
import numpy as np

from fas.simulate.domain import Camera
from fas.simulate.params import LookParams

_LEVEL = 115.0  # mean grey level of the face that the exposure aims at
_SHIFTS = 64  # distinct crops, along each side, of one field of noise


class CameraModel:
    """One camera in one clip. Exposure and contrast are set on the face in the first frame and kept."""

    def __init__(self, camera: Camera, look: LookParams, rng: np.random.Generator) -> None:
        self.camera, self.look, self.rng = camera, look, rng
        width, height = camera.size
        self.blur = rng.uniform(*camera.blur)
        self.noise = camera.noise * rng.uniform(0.8, 1.2)
        self.sharpening = camera.sharpening * rng.uniform(0.5, 1.5)
        self.level = _LEVEL * rng.uniform(0.85, 1.15)
        self.contrast = rng.uniform(0.85, 1.15)
        self.saturation = camera.saturation * rng.uniform(0.8, 1.2)
        self.gains = np.array(camera.white) * rng.normal(1, camera.white_error, 3)
        self.vignette = _vignette(width, height)
        self.field = rng.normal(size=(height + _SHIFTS, width + _SHIFTS, 3)).astype(np.float32)
        self.colours: np.ndarray | None = None

    def focus(self, scene: np.ndarray) -> np.ndarray:
        """(h,w,3) float32 RGB on the sensor, of a (2h,2w,3) uint8 scene."""
        image = cv2.GaussianBlur(scene, (0, 0), self.blur)
        return cv2.resize(image, self.camera.size, interpolation=cv2.INTER_AREA) * self.vignette

    def develop(self, image: np.ndarray, face: np.ndarray) -> np.ndarray:
        """(h,w,3) uint8 RGB: what the camera makes of it. `face`: x1, y1, x2, y2 in camera pixels, for the exposure."""
        if self.colours is None:
            self.colours = self._settings(_inside(image, face, 0.0), _inside(image, face, 0.25))
        image = np.asarray(cv2.transform(image, self.colours), np.float32)
        image = image + self._grain() * (self.noise * np.sqrt(0.35 + 0.65 * np.clip(image, 0, 255) / 128))
        image = image + self.sharpening * (image - cv2.GaussianBlur(image, (0, 0), 1.0))
        return np.clip(image, 0, 255).astype(np.uint8)

    def _settings(self, face: np.ndarray, middle: np.ndarray) -> np.ndarray:
        """(3,4) affine map of RGB: exposure, white balance, contrast (partly normalised) and saturation."""
        exposure = self.level / max(float(face.mean()), 20.0)
        spread = max(float(middle.mean(axis=2).std()) * exposure, 5.0)
        contrast = self.contrast * np.clip((self.camera.contrast / spread) ** self.look.contrast_control, 0.6, 1.8)
        mix = self.saturation * np.eye(3) + (1 - self.saturation) / 3
        matrix = mix * (contrast * exposure * self.gains)[None, :]
        return np.column_stack([matrix, np.full(3, self.level * (1 - contrast))]).astype(np.float32)

    def _grain(self) -> np.ndarray:
        width, height = self.camera.size
        x, y = self.rng.integers(0, _SHIFTS, 2)
        return self.field[y : y + height, x : x + width]


def _vignette(width: int, height: int) -> np.ndarray:
    """(h,w,1) gain that falls towards the corners."""
    x, y = np.meshgrid(np.arange(width) / width - 0.5, np.arange(height) / height - 0.5)
    return (1 - 0.2 * 2 * (x**2 + y**2))[..., None].astype(np.float32)


def _inside(image: np.ndarray, face: np.ndarray, margin: float) -> np.ndarray:
    """The face's box without a `margin` (a share of its sides) all round, inside the picture."""
    x1, y1, x2, y2 = face
    x, y = margin * (x2 - x1), margin * (y2 - y1)
    return image[max(int(y1 + y), 0) : int(y2 - y), max(int(x1 + x), 0) : int(x2 - x)]
