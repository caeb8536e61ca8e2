"""Deep SVDD, with reconstruction, as a cue maker."""

from pathlib import Path
from typing import Any

from fas.compute import prepare
from fas.config import Runtime
from fas.features.cues.autoencoding import Autoencoder, fitted
from fas.features.cues.base import CueFit
from fas.features.cues.deep_svdd.network import DeepSvdd, find_centre
from fas.features.cues.deep_svdd.params import DeepSvddParams
from fas.features.cues.faces import gather
from fas.features.params import ResidualsParams
from fas.training import seeded


def fit(task: CueFit) -> dict[str, Any]:
    """Train on the live faces of `task.clips`: squared error plus `distance` times the squared distance of the latents to the centre.

    Returns:
        As `fitted`.

    Raises:
        UserError: no face, or a device or precision that is not there.
        FloatingPointError: a loss that is not finite.
    """
    params: DeepSvddParams = task.params
    prepare(task.runtime)
    with seeded("deep_svdd", params.seed):
        network = DeepSvdd(params)
    faces = gather(task.clips, params, task.scratch / "faces", conditioned=False)
    find_centre(network, faces, params.floor)
    return fitted(task, network, faces, params.distance, "deep_svdd")


def load(model: Path, params: DeepSvddParams, residuals: ResidualsParams, runtime: Runtime) -> Autoencoder:
    """The trained autoencoder of the folder `model`.

    Raises:
        UserError: the folder holds none, or another one.
    """
    return Autoencoder(DeepSvdd(params), model, params, residuals, runtime)
