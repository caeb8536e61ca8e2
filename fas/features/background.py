"""The face's own region of an aligned picture: outside it, a cue maker's residual can be made zero (paper 001, table 4, the row DFG†).

The paper masks with a BiSeNet's parsing. That needs a network of the user's (`background: parsing`); without one, `background: landmarks`
takes an ellipse that the five landmarks give.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from fas.assets import own
from fas.config import Runtime
from fas.errors import UserError
from fas.faces.align import TEMPLATE, similarity
from fas.features.params import ParsingParams, ResidualsParams

# The ellipse, in units of the distance d from the middle of the eyes to the middle of the mouth: it begins at the hairline (0.95 d above
# the eyes), ends at the chin (0.55 d below the mouth), and is as wide as a face is at the eyes (2.2 times their distance from each other,
# at least 1.6 d, for a turned head's eyes come close).
CENTRE, HALF_HEIGHT = 0.3, 1.25
HALF_WIDTH_EYES, HALF_WIDTH = 1.1, 0.8
_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

Masks = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(F,S,S,3) uint8 faces and (F,5,2) landmarks in pixels of the frame they were found in -> (F,S,S) bool: what is face."""


def masks(params: ResidualsParams, runtime: Runtime) -> Masks | None:
    """What `params.background` asks for; None where nothing is masked.

    Raises:
        UserError: a parsing network is asked for and missing, or is another one.
    """
    if params.background == "landmarks":
        return lambda faces, landmarks: np.stack([ellipse(points, faces.shape[1]) for points in landmarks])
    if params.background == "parsing":
        parser = Parser(params.parsing, runtime)
        return lambda faces, landmarks: np.stack([parser(face) for face in faces])
    return None


def ellipse(landmarks: np.ndarray, size: int) -> np.ndarray:
    """The face's region (size,size) bool of the aligned picture of a face with these landmarks (5,2): eyes, nose, mouth corners."""
    matrix = similarity(np.asarray(landmarks, np.float64), TEMPLATE * size)
    points = np.asarray(landmarks, np.float64) @ matrix[:, :2].T + matrix[:, 2]
    eyes, mouth = points[:2].mean(axis=0), points[3:].mean(axis=0)
    length = float(np.hypot(*(mouth - eyes)))
    down = (mouth - eyes) / length
    across = np.array([-down[1], down[0]])
    half_width = max(HALF_WIDTH_EYES * float(np.hypot(*(points[1] - points[0]))), HALF_WIDTH * length)
    y, x = np.mgrid[:size, :size]
    places = np.stack([x, y], axis=-1) - (eyes + CENTRE * (mouth - eyes))
    return (places @ across / half_width) ** 2 + (places @ down / (HALF_HEIGHT * length)) ** 2 <= 1


class Parser:
    """A face parser from the user's file: `.onnx`, or TorchScript otherwise. One picture at a time, so that no mask depends on others."""

    def __init__(self, params: ParsingParams, runtime: Runtime) -> None:
        self.params = params
        path = _weights(params, runtime)
        self._scores = _onnx(path, runtime.threads) if path.suffix == ".onnx" else _torchscript(path)

    def __call__(self, face: np.ndarray) -> np.ndarray:
        """The face's region (S,S) bool of a picture (S,S,3) uint8 RGB.

        Raises:
            UserError: the network gives no scores per class and place.
        """
        picture = cv2.resize(face, (self.params.size, self.params.size), interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
        scores = self._scores(((picture - _MEAN) / _STD).astype(np.float32).transpose(2, 0, 1)[None])
        if scores.ndim != 4 or len(scores) != 1:
            name, shape = self.params.weights, scores.shape
            raise UserError(f"weights '{name}': not a face parser: its output has shape {shape}, not (1, classes, h, w)")
        region = np.isin(scores[0].argmax(axis=0), self.params.face).astype(np.uint8)
        return cv2.resize(region, face.shape[1::-1], interpolation=cv2.INTER_NEAREST).astype(bool)


def _weights(params: ParsingParams, runtime: Runtime) -> Path:
    if not params.weights or not params.sha256:
        raise UserError(
            "params.yaml: residuals.parsing: `background: parsing` needs weights (a name in fas.toml [weights]) and their sha256"
        )
    return own(params.weights, dict(runtime.weights), params.sha256)


def _onnx(path: Path, threads: int) -> Callable[[np.ndarray], np.ndarray]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.use_deterministic_compute = True
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common class
        raise UserError(f"{path}: not an ONNX file: {' '.join(str(error).split())[:200]}") from None
    name = session.get_inputs()[0].name
    return lambda picture: session.run(None, {name: picture})[0]


def _torchscript(path: Path) -> Callable[[np.ndarray], np.ndarray]:
    import torch

    try:
        network = torch.jit.load(path, map_location="cpu").eval()
    except RuntimeError as error:
        raise UserError(f"{path}: neither ONNX (.onnx) nor TorchScript: {' '.join(str(error).split())[:200]}") from None

    def scores(picture: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            output = network(torch.from_numpy(picture))
        return np.asarray((output[0] if isinstance(output, list | tuple) else output).float().numpy())

    return scores
