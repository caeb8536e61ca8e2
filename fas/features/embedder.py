"""A face recogniser as ONNX: unit-norm embeddings, and the feature map that they are pooled from."""

from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import DecodeError
from insightface.model_zoo import get_model
from insightface.utils.face_align import arcface_dst
from onnx import ModelProto

from fas.errors import UserError
from fas.faces.align import TEMPLATE, similarity
from fas.features.onnx_graph import expose_map, fold_constants, normalises_itself

SIZE = 112


class Embedder:
    """Runs any ArcFace-style ONNX, one picture at a time, so that no result depends on its neighbours.

    Raises:
        UserError: the file is no ONNX, or insightface does not take it for a face recogniser.
    """

    def __init__(self, path: Path, threads: int = 1) -> None:
        try:
            model = fold_constants(onnx.load(path))
        except DecodeError:
            raise UserError(f"{path}: not an ONNX file") from None
        options = _options(threads)
        self.mean, self.std = _normalisation(model, path, options)
        exposed, map_name = expose_map(model)
        self.session = onnxruntime.InferenceSession(exposed.SerializeToString(), options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.outputs = [model.graph.output[0].name, map_name]

    def __call__(self, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Embeddings (F,D) float32 of unit norm and maps (F,T,C) float16, positions row by row, of faces (F,112,112,3) uint8 RGB."""
        results = [self._one(face) for face in faces]
        return np.stack([embedding for embedding, _ in results]), np.stack([tokens for _, tokens in results])

    def _one(self, face: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        picture = (face.astype(np.float32) - self.mean) / self.std
        embedding, feature_map = self.session.run(self.outputs, {self.input: picture.transpose(2, 0, 1)[None]})
        vector = embedding.ravel().astype(np.float64)
        tokens = feature_map[0].reshape(feature_map.shape[1], -1).T
        return (vector / np.linalg.norm(vector)).astype(np.float32), tokens.astype(np.float16)


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _normalisation(model: ModelProto, path: Path, options: onnxruntime.SessionOptions) -> tuple[float, float]:
    """The mean and standard deviation that insightface takes off the picture for this model.

    insightface tells models that normalise themselves from others by their nodes' names and places. Where it is mistaken, the picture
    would be normalised twice and the vectors be wrong without any error; so its verdict is compared with the graph.
    """
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        onnx.save(model, file)
        recogniser = get_model(str(file), providers=["CPUExecutionProvider"], sess_options=options)
    if getattr(recogniser, "taskname", "") != "recognition" or tuple(recogniser.input_size) != (SIZE, SIZE):
        raise UserError(f"{path}: not a face recogniser for {SIZE} x {SIZE} pixels")
    mean, std = float(recogniser.input_mean), float(recogniser.input_std)
    if normalises_itself(model) != ((mean, std) == (0.0, 1.0)):
        raise UserError(f"{path}: insightface would normalise its input wrongly (mean {mean}, std {std})")
    return mean, std


def to_template(aligned: np.ndarray) -> np.ndarray:
    """Aligned faces (F,S,S,3) uint8 warped onto insightface's template: (F,112,112,3) uint8.

    What lies beyond the aligned picture (the forehead) is black, as recognisers saw it in training; a repeated border makes them worse.
    """
    matrix = similarity(TEMPLATE * aligned.shape[1], arcface_dst.astype(np.float64))
    return np.stack([cv2.warpAffine(face, matrix, (SIZE, SIZE), borderValue=0) for face in aligned])


def shrink(aligned: np.ndarray) -> np.ndarray:
    """Aligned faces (F,S,S,3) uint8 resized as they are, bilinearly: (F,112,112,3) uint8 (paper 001)."""
    return np.stack([cv2.resize(face, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR) for face in aligned])
