"""The frames stage's work: from a capture to aligned faces, frame pairs and, if wanted, unresampled crops."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fas import assets
from fas.config import Runtime
from fas.errors import NoFace, UnreachableError, UserError
from fas.faces.align import align, native_crops, whole_picture
from fas.faces.hints import Hints
from fas.faces.neighbour import Neighbour, pair
from fas.faces.params import FramesParams, PairParams, SamplingParams
from fas.faces.sampling import POLICIES, pair_starts, reach
from fas.files import digest_file, write_npz
from fas.media import Media, select_frames
from fas.schema import parse

if TYPE_CHECKING:
    from fas.faces.mtcnn import Face, Mtcnn

FaceMode = Literal["detect", "whole"]


@dataclass(frozen=True)
class Capture:
    """One item of the frames stage. `faces: whole` takes the picture as the face; `sampling` is the policy that a protocol asks for;
    `hints` say where to look for the face first. `content` is the digest of the file that was scanned; empty: not checked.
    `neighbour`: the next image of a still image's sequence, for a pair."""

    path: Path
    clip: str
    media: Media = "video"
    faces: FaceMode = "detect"
    sampling: str = ""
    hints: Hints | None = None
    content: str = ""
    neighbour: Neighbour | None = None


class FramesWorker:
    """Writes frames.npz per capture. `weights`: name -> path of the user's own MTCNN files."""

    name = "frames"
    version = 1
    file = "frames.npz"
    compress = False  # a fifth larger, but written in half the time and read seven times faster, and it is read in every training

    def __init__(self, params: FramesParams, weights: Mapping[str, str] | None = None) -> None:
        self.params = params
        self.weights = dict(weights or {})
        self._detector: Mtcnn | None = None

    def stills(self) -> "FramesWorker":
        """The same for still images alone, without the parameters that they do not use: which frames, and which pairs of frames."""
        unused = {"sampling": SamplingParams(policy="uniform", k=1), "pairs": PairParams(k=0)}
        return FramesWorker(self.params.model_copy(update=unused), self.weights)

    def depends(self) -> dict[str, Any]:
        """The parameters that are used, and the digests of MTCNN's three files.

        Raises:
            UserError: one is missing, or the package has another one.
        """
        from fas.faces.mtcnn_weights import files

        return {
            "params": effective(self.params),
            "weights": {name: assets.sha256(path) for name, path in files(self.weights).items()},
        }

    def setup(self, runtime: Runtime) -> None:
        """Load the detector.

        Raises:
            UserError: a weight file is missing or is none.
        """
        from fas.compute import prepare
        from fas.faces.mtcnn import Mtcnn

        self._detector = Mtcnn(str(prepare(runtime)), self.params.detector, self.weights)

    def work(self, task: Capture, out: Path, scratch: Path) -> None:
        """Write frames.npz.

        Raises:
            NoFace: none was found.
            UserError: the file is no media or damaged, is not there or has changed since it was scanned.
        """
        write_npz(out / self.file, self.arrays(task), self.compress)

    def arrays(self, task: Capture) -> dict[str, np.ndarray]:
        """What is written: as `arrays_of` says, and a still image's pair with its neighbour."""
        seen = self.look(task)
        arrays = arrays_of(seen, self.params)
        if task.neighbour is None:
            return arrays
        if task.content:
            _as_scanned(task.neighbour.path, task.neighbour.scanned)
        return arrays | pair(task.neighbour, seen.images[0], seen.faces[0].landmarks, task.faces == "whole", self.params.antialias)

    def look(self, task: Capture) -> "Seen":
        """The capture's frames and the faces in them: what `arrays` is made from."""
        if self._detector is None:
            raise RuntimeError("setup() comes before work()")
        if task.content:
            _as_scanned(task.path, task.content)
        return look(task.path, sampled(self.params, task.sampling), self._detector, task.media, task.faces, task.hints)


def _as_scanned(path: Path, content: str) -> None:
    if path.is_file() and digest_file(path) != content:
        raise UnreachableError(f"{path.name}: not the file that was scanned: its bytes have changed (fas scan tells the pipeline)")


def sampled(params: FramesParams, policy: str) -> FramesParams:
    """The parameters with a sampling policy that a protocol asks for; empty: as they are."""
    if not policy:
        return params
    sampling = parse(SamplingParams, {**params.sampling.model_dump(), "policy": policy}, "sampling")
    return params.model_copy(update={"sampling": sampling})


def effective(params: FramesParams) -> dict[str, Any]:
    """The parameters that the result depends on, as JSON: what a switch turns off is left out."""
    values = params.model_dump(mode="json")
    if "aligned" not in params.views:
        del values["size"]
    if "native" not in params.views:
        del values["native"]
    if params.pairs.k == 0:
        values["pairs"] = {"k": 0}
    if params.propagate:
        del values["detector"]["batch"]  # full cascades see one frame at a time then
    if params.sampling.policy == "first60":
        values["pairs"]["within"] = 60  # pairs too are of the first frames only
    values["views"] = sorted(set(params.views))
    return values


