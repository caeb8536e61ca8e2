"""Cue makers that are trained to reconstruct: a plain convolutional autoencoder's parts, its training, and its use."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Adam

from fas.compute import prepare
from fas.config import Runtime
from fas.features.cues.base import MODEL, CueFit, ReconstructionParams
from fas.features.cues.faces import TrainingFaces
from fas.features.cues.pictures import in_batches, mixed, shrunk, to_pictures
from fas.features.cues.training import FacesTask, load_trained, trained
from fas.features.params import ResidualsParams
from fas.files import write_table
from fas.training import Batch, Update
from fas.weights import save_networks

KERNEL = 4


def encoder(channels: Sequence[int]) -> nn.Sequential:
    """(B,3,S,S) -> (B,channels[-1],s,s), s = S / 2^len(channels): per step a 4x4 convolution of stride 2, batch norm and leaky ReLU."""
    layers: list[nn.Module] = []
    for before, after in pairwise((3, *channels)):
        layers += [nn.Conv2d(before, after, KERNEL, stride=2, padding=1, bias=False), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers)


def decoder(channels: Sequence[int]) -> nn.Sequential:
    """The encoder's mirror image: (B,channels[-1],s,s) -> (B,3,S,S); its last convolution stands alone."""
    layers: list[nn.Module] = []
    for before, after in pairwise(reversed(channels)):
        layers += [nn.ConvTranspose2d(before, after, KERNEL, stride=2, padding=1, bias=False), nn.BatchNorm2d(after), nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.ConvTranspose2d(channels[0], 3, KERNEL, stride=2, padding=1))


class ReconstructionTask(FacesTask):
    """Mean squared error of a network that gives (reconstruction, penalty), plus `weight` times the penalty; Adam at a fixed rate."""

    def __init__(self, network: nn.Module, faces: TrainingFaces, params: ReconstructionParams, weight: float) -> None:
        adam = Adam(network.parameters(), lr=params.lr, weight_decay=params.weight_decay)
        super().__init__({"network": network.train()}, {"adam": adam}, faces, params.batch, params.seed)
        self.weight = weight

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """Mean squared error of the pictures plus `weight` times the network's penalty; the losses `error` and `penalty`."""
        reconstruction, penalty = self.modules["network"](batch["pictures"])
        error = (reconstruction - batch["pictures"]).square().mean()
        update("adam", error + self.weight * penalty)
        return {"error": error, "penalty": penalty}


def fitted(task: CueFit, network: nn.Module, faces: TrainingFaces, weight: float, label: str) -> dict[str, Any]:
    """Train `network` and write model.safetensors and history.csv.

    Returns:
        For config.json: the number of faces and the last error.

    Raises:
        UserError: a device or precision that is not there.
        FloatingPointError: a loss that is not finite.
    """
    params: ReconstructionParams = task.params
    history = trained(ReconstructionTask(network, faces, params, weight), task, "network", params.steps, label)
    save_networks(task.out / MODEL, {"network": network})
    write_table(task.out / "history.csv", history)
    return {"faces": len(faces), "losses": {"error": round(float(history["error"].iloc[-20:].mean()), 6)}}


class Autoencoder:
    """A trained network as `fas.features.cues.base.Reconstruct`.

    Raises:
        UserError: the folder `model` holds none, or another one.
    """

    def __init__(self, network: nn.Module, model: Path, params: ReconstructionParams, residuals: ResidualsParams, runtime: Runtime) -> None:
        load_trained(model, {"network": network})
        self.device = prepare(runtime)
        self.network = network.to(self.device).eval()
        self.size = params.size
        self.batch = residuals.batch
        self.precision = runtime.precision

    @torch.inference_mode()
    def __call__(self, faces: np.ndarray, maps: np.ndarray | None, seeds: Sequence[int]) -> np.ndarray:
        """Every call of the network sees `residuals.batch` faces, blank ones if need be. Nothing is random, `seeds` are not used."""
        with mixed(self.device, self.precision):
            return in_batches(self._redraw, self.batch, shrunk(faces, self.size)).cpu().numpy()

    def _redraw(self, pictures: Tensor) -> Tensor:
        return to_pictures(self.network(pictures.to(self.device))[0])
