"""MTCNN face detection and five landmarks (Zhang et al. 2016) in torch, batched over frames, on CPU and GPU.

Same networks, weights and box arithmetic as the `mtcnn` package 1.0.0, so the same faces; no TensorFlow.

    faces = Mtcnn().detect(frames)      # frames (N,H,W,3) uint8 RGB
    face = faces[0].best(confident=0.9)
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from fas.faces.boxes import place, shift, square, suppress
from fas.faces.keras_weights import load_keras
from fas.faces.mtcnn_weights import files, read_arrays
from fas.faces.networks import ONet, PNet, RNet
from fas.faces.params import DetectorParams

CELL, STRIDE = 12, 2  # P-Net's field of view and step, in pixels of the pyramid's level
_CROPS = 512  # crops that R-Net or O-Net take at once


@dataclass(frozen=True)
class Face:
    """One face: box (4,) x1, y1, x2, y2 and landmarks (5,2): eyes, nose, mouth corners, image left first. Pixels, float64."""

    box: np.ndarray
    probability: float
    landmarks: np.ndarray


@dataclass(frozen=True)
class Faces:
    """The n faces of one frame, most probable first: boxes (n,4), probability (n,), landmarks (n,5,2)."""

    boxes: np.ndarray
    probability: np.ndarray
    landmarks: np.ndarray

    def __len__(self) -> int:
        return len(self.probability)

    def face(self, index: int) -> Face:
        """The face at a place of these arrays."""
        return Face(self.boxes[index], float(self.probability[index]), self.landmarks[index])

    def best(self, confident: float) -> Face | None:
        """The largest face that is at least `confident`; if none is, the most probable one; None if there is no face."""
        if not len(self):
            return None
        areas = (self.boxes[:, 2:] - self.boxes[:, :2]).prod(axis=1)
        return self.face(int(np.argmax(np.where(self.probability >= confident, areas, -1.0))))


@dataclass
class _Candidates:
    """Boxes (n,4) of a batch, the frame (n,) that each belongs to, and their scores (n,)."""

    boxes: np.ndarray
    frame: np.ndarray
    scores: np.ndarray

    def at(self, index: np.ndarray) -> "_Candidates":
        return _Candidates(self.boxes[index], self.frame[index], self.scores[index])

    def suppressed(self, threshold: float) -> "_Candidates":
        """Non-maximum suppression within each frame."""
        kept = [np.flatnonzero(self.frame == frame) for frame in np.unique(self.frame)]
        kept = [members[suppress(self.boxes[members], self.scores[members], threshold)] for members in kept]
        return self.at(np.concatenate(kept)) if kept else self


class Mtcnn:
    """The three-stage cascade. `weights`: name -> path of weight files that replace the packaged ones.

    Raises:
        UserError: a weight file is missing or is not the expected one.
    """

    def __init__(self, device: str = "cpu", params: DetectorParams | None = None, weights: Mapping[str, str] | None = None) -> None:
        self.params = params or DetectorParams()
        self.device = torch.device(device)
        self.pnet, self.rnet, self.onet = PNet(), RNet(), ONet()
        for network, path in zip((self.pnet, self.rnet, self.onet), files(weights or {}).values(), strict=True):
            load_keras(network, read_arrays(path), path.name)
            network.to(self.device).eval().requires_grad_(False)

    @torch.inference_mode()
    def detect(self, frames: np.ndarray) -> list[Faces]:
        """The faces of every frame. `frames`: (N,H,W,3) uint8 RGB."""
        batch = self.params.batch
        with _exact():
            return [faces for start in range(0, len(frames), batch) for faces in self._cascade(frames[start : start + batch])]

    @torch.inference_mode()
    def refine(self, frames: np.ndarray, boxes: np.ndarray) -> list[Face | None]:
        """The face near one given box in every frame, by R-Net and O-Net alone; None where they see none.

        `frames`: (N,H,W,3) uint8 RGB; `boxes`: (N,4) pixels, for instance where the face was in the frame before.
        """
        start = _Candidates(square(np.asarray(boxes, np.float64)), np.arange(len(frames)), np.ones(len(frames)))
        found = dict.fromkeys(range(len(frames)))
        with _exact():
            tensor = self._tensor(frames)
            landmarks, outputs = self._output(tensor, self._refined(tensor, start))
        for row, frame in enumerate(outputs.frame):
            found[int(frame)] = Face(outputs.boxes[row], float(outputs.scores[row]), landmarks[row])
        return list(found.values())

    def _cascade(self, frames: np.ndarray) -> list[Faces]:
        tensor = self._tensor(frames)
        refined = self._refined(tensor, self._propose(frames)).suppressed(0.7)
        landmarks, outputs = self._output(tensor, _Candidates(square(refined.boxes), refined.frame, refined.scores))
        return [_select(outputs, landmarks, frame) for frame in range(len(frames))]

    def _tensor(self, frames: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(frames)).to(self.device)

    def _propose(self, frames: np.ndarray) -> _Candidates:
        """P-Net's square proposals over the image pyramid."""
        images = [(frame.astype(np.float32) - 127.5) / 128 for frame in frames]
        levels = [self._level(images, scale) for scale in self._scales(*frames.shape[1:3])]
        if not levels:
            return _Candidates(np.empty((0, 4)), np.empty(0, int), np.empty(0))
        joined = _Candidates(*(np.concatenate([getattr(level, name) for level in levels]) for name in ("boxes", "frame", "scores")))
        joined = joined.suppressed(0.7)
        return _Candidates(square(joined.boxes), joined.frame, joined.scores)

    def _scales(self, height: int, width: int) -> list[float]:
        """The pyramid: from the smallest face wanted to where the shorter side is one P-Net cell."""
        side = min(height, width)
        scale = CELL / max(self.params.min_face, self.params.min_face_share * side)
        scales = []
        while int(side * scale) >= CELL:
            scales.append(scale)
            scale *= self.params.factor
        return scales

    def _level(self, images: list[np.ndarray], scale: float) -> _Candidates:
        height, width = images[0].shape[:2]
        size = int(width * scale), int(height * scale)
        level = np.stack([cv2.resize(image, size, interpolation=cv2.INTER_AREA) for image in images])
        offsets, face = self.pnet(torch.from_numpy(level).to(self.device).permute(0, 3, 1, 2))
        frame, y, x = (index.cpu().numpy() for index in torch.nonzero(face > self.params.thresholds[0], as_tuple=True))
        offset = offsets.permute(0, 2, 3, 1).cpu().numpy()[frame, y, x].astype(np.float64)
        scores = face.cpu().numpy()[frame, y, x].astype(np.float64)
        corner = np.stack([x, y], axis=1) * STRIDE
        cells = np.concatenate([corner + 1, corner + CELL], axis=1)  # one-based inclusive corners, as in the original
        return _Candidates((cells + offset * (CELL - 1)) / scale, frame, scores).suppressed(0.5)

    def _refined(self, frames: torch.Tensor, candidates: _Candidates) -> _Candidates:
        """R-Net's boxes that pass its threshold."""
        offsets, scores = self._run(self.rnet, frames, candidates, 24)
        moved = _Candidates(shift(candidates.boxes, offsets), candidates.frame, scores)
        return moved.at(np.flatnonzero(scores > self.params.thresholds[1]))

    def _output(self, frames: torch.Tensor, candidates: _Candidates) -> tuple[np.ndarray, _Candidates]:
        """O-Net's landmarks (n,5,2) and boxes that pass its threshold."""
        offsets, landmarks, scores = self._run(self.onet, frames, candidates, 48)
        kept = np.flatnonzero(scores > self.params.thresholds[2])
        moved = _Candidates(shift(candidates.boxes, offsets), candidates.frame, scores)
        return place(candidates.boxes, landmarks)[kept], moved.at(kept)

    def _run(self, network: torch.nn.Module, frames: torch.Tensor, candidates: _Candidates, side: int) -> list[np.ndarray]:
        """A network's outputs (float64) on the crops of all candidates."""
        parts = []
        for start in range(0, max(len(candidates.frame), 1), _CROPS):
            part = candidates.at(np.arange(len(candidates.frame))[start : start + _CROPS])
            parts.append(network(crop(frames, part.boxes, part.frame, side)))
        return [torch.cat(outputs).cpu().numpy().astype(np.float64) for outputs in zip(*parts, strict=True)]


