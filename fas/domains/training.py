"""The course of a training across domains, the same for every method: build, start from the user's weights, train, write."""

from collections.abc import Callable
from typing import Any, Protocol

from torch import nn

from fas.backbones.build import start
from fas.backbones.features import Backbone
from fas.domains.batches import DomainBatches
from fas.domains.params import DomainParams
from fas.domains.scoring import MODEL
from fas.files import write_table
from fas.methods.base import Fit
from fas.training import Kept, Task, seeded, train
from fas.weights import save_networks

Networks = dict[str, nn.Module]


class DomainTask(Task, Protocol):
    """A training (fas/training.py) that knows how long it is."""

    steps: int


def fitted(
    task: Fit, name: str, batches: DomainBatches, build: Callable[[], Networks], make: Callable[[Networks], DomainTask]
) -> dict[str, Any]:
    """Train the method `name` and write model.safetensors, history.csv and the networks that are kept on the way.

    Args:
        batches: what it learns from; their warnings and domains are noted.
        build: its networks with random weights, one of them a backbone or holding one.
        make: the training of networks that were built; the dictionary is the training's own.

    Returns:
        For the run's config.json: `warnings` and `domains`.

    Raises:
        UserError: pretrained weights that do not fit.
    """
    params: DomainParams = task.params
    with seeded(name, task.seed):
        built = build()
    warnings = start(_backbone(built), params.backbone, task.runtime, f"{name}.backbone")
    kept = Kept(params.checkpoints, task.kept, lambda folder: save_networks(folder / MODEL, built))
    training = make(dict(built))
    history = train(training, steps=training.steps, seed=task.seed, scratch=task.scratch, runtime=task.runtime, label=name, kept=kept)
    save_networks(task.out / MODEL, built)
    write_table(task.out / "history.csv", history)
    return {"warnings": [*warnings, *batches.warnings], "domains": batches.domains}


def _backbone(built: Networks) -> Backbone:
    return next(module for network in built.values() for module in network.modules() if isinstance(module, Backbone))