@dataclass(frozen=True)
class Seen:
    """The frames of a capture that are used, by number (H,W,3) uint8 RGB, and the faces in them. `frames` and `starts` are the sampled
    frames and the first frames of pairs in which there is a face."""

    images: Mapping[int, np.ndarray]
    frames: list[int]
    starts: list[int]
    faces: "Mapping[int, Face]"

    def boxes(self) -> dict[int, list[float]]:
        """The face box (x1, y1, x2, y2) of every sampled frame and of every pair's first frame, in pixels of the upright frame."""
        return {number: face.box.astype(np.float32).tolist() for number, face in self.faces.items()}


def extract(
    path: Path,
    params: FramesParams,
    detector: "Mtcnn",
    media: Media = "video",
    faces: FaceMode = "detect",
    hints: Hints | None = None,
) -> dict[str, np.ndarray]:
    """A capture's features, as `arrays_of` says.

    Raises:
        NoFace: no face in any of the sampled frames.
        UserError: the file cannot be read.
    """
    return arrays_of(look(path, params, detector, media, faces, hints), params)


def arrays_of(seen: Seen, params: FramesParams) -> dict[str, np.ndarray]:
    """What is written of a capture. F frames and P pairs in which a face was found:

    - `frame` (F,) int32 numbers; `box` (F,4) and `landmarks` (F,5,2) float32 pixels of the upright frame; `probability` (F,) float32
    - `aligned` (F,size,size,3) uint8 RGB; `native` (F,S,S,3) uint8 RGB, unresampled (each if among `views`)
    - `pairs` (P,2,s,s,3) uint8 RGB: a frame and the one `gap` later, both under the first one's alignment; `pair_frame` (P,2) int32.
      A still image has none of its own (fas/faces/neighbour.py)
    """
    return _views(seen, params) | _pairs(seen, params)


def look(
    path: Path,
    params: FramesParams,
    detector: "Mtcnn",
    media: Media = "video",
    faces: FaceMode = "detect",
    hints: Hints | None = None,
) -> Seen:
    """Read the frames that `params` ask for, and find the face in each.

    Raises:
        NoFace: no face in any of the sampled frames.
        UserError: the file cannot be read.
    """

    def choose(count: int) -> list[int]:
        frames, starts = _plan(count, params, media)
        return sorted({*frames, *starts, *(start + params.pairs.gap for start in starts)})

    count, images = select_frames(path, choose, media)
    if len({image.shape for image in images.values()}) > 1:
        raise UserError(f"{path.name}: its frames are not all of one size")
    frames, starts = _plan(count, params, media)
    numbers = sorted({*frames, *starts})
    boxes = [hints.at(number, *images[number].shape[:2]) if hints else None for number in numbers]
    seen = _find([images[number] for number in numbers], boxes, detector, params.propagate, media, faces)
    found = {number: face for number, face in zip(numbers, seen, strict=True) if face is not None}
    kept = [number for number in frames if number in found]
    if not kept:
        raise NoFace(f"no face in {len(frames)} sampled frames")
    return Seen(images, kept, [start for start in starts if start in found], found)


def _plan(count: int, params: FramesParams, media: Media) -> tuple[list[int], list[int]]:
    """The frames sampled from `count`, and the first frames of the pairs (a still image has none)."""
    reached = reach(params.sampling.policy, count)
    starts = pair_starts(reached, params.pairs.k, params.pairs.gap) if media != "image" else []
    return POLICIES[params.sampling.policy](count, params.sampling.k), starts


def _find(
    images: list[np.ndarray], boxes: list[np.ndarray | None], detector: "Mtcnn", propagate: bool, media: Media, faces: FaceMode
) -> "list[Face | None]":
    from fas.faces.mtcnn import Face
    from fas.faces.track import detect_still, track

    if faces == "whole":
        pictures = [whole_picture(*image.shape[:2]) for image in images]
        return [Face(box, 1.0, landmarks) for box, landmarks in pictures]
    if media == "image":
        return [detect_still(detector, image, box) for image, box in zip(images, boxes, strict=True)]
    return track(detector, images, propagate, boxes)


def _views(seen: Seen, params: FramesParams) -> dict[str, np.ndarray]:
    images, found = [seen.images[number] for number in seen.frames], [seen.faces[number] for number in seen.frames]
    boxes = np.stack([face.box for face in found])
    arrays = {
        "frame": np.array(seen.frames, np.int32),
        "box": boxes.astype(np.float32),
        "landmarks": np.stack([face.landmarks for face in found]).astype(np.float32),
        "probability": np.array([face.probability for face in found], np.float32),
    }
    if "aligned" in params.views:
        faces = zip(images, found, strict=True)
        arrays["aligned"] = np.stack([align(image, face.landmarks, params.size, params.antialias) for image, face in faces])
    if "native" in params.views:
        arrays["native"] = native_crops(images, boxes, params.native)
    return arrays


def _pairs(seen: Seen, params: FramesParams) -> dict[str, np.ndarray]:
    size = params.pairs.size
    numbers = np.array([(start, start + params.pairs.gap) for start in seen.starts], np.int32).reshape(-1, 2)
    pairs = np.zeros((len(numbers), 2, size, size, 3), np.uint8)
    for row, (first, second) in enumerate(numbers.tolist()):
        for column, number in enumerate((first, second)):
            pairs[row, column] = align(seen.images[number], seen.faces[first].landmarks, size, params.antialias)
    return {"pairs": pairs, "pair_frame": numbers}
