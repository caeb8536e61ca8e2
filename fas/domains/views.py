"""What a network is handed of a face: the image, and the residual of the same frame (paper 001, section III-B)."""

from dataclasses import dataclass

import cv2
import numpy as np

from fas.clips import FRAMES, Clip, residuals
from fas.domains.params import DomainParams
from fas.features.cues.faces import resized as at_size
from fas.sampling import ArrayCache, evenly, read_arrays

MEAN = np.array([0.485, 0.456, 0.406], np.float32)  # of ImageNet, RGB in [0, 1]
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32)
EPSILON = 1e-8


@dataclass(frozen=True)
class View:
    """`image` (3,S,S) float32, and `cue` (3,T,T) float32 where the backbone sees one."""

    image: np.ndarray
    cue: np.ndarray | None


@dataclass(frozen=True)
class Face:
    """A frame's face (H,W,3) uint8 and, where a cue is seen, the aligned one and its reconstruction."""

    face: np.ndarray
    aligned: np.ndarray | None
    reconstruction: np.ndarray | None


class Views:
    """Views of clips' frames. With a cue only frames that have a reconstruction are seen, whatever the backbone looks at."""

    def __init__(self, params: DomainParams) -> None:
        self.params = params
        self.cue = params.backbone.cue
        names = dict.fromkeys((params.view.face, *(["aligned"] if self.cue else []), "frame"))
        self.names = tuple(names)
        self._frames = ArrayCache(FRAMES, self.names)
        self._residuals = ArrayCache(residuals(self.cue), ("reconstruction", "frame"))

    def training(self, clip: Clip, random: np.random.Generator) -> View:
        """One of the clip's frames at random, flipped, brightened and contrasted at random: image and residual alike.

        Raises:
            UserError: frames without the face asked for.
        """
        faces = self._frames.read(clip)
        reconstructions = self._residuals.read(clip) if self.cue else None
        numbers = faces["frame"] if reconstructions is None else reconstructions["frame"]
        usable = evenly(len(numbers), self.params.view.frames)
        place = int(usable[random.integers(len(usable))])
        one = _face(self.params, faces, reconstructions, int(numbers[place]))
        view = self.params.view
        flips = random.random(2) < view.flip
        brightness, contrast = random.uniform(-1, 1, 2) * (view.brightness, view.contrast)
        image = flipped(self._resized(one.face), bool(flips[0])).astype(np.float32) / 255
        mean = image.mean()
        image = np.clip(mean + (image - mean) * np.float32(1 + contrast) + np.float32(brightness), 0, 1)
        apart = bool(flips[1]) if view.independent_flips else bool(flips[0])
        return View(normalised(image, view.normalise), self._cue(one, bool(flips[0]), apart))

    def scoring(self, clip: Clip) -> tuple[np.ndarray, list[View]]:
        """Numbers (F,) int32 and views of the frames that are scored; nothing is random.

        Raises:
            UserError: frames without the face asked for.
        """
        faces = read_arrays(clip, FRAMES, self.names)
        reconstructions = read_arrays(clip, residuals(self.cue), ("reconstruction", "frame")) if self.cue else None
        numbers = faces["frame"] if reconstructions is None else reconstructions["frame"]
        chosen = numbers[evenly(len(numbers), self.params.score_frames)].astype(np.int32)
        return chosen, [self._plain(_face(self.params, faces, reconstructions, int(number))) for number in chosen]

    def nearest(self, clip: Clip, number: int) -> View:
        """The view of the frame nearest to `number`, as it is scored."""
        faces = read_arrays(clip, FRAMES, self.names)
        reconstructions = read_arrays(clip, residuals(self.cue), ("reconstruction", "frame")) if self.cue else None
        numbers = faces["frame"] if reconstructions is None else reconstructions["frame"]
        return self._plain(_face(self.params, faces, reconstructions, int(numbers[np.abs(numbers - number).argmin()])))

    def _plain(self, one: Face) -> View:
        image = self._resized(one.face).astype(np.float32) / 255
        return View(normalised(image, self.params.view.normalise), self._cue(one, False, False))

    def _resized(self, face: np.ndarray) -> np.ndarray:
        return resized(face, self.params.backbone.size)

    def _cue(self, one: Face, flip: bool, flip_reconstruction: bool) -> np.ndarray | None:
        """The standardised residual; both flips are the same but in the authors' defect."""
        if not self.params.backbone.sees_cue:
            return None
        assert one.aligned is not None
        assert one.reconstruction is not None
        residual = signed(flipped(one.aligned, flip), flipped(one.reconstruction, flip_reconstruction))
        # in order: torch would take stacked strides of another order for channels last
        return np.ascontiguousarray(standardised(resized(residual, self.params.backbone.cue_side)).transpose(2, 0, 1))


def _face(params: DomainParams, faces: dict[str, np.ndarray], reconstructions: dict[str, np.ndarray] | None, number: int) -> Face:
    place = int((faces["frame"] == number).argmax())
    face = faces[params.view.face][place]
    if reconstructions is None:
        return Face(face, None, None)
    other = int((reconstructions["frame"] == number).argmax())
    return Face(face, faces["aligned"][place], reconstructions["reconstruction"][other])


def signed(face: np.ndarray, reconstruction: np.ndarray) -> np.ndarray:
    """x - x_hat on [-1, 1]: an aligned face (S,S,3) and its reconstruction (s,s,3), uint8 -> (s,s,3) float32 in [-2, 2].

    The face is brought to the size s as cue makers bring it there, so that what is reconstructed without error has no residual.
    """
    return (at_size(face, len(reconstruction)).astype(np.float32) - reconstruction.astype(np.float32)) / np.float32(127.5)


def standardised(residual: np.ndarray) -> np.ndarray:
    """(r - mean) / (deviation + 1e-8), over all pixels and channels of a residual (torch's unbiased deviation): (T,T,3) float32."""
    values = residual.astype(np.float64)
    return ((values - values.mean()) / (values.std(ddof=1) + EPSILON)).astype(np.float32)


def resized(image: np.ndarray, size: int) -> np.ndarray:
    """(H,W,3) -> (size,size,3), of the same type."""
    return image if image.shape[:2] == (size, size) else cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR)


def flipped(image: np.ndarray, flip: bool) -> np.ndarray:
    """The image, mirrored left to right if `flip`."""
    return np.ascontiguousarray(image[:, ::-1]) if flip else image


def normalised(image: np.ndarray, how: str) -> np.ndarray:
    """(S,S,3) in [0, 1] -> (3,S,S) float32: to [-1, 1] (`half`) or by ImageNet's mean and deviation."""
    values = (image - MEAN) / DEVIATION if how == "imagenet" else 2 * image - 1
    return np.ascontiguousarray(values.transpose(2, 0, 1), dtype=np.float32)
