"""The training of both branches. The module that the method's card names: `fit`, `score`, `networks`."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from fas.clips import Clip
from fas.files import write_table
from fas.methods.base import Fit
from fas.methods.meta_pseudo_label.model import builders, networks
from fas.methods.meta_pseudo_label.params import NAME, MetaPseudoLabelParams
from fas.methods.meta_pseudo_label.plgf import plgf_task
from fas.methods.meta_pseudo_label.pools import Labelled, Pools, apart
from fas.methods.meta_pseudo_label.rgb import FinetuneTask, RgbTask
from fas.methods.meta_pseudo_label.score import score
from fas.plgf.attvlad import AttVLAD
from fas.training import Kept, seeded, train
from fas.weights import save_networks

__all__ = ["fit", "networks", "score"]

MODEL = "model.safetensors"


def fit(task: Fit) -> dict[str, Any]:
    """Train the branches one after the other; writes model.safetensors, history.csv (of the RGB branch where there is one; the PLGF
    branch's beside it is plgf.csv, the fine-tuning's finetune.csv) and pools.parquet.

    Raises:
        UserError: a class without training clips, fewer patches than asked for, faces smaller than a patch.
    """
    params: MetaPseudoLabelParams = task.params
    clips = apart(task.train, task.dev)
    built = started(params, task.seed)
    drawn = Pools(clips, params, task.seed)
    histories: dict[str, pd.DataFrame] = {}
    if "plgf" in built:
        histories |= _fit_plgf(task, built, drawn.faces())
    if "rgb" in built:
        histories |= _fit_rgb(task, built, *drawn.patches())
    write_table(task.out / "pools.parquet", drawn.table())
    save_networks(task.out / MODEL, scoring(built))
    first = "rgb" if "rgb" in histories else "plgf"
    for name, history in histories.items():
        write_table(task.out / ("history.csv" if name == first else f"{name}.csv"), history)
    return {"warnings": _warnings(task.train, clips)}


def started(params: MetaPseudoLabelParams, seed: int) -> dict[str, nn.Module]:
    """The networks as a training begins, each seeded apart: a variant's begin as those of any other with such a network."""
    built = {}
    for name, build in builders(params).items():
        with seeded(NAME, seed, name):
            built[name] = build()
    return built


def _fit_rgb(task: Fit, built: dict[str, nn.Module], labelled: Labelled, unlabelled: np.ndarray) -> dict[str, pd.DataFrame]:
    """Train the RGB branch; `built["rgb"]` is what scores afterwards: the moving average, fine-tuned if that is asked for."""
    params: MetaPseudoLabelParams = task.params
    training = RgbTask(built, labelled, unlabelled, params, task.seed)
    average = training.average.network
    kept = _kept(task, {**built, "rgb": average})
    found = {"rgb": train(training, steps=params.steps, seed=task.seed, scratch=task.scratch, runtime=task.runtime, label=NAME, kept=kept)}
    built["rgb"].load_state_dict(average.state_dict())
    if params.finetune_steps:
        tuning = FinetuneTask(built["rgb"], labelled, params, task.seed)
        scratch, steps = task.scratch / "finetune", params.finetune_steps
        found["finetune"] = train(tuning, steps=steps, seed=task.seed, scratch=scratch, runtime=task.runtime, label=f"{NAME} finetune")
    return found


def _fit_plgf(task: Fit, built: dict[str, nn.Module], faces: Labelled) -> dict[str, pd.DataFrame]:
    """Train the PLGF branch; its networks are kept on the way where it is alone."""
    network = built["plgf"]
    assert isinstance(network, AttVLAD)
    training, steps = plgf_task(network, faces, task.params, task.seed), task.params.plgf_steps
    kept = None if "rgb" in built else _kept(task, built)
    scratch = task.scratch / "plgf"
    return {"plgf": train(training, steps=steps, seed=task.seed, scratch=scratch, runtime=task.runtime, label=f"{NAME} plgf", kept=kept)}


def _kept(task: Fit, built: Mapping[str, nn.Module]) -> Kept:
    return Kept(task.params.checkpoints, task.kept, lambda folder: save_networks(folder / MODEL, scoring(built)))


def scoring(built: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
    """The networks that score: all but the teacher."""
    return {name: network for name, network in built.items() if name != "teacher"}


def _warnings(given: Sequence[Clip], used: Sequence[Clip]) -> list[str]:
    left_out = len(given) - len(used)
    return [f"{left_out} training clips of people with dev clips were left out"] if left_out else []
