"""The memory-augmented autoencoder as a cue maker."""

from pathlib import Path
from typing import Any

from fas.config import Runtime
from fas.features.cues.autoencoding import Autoencoder, fitted
from fas.features.cues.base import CueFit
from fas.features.cues.faces import gather
from fas.features.cues.memae.network import Memae
from fas.features.cues.memae.params import MemaeParams
from fas.features.params import ResidualsParams
from fas.training import seeded


def fit(task: CueFit) -> dict[str, Any]:
    """Train on the live faces of `task.clips`: squared error plus `entropy` times the addressing's entropy (Gong et al., equation 10).

    Returns:
        As `fitted`.

    Raises:
        UserError: no face, or a device or precision that is not there.
        FloatingPointError: a loss that is not finite.
    """
    params: MemaeParams = task.params
    with seeded("memae", params.seed):
        network = Memae(params)
    faces = gather(task.clips, params, task.scratch / "faces", conditioned=False)
    return fitted(task, network, faces, params.entropy, "memae")


def load(model: Path, params: MemaeParams, residuals: ResidualsParams, runtime: Runtime) -> Autoencoder:
    """The trained autoencoder of the folder `model`.

    Raises:
        UserError: the folder holds none, or another one.
    """
    return Autoencoder(Memae(params), model, params, residuals, runtime)
