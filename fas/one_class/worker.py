"""One item: a method trained on one normal class and scored on the whole test split."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fas.config import Config, Runtime
from fas.files import write_npz, write_table
from fas.items.item import Item
from fas.one_class.data import CLASSES, Source, examples, problem, read, source
from fas.one_class.methods import methods
from fas.one_class.params import DatasetName, MethodName, OneClassParams

SCORES = "scores.parquet"
EXAMPLES = "examples.npz"


@dataclass(frozen=True)
class OneClassTask:
    """What one item computes."""

    method: MethodName
    normal: int
    seed: int
    source: Source
    params: OneClassParams


class OneClassWorker:
    """Writes scores.parquet (`label`, `score` of every test image, higher = less normal) and, where images are rebuilt, examples.npz."""

    name = "one_class"
    version = 1
    cpus = 0

    def depends(self) -> dict[str, Any]:
        """Nothing: an item's inputs name its method's parameters and its images."""
        return {}

    def setup(self, runtime: Runtime) -> None:
        """Note the runtime; images and methods are loaded by `work`."""
        self.runtime = runtime

    def work(self, task: OneClassTask, out: Path, scratch: Path) -> None:
        """Train on the normal class, score every test image, and write both files.

        Raises:
            UserError: the images are missing or broken, or too few.
        """
        images = read(task.source)
        outcome = methods()[task.method].load()(problem(images, task.normal), task.params, task.seed, scratch, self.runtime)
        write_table(out / SCORES, pd.DataFrame({"label": images.test_labels.astype(np.int64), "score": outcome.scores}))
        if outcome.rebuilt is not None:
            shown = examples(images.test_labels)
            rebuilt = ((outcome.rebuilt[shown].numpy() + 1) / 2 * 255).round().astype(np.uint8)
            write_npz(out / EXAMPLES, {"image": images.test[shown], "rebuilt": rebuilt.transpose(0, 2, 3, 1)})


def items(params: OneClassParams, config: Config, here: Path = Path()) -> list[Item]:
    """An item per dataset, method, normal class and seed.

    Raises:
        UserError: a dataset is missing or broken, or too few images of a class.
    """
    return [item for dataset in params.datasets for item in _items(dataset, params, config, here)]


def _items(dataset: DatasetName, params: OneClassParams, config: Config, here: Path) -> Iterator[Item]:
    where = source(dataset, params, config, here)
    images = read(where)
    digest = images.digest
    for normal in params.classes:
        problem(images, normal)
    for name in params.methods:
        for normal in params.classes:
            for seed in params.seeds if methods()[name].random else params.seeds[:1]:
                folder = f"{dataset}/{name}/{CLASSES[dataset][normal]}/{seed}"
                ids = {"dataset": dataset, "method": name, "normal": str(normal), "seed": str(seed)}
                used = {"method": name, "normal": normal, "params": methods()[name].used(params), "data": digest}
                inputs = {**used, "seed": seed} if methods()[name].random else used
                yield Item(folder, ids, inputs, OneClassTask(name, normal, seed, where, params), folder)
