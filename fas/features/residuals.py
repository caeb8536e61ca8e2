"""The residuals stage's work: every face as a cue maker reconstructs it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import xxhash

from fas.clips import IDENTITY
from fas.config import Runtime
from fas.errors import UserError
from fas.features.background import Masks, masks
from fas.features.choice import reconstructed
from fas.features.cues import cue
from fas.features.cues.base import MODEL, CueParams, untrained
from fas.features.cues.faces import resized
from fas.features.params import ResidualsParams
from fas.features.task import FeatureTask, read_arrays
from fas.files import digest_file, digest_value, write_npz

if TYPE_CHECKING:
    from fas.features.cues.base import Reconstruct

_BATCHES = 8  # so many batches' faces are reconstructed at once: the last, half-empty one hardly counts
_FRAMES = 10  # what a clip has where all its frames are taken, roughly: only the size of a group depends on it


@dataclass(frozen=True)
class _Faces:
    """The faces (F,S,S,3) of a clip that are reconstructed, their frame numbers and landmarks, and their identity maps where wanted."""

    aligned: np.ndarray
    numbers: np.ndarray
    landmarks: np.ndarray | None
    maps: np.ndarray | None


class ResidualsWorker:
    """Writes residuals.npz per clip: `reconstruction` (F,H,W,3) uint8 RGB and `frame` (F,) int32.

    Every cue maker reconstructs the same frames, conditioned on identity or not (fas/features/choice.py). The faces of several clips are
    reconstructed at once, so that its networks see full batches; none of that shows in a result.
    """

    version = 2
    file = "residuals.npz"
    compress = True
    gpu = True

    def __init__(self, name: str, cue_params: CueParams, model: Path, params: ResidualsParams, identity_frames: int | None) -> None:
        self.cue = cue(name)
        self.cue_params = cue_params
        self.model = model
        self.params = cue_params.sampled(params)
        self.identity_frames = identity_frames
        self.name = f"residuals/{self.cue.name}"
        self.group = -(-_BATCHES * self.params.batch // (self.params.frames or _FRAMES))
        self._reconstruct: Reconstruct | None = None
        self._masks: Masks | None = None

    def depends(self) -> dict[str, Any]:
        """The cue maker's version, the digest of its trained model, and the parameters that are used.

        Raises:
            UserError: it was not trained yet.
        """
        return {"cue": self.cue.version, "model": model_digest(self.model), "params": self._used()}

    def _used(self) -> dict[str, Any]:
        """What of the parameters this cue maker's reconstructions depend on."""
        used = self.params.model_dump(mode="json", include={"frames", "batch", *self.cue_params.overrides()})
        used["identity_frames"] = self.identity_frames
        if self.params.vae_batch:
            used["vae_batch"] = self.params.vae_batch
        if self.params.background == "parsing":
            used["parsing"] = self.params.parsing.model_dump(mode="json", exclude={"weights"})
        return used

    def setup(self, runtime: Runtime) -> None:
        """Load the trained cue maker and, where the background is masked by one, the face parser.

        Raises:
            UserError: either is missing, or is another one.
        """
        self._reconstruct = self.cue.load().load(self.model, self.cue_params, self.params, runtime)
        self._masks = masks(self.params, runtime)

    def work(self, task: FeatureTask, out: Path, scratch: Path) -> None:
        """Write the reconstructions.

        Raises:
            UserError: frames or identity without what the cue maker reads.
        """
        write_npz(out / self.file, self.arrays(task), self.compress)

    def arrays(self, task: FeatureTask) -> dict[str, np.ndarray]:
        """What is written."""
        (made,) = self._made([self._read(task)])
        return made

    def together(self, tasks: Sequence[FeatureTask]) -> list[dict[str, np.ndarray] | Exception]:
        """What is written of each, or why nothing is: a clip that cannot be read is no hindrance to the others."""
        read: list[_Faces | Exception] = []
        for task in tasks:
            try:
                read.append(self._read(task))
            except Exception as error:  # its own item's, raised again where that is written
                read.append(error)
        made = iter(self._made([one for one in read if not isinstance(one, Exception)]))
        return [one if isinstance(one, Exception) else next(made) for one in read]

    def _made(self, clips: Sequence[_Faces]) -> list[dict[str, np.ndarray]]:
        if self._reconstruct is None:
            raise RuntimeError("setup() comes before work()")
        if not clips:
            return []
        faces = np.concatenate([clip.aligned for clip in clips])
        maps = [clip.maps for clip in clips if clip.maps is not None]
        whole = self._reconstruct(faces, np.concatenate(maps) if maps else None, face_seeds(faces))
        ends = np.cumsum([len(clip.aligned) for clip in clips])[:-1]
        parts = zip(clips, np.split(whole, ends), strict=True)
        return [{"reconstruction": self._masked(clip, part), "frame": clip.numbers} for clip, part in parts]

    def _masked(self, clip: _Faces, reconstruction: np.ndarray) -> np.ndarray:
        """The reconstruction, outside the face the picture itself where the background is masked."""
        if self._masks is None or clip.landmarks is None:
            return reconstruction
        size = reconstruction.shape[1]
        regions = self._masks(clip.aligned, clip.landmarks).astype(np.float32)
        inside = np.stack([cv2.resize(region, (size, size), interpolation=cv2.INTER_AREA) for region in regions]) >= 0.5
        return np.where(inside[..., None], reconstruction, np.stack([resized(face, size) for face in clip.aligned]))

    def _read(self, task: FeatureTask) -> _Faces:
        """The faces of a clip that are reconstructed, with what belongs to them."""
        masked = self.params.background != "keep"
        aligned, numbers, *rest = read_arrays(task.source, ("aligned", "frame", *(["landmarks"] if masked else [])))
        places = reconstructed(len(numbers), self.identity_frames, self.params.frames)
        maps = self._maps(task, numbers[places]) if IDENTITY in self.cue.inputs(self.cue_params) else None
        return _Faces(aligned[places], numbers[places], rest[0][places] if masked else None, maps)

    def _maps(self, task: FeatureTask, wanted: np.ndarray) -> np.ndarray:
        """The identity maps (F,T,C) of the frames with the numbers `wanted` (F,)."""
        if task.identity is None:
            raise UserError(f"{task.source}: cue maker '{self.cue.name}' needs the clip's identity feature")
        maps, known = read_arrays(task.identity, ("map", "frame"))
        rows = {int(number): row for row, number in enumerate(known)}
        missing = [int(number) for number in wanted if int(number) not in rows]
        if missing:
            raise UserError(f"{task.identity}: no frame {missing[0]} of {task.source} in it")
        return maps[[rows[int(number)] for number in wanted]]


def face_seeds(faces: np.ndarray) -> list[int]:
    """One seed per face from its pixels alone, so that equal faces get equal noise wherever they are met: (F,S,S,3) uint8 -> F integers."""
    return [xxhash.xxh3_64_intdigest(face.tobytes()) for face in faces]


def model_digest(folder: Path) -> str:
    """The digest of a cue maker's trained weights and configuration.

    Raises:
        UserError: it was not trained yet.
    """
    if not (folder / MODEL).is_file():
        raise untrained(folder)
    files = sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".json"))
    return digest_value([[path.name, digest_file(path)] for path in files])
