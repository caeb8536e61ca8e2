"""The residuals stage's work: every face as a cue maker reconstructs it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xxhash

from fas.clips import IDENTITY
from fas.config import Runtime
from fas.errors import UserError
from fas.faces.sampling import uniform
from fas.features.cues import cue
from fas.features.cues.base import MODEL, CueParams
from fas.features.params import ResidualsParams
from fas.features.task import FeatureTask, read_arrays
from fas.files import digest_file, digest_value, write_npz

if TYPE_CHECKING:
    from fas.features.cues.base import Reconstruct


class ResidualsWorker:
    """Writes residuals.npz per clip: `reconstruction` (F,H,W,3) uint8 RGB and `frame` (F,) int32.

    A cue maker that is conditioned on identity reconstructs frames of the identity feature, others frames of the frames feature.
    """

    version = 1
    file = "residuals.npz"
    compress = True

    def __init__(self, name: str, cue_params: CueParams, model: Path, params: ResidualsParams) -> None:
        self.cue = cue(name)
        self.cue_params = cue_params
        self.model = model
        self.params = cue_params.sampled(params)
        self.name = f"residuals/{self.cue.name}"
        self._reconstruct: Reconstruct | None = None

    def depends(self) -> dict[str, Any]:
        return {"cue": self.cue.version, "model": model_digest(self.model), "params": self._used()}

    def _used(self) -> dict[str, Any]:
        """What of the parameters this cue maker's reconstructions depend on."""
        used = self.params.model_dump(mode="json", include={"frames", "batch", *self.cue_params.overrides()})
        if self.params.background == "parsing":
            used["parsing"] = self.params.parsing.model_dump(mode="json", exclude={"weights"})
        return used

    def setup(self, runtime: Runtime) -> None:
        self._reconstruct = self.cue.load().load(self.model, self.cue_params, self.params, runtime)

    def work(self, task: FeatureTask, out: Path, scratch: Path) -> None:
        write_npz(out / self.file, self.arrays(task), self.compress)

    def arrays(self, task: FeatureTask) -> dict[str, np.ndarray]:
        """What is written."""
        if self._reconstruct is None:
            raise RuntimeError("setup() comes before work()")
        aligned, numbers, maps = self._read(task)
        chosen = uniform(len(numbers), self.params.frames or len(numbers))
        faces = aligned[chosen]
        reconstruction = self._reconstruct(faces, None if maps is None else maps[chosen], face_seeds(faces))
        return {"reconstruction": reconstruction, "frame": numbers[chosen]}

    def _read(self, task: FeatureTask) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        """The faces that can be reconstructed, their frame numbers, and their identity maps if the cue maker wants them."""
        aligned, numbers = read_arrays(task.source, ("aligned", "frame"))
        if IDENTITY not in self.cue.inputs(self.cue_params):
            return aligned, numbers, None
        if task.identity is None:
            raise UserError(f"{task.source}: cue maker '{self.cue.name}' needs the clip's identity feature")
        maps, known = read_arrays(task.identity, ("map", "frame"))
        places = {int(number): place for place, number in enumerate(numbers)}
        missing = [int(number) for number in known if int(number) not in places]
        if missing:
            raise UserError(f"{task.identity}: frame {missing[0]} is not in {task.source}")
        return aligned[[places[int(number)] for number in known]], known, maps


def face_seeds(faces: np.ndarray) -> list[int]:
    """One seed per face from its pixels alone, so that equal faces get equal noise wherever they are met: (F,S,S,3) uint8 -> F integers."""
    return [xxhash.xxh3_64_intdigest(face.tobytes()) for face in faces]


def model_digest(folder: Path) -> str:
    """The digest of a cue maker's trained weights and configuration.

    Raises:
        UserError: it was not trained yet.
    """
    if not (folder / MODEL).is_file():
        raise UserError(f"{folder}: no trained cue maker (the cues stage makes it)")
    files = sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".json"))
    return digest_value([[path.name, digest_file(path)] for path in files])
