"""The identity stage's work: who is to be seen, as an embedding and as the feature map before pooling."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from fas import assets
from fas.config import Runtime
from fas.errors import UserError
from fas.features.choice import embedded
from fas.features.params import IdentityParams
from fas.features.task import FeatureTask, read_arrays
from fas.files import write_npz

if TYPE_CHECKING:
    from fas.features.embedder import Embedder


class IdentityWorker:
    """Writes identity.npz per clip: `embedding` (F,D) float32 of unit norm, `map` (F,T,C) float16 tokens, `frame` (F,) int32.

    SFace: D = 128, and T = 49 positions (7 x 7) of C = 1024 channels.
    """

    name = "identity"
    version = 1
    file = "identity.npz"
    compress = True

    def __init__(self, params: IdentityParams) -> None:
        self.params = params
        self._embedder: Embedder | None = None

    def depends(self) -> dict[str, Any]:
        """The recogniser's digest, how faces are cut out for it, and how many of a clip it sees.

        Raises:
            UserError: it is not SFace, and params.yaml does not give its digest.
        """
        return {"weights": expected_digest(self.params), "input": self.params.input, "frames": self.params.frames}

    def setup(self, runtime: Runtime) -> None:
        """Load the recogniser.

        Raises:
            UserError: its file is missing, another one, or no such network.
        """
        from fas.features.embedder import Embedder

        cv2.setNumThreads(1)
        self._embedder = Embedder(weights(self.params, runtime), runtime.threads)

    def work(self, task: FeatureTask, out: Path, scratch: Path) -> None:
        """Write identity.npz.

        Raises:
            UserError: frames without aligned faces.
        """
        write_npz(out / self.file, self.arrays(task), self.compress)

    def arrays(self, task: FeatureTask) -> dict[str, np.ndarray]:
        """What is written."""
        from fas.features.embedder import shrink, to_template

        if self._embedder is None:
            raise RuntimeError("setup() comes before work()")
        aligned, numbers = read_arrays(task.source, ("aligned", "frame"))
        chosen = embedded(len(numbers), self.params.frames)
        faces = (to_template if self.params.input == "template112" else shrink)(aligned[chosen])
        embedding, tokens = self._embedder(faces)
        return {"embedding": embedding, "map": tokens, "frame": numbers[chosen]}


def expected_digest(params: IdentityParams) -> str:
    """The SHA-256 that the recogniser's file must have.

    Raises:
        UserError: it is not SFace, and params.yaml does not say.
    """
    if params.sha256:
        return params.sha256
    if params.model == "sface":
        return assets.ASSETS["sface"].sha256
    raise UserError(f"params.yaml: identity.sha256: give the SHA-256 of weights '{params.model}'")


def weights(params: IdentityParams, runtime: Runtime) -> Path:
    """The recogniser's file: the user's own if [weights] names it, else (SFace) the one in its package.

    Raises:
        UserError: the file is missing, or its SHA-256 is not the expected one.
    """
    given, digest = dict(runtime.weights), expected_digest(params)
    if params.model != "sface":
        return assets.own(params.model, given, digest)
    path = assets.find("sface", given)
    assets.check("sface", path, digest)
    return path
