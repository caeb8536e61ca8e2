"""Cue makers that are trained to reconstruct: a plain convolutional autoencoder's parts, its training, and its use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from fas.compute import prepare
from fas.config import Runtime
from fas.errors import UserError
from fas.features.cues.base import CONFIG, MODEL, CueFit, ReconstructionParams
from fas.features.cues.faces import TrainingFaces, sampler
from fas.features.cues.pictures import in_batches, mixed, shrunk, to_pictures, to_tensor
from fas.features.params import ResidualsParams
from fas.files import write_table
from fas.training import Batch, Update, train
from fas.weights import load_networks, save_networks

CHECKPOINT_STEPS = 50  # at least so many steps lie between two checkpoints
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


@dataclass
class ReconstructionTask:
    """Mean squared error of a network that gives (reconstruction, penalty), plus `weight` times the penalty; Adam at a fixed rate."""

    network: nn.Module
    faces: TrainingFaces
    params: ReconstructionParams
    weight: float
    modules: dict[str, nn.Module] = field(init=False)
    optimizers: dict[str, Optimizer] = field(init=False)

    def __post_init__(self) -> None:
        self.modules = {"network": self.network.train()}
        self.optimizers = {"adam": Adam(self.network.parameters(), lr=self.params.lr, weight_decay=self.params.weight_decay)}
        self._sampler = sampler(self.faces, self.params.batch, self.params.seed)

    def batch(self, step: int) -> Batch:
        rows = self.faces.rows[[draw.member for draw in self._sampler.draw(step)]]
        return {"pictures": to_tensor(self.faces.pictures[rows])}

    def rate(self, optimizer: str, step: int) -> float:
        return 1.0

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        reconstruction, penalty = self.modules["network"](batch["pictures"])
        error = (reconstruction - batch["pictures"]).square().mean()
        update("adam", error + self.weight * penalty)
        return {"error": error, "penalty": penalty}


def fitted(task: CueFit, network: nn.Module, faces: TrainingFaces, weight: float, label: str) -> dict[str, Any]:
    """Train `network`, write model.safetensors and history.csv, and return what config.json says of it."""
    params: ReconstructionParams = task.params
    history = train(
        ReconstructionTask(network, faces, params, weight),
        steps=params.steps,
        seed=params.seed,
        scratch=task.scratch / "network",
        runtime=task.runtime,
        checkpoint_every=max(CHECKPOINT_STEPS, params.steps // 20),
        label=label,
    )
    save_networks(task.out / MODEL, {"network": network})
    write_table(task.out / "history.csv", history)
    return {"faces": len(faces), "losses": {"error": round(float(history["error"].iloc[-20:].mean()), 6)}}


class Autoencoder:
    """A trained network as `fas.features.cues.base.Reconstruct`.

    Raises:
        UserError: the folder `model` holds none, or another one.
    """

    def __init__(self, network: nn.Module, model: Path, params: ReconstructionParams, residuals: ResidualsParams, runtime: Runtime) -> None:
        if not (model / CONFIG).is_file():
            raise UserError(f"{model}: no trained cue maker (the cues stage makes it)")
        load_networks(model / MODEL, {"network": network})
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