def _exact() -> AbstractContextManager:
    """Full float32 and fixed algorithms on a GPU, whose default for convolutions is the coarser TF32."""
    return torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)


def _select(outputs: _Candidates, landmarks: np.ndarray, frame: int) -> Faces:
    members = np.flatnonzero(outputs.frame == frame)
    members = members[suppress(outputs.boxes[members], outputs.scores[members], 0.7, over="smaller")]
    return Faces(outputs.boxes[members], outputs.scores[members], landmarks[members])


def crop(frames: torch.Tensor, boxes: np.ndarray, frame: np.ndarray, side: int) -> torch.Tensor:
    """Boxes cut out of frames, bilinearly resized and scaled to MTCNN's input range: (n,3,side,side) float32, zero outside the frame.

    Samples lie where TensorFlow's `crop_and_resize` puts them, which the `mtcnn` package uses: side points from corner to corner,
    in coordinates that shrink by (size - 1) / size. `frames`: (N,H,W,3) uint8; `boxes` (n,4) pixels; `frame` (n,) the frame of each.
    """
    height, width = frames.shape[1:3]
    corners = torch.from_numpy(boxes).to(frames.device)
    steps = torch.linspace(0, 1, side, dtype=torch.float64, device=frames.device)
    x = (corners[:, :1] + steps * (corners[:, 2:3] - corners[:, :1])) * ((width - 1) / width)
    y = (corners[:, 1:2] + steps * (corners[:, 3:] - corners[:, 1:2])) * ((height - 1) / height)
    inside = ((y >= 0) & (y <= height - 1))[:, :, None] & ((x >= 0) & (x <= width - 1))[:, None, :]
    x, y = x.clamp(0, width - 1), y.clamp(0, height - 1)
    left, top = x.long(), y.long()
    right, bottom = (left + 1).clamp(max=width - 1), (top + 1).clamp(max=height - 1)
    across, down = (x - left).float()[:, None, :, None], (y - top).float()[:, :, None, None]
    index = torch.from_numpy(frame).to(frames.device)[:, None, None]

    def row(vertical: torch.Tensor) -> torch.Tensor:
        start = frames[index, vertical[:, :, None], left[:, None, :]].float()
        return torch.lerp(start, frames[index, vertical[:, :, None], right[:, None, :]].float(), across)

    crops = (torch.lerp(row(top), row(bottom), down) - 127.5) / 128
    return (crops * inside[..., None]).permute(0, 3, 1, 2)
