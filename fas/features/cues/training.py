"""What the trainings of cue makers share: batches of faces, checkpoints, learning to predict noise, and a trained maker's folder."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.optim.swa_utils import AveragedModel

from fas.features.cues.base import CONFIG, MODEL, CueFit, untrained
from fas.features.cues.faces import TrainingFaces, sampler
from fas.features.cues.pictures import to_tensor
from fas.features.params import STEPS
from fas.files import read_json
from fas.training import Batch, Task, Update, train
from fas.weights import load_networks

if TYPE_CHECKING:  # a maker that adds no noise does not need diffusers
    from diffusers.schedulers.scheduling_ddim import DDIMScheduler

CHECKPOINT_STEPS = 50  # at least so many steps lie between two checkpoints


def trained(training: Task, task: CueFit, name: str, steps: int, label: str) -> pd.DataFrame:
    """Run a training, resuming from its own folder `name` in the scratch, and return its history (`fas.training.train`).

    Raises:
        UserError: a device or precision that is not there.
        FloatingPointError: a loss that is not finite.
    """
    return train(
        training,
        steps=steps,
        seed=task.params.seed,
        scratch=task.scratch / name,
        runtime=task.runtime,
        checkpoint_every=max(CHECKPOINT_STEPS, steps // 20),
        label=label,
    )


class FacesTask:
    """The part of a `fas.training.Task` that draws faces, at a fixed learning rate. A maker's own task adds `step`."""

    def __init__(
        self, modules: dict[str, nn.Module], optimizers: dict[str, Optimizer], faces: TrainingFaces, batch: int, seed: int
    ) -> None:
        self.modules = modules
        self.optimizers = optimizers
        self.faces = faces
        self._sampler = sampler(faces, batch, seed)

    def drawn(self, step: int) -> list[int]:
        """The faces of a step, as places in `faces.rows`."""
        return [draw.member for draw in self._sampler.draw(step)]

    def batch(self, step: int) -> Batch:
        """`pictures` (B,3,S,S) float32 in [-1,1]: the faces drawn at `step`."""
        return {"pictures": to_tensor(self.faces.pictures[self.faces.rows[self.drawn(step)]])}

    def rate(self, optimizer: str, step: int) -> float:
        """1 at every step: the learning rate is fixed."""
        return 1.0


class EpsilonTask(FacesTask):
    """The part of a training that learns to predict the noise in noised samples, with AdamW.

    An exponential moving average of the network's weights is kept in `average`.
    """

    def __init__(
        self,
        network: nn.Module,
        scheduler: "DDIMScheduler",
        faces: TrainingFaces,
        *,
        batch: int,
        seed: int,
        lr: float,
        weight_decay: float,
        ema: float,
    ) -> None:
        self.network = network
        self.average = averaged(network, ema)
        adamw = AdamW(network.parameters(), lr=lr, weight_decay=weight_decay)
        super().__init__({"unet": network.train(), "average": self.average}, {"unet": adamw}, faces, batch, seed)
        self._scheduler = scheduler

    def learn(self, clean: Tensor, noise: Tensor, update: Update, *condition: Tensor) -> Mapping[str, Tensor]:
        """One step on samples (B,C,s,s) and their noise, each sample at a time of its own that is drawn from all 1000.

        The loss is the mean squared error of the predicted noise (Ho et al. 2020, equation 14). `condition` is handed to the network
        behind the times.
        """
        times = torch.randint(STEPS, (len(clean),), device=clean.device)
        noisy = self._scheduler.add_noise(clean, noise, times)  # type: ignore[arg-type]
        loss = (self.modules["unet"](noisy, times, *condition).sample - noise).square().mean()
        update("unet", loss)
        self.average.update_parameters(self.network)
        return {"loss": loss}


def averaged(network: nn.Module, ema: float) -> AveragedModel:
    """A running average of the network's weights that forgets at (1 + n) / (10 + n) after n steps, at most at `ema`."""

    def average(old: Tensor, new: Tensor, steps: Tensor | int) -> Tensor:
        decay = min(ema, (1 + int(steps)) / (10 + int(steps)))
        return old.lerp(new, 1 - decay)

    return AveragedModel(network, avg_fn=average)


def card(model: Path) -> dict[str, Any]:
    """What config.json says in the folder of a trained maker.

    Raises:
        UserError: there is none.
    """
    if not (model / CONFIG).is_file():
        raise untrained(model)
    return read_json(model / CONFIG)


def load_trained(model: Path, networks: Mapping[str, nn.Module]) -> None:
    """Fill the networks with a trained maker's weights.

    Raises:
        UserError: the folder holds none, or those of other networks.
    """
    card(model)
    load_networks(model / MODEL, networks)
