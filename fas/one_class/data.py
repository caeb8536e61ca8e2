"""The images of the experiment, split into training and test, and one class's problem (protocol 2)."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import xxhash

from fas.config import Config
from fas.errors import UserError
from fas.files import digest_value
from fas.one_class.mnist_cifar10 import CIFAR10_CLASSES, cifar10, mnist
from fas.one_class.npm_digits import npm_digits
from fas.one_class.params import DatasetName, OneClassParams
from fas.sampling import generator

CLASSES = {"digits": tuple("0123456789"), "mnist": tuple("0123456789"), "cifar10": CIFAR10_CLASSES}


@dataclass(frozen=True)
class Source:
    """Where images come from, and how they are split: what a worker needs to read them again."""

    dataset: str
    root: Path
    test_share: float
    split_seed: int


@dataclass(frozen=True)
class Images:
    """A dataset: pictures (N,H,W,C) uint8 with labels (N,), for training and test."""

    train: np.ndarray
    train_labels: np.ndarray
    test: np.ndarray
    test_labels: np.ndarray

    @property
    def digest(self) -> str:
        """What of it results depend on."""
        arrays = (self.train, self.train_labels, self.test, self.test_labels)

        return digest_value([[*map(int, one.shape), xxhash.xxh3_128_hexdigest(one.tobytes())] for one in arrays])


@dataclass(frozen=True)
class Problem:
    """Protocol 2: the training images of the normal class alone, and the test images of all classes; float32 in [0, 1], (N,H,W,C)."""

    train: np.ndarray
    test: np.ndarray


def source(dataset: DatasetName, params: OneClassParams, config: Config, here: Path = Path()) -> Source:
    """The place of a dataset: the user's `[roots]`, and for the digits else `here`.

    Raises:
        UserError: the user has not said where the dataset lies.
    """
    root = config.root(dataset)
    if root is None and dataset != "digits":
        raise UserError(f"dataset '{dataset}': nobody said where it lies (fas.toml [roots] {dataset}, or FAS_ROOT_{dataset.upper()})")
    return Source(dataset, Path(root) if root else here, params.test_share, params.split_seed)


@cache
def read(source: Source) -> Images:
    """The images (read once per process).

    Raises:
        UserError: a file is missing or is another one; a part without a class.
    """
    if source.dataset == "digits":
        pictures, labels = npm_digits(source.root)
        train, test = stratified(labels, source.test_share, source.split_seed)
        return Images(pictures[train, ..., None], labels[train], pictures[test, ..., None], labels[test])
    parts = [mnist(source.root, part) if source.dataset == "mnist" else cifar10(source.root, part) for part in ("train", "test")]
    (train_images, train_labels), (test_images, test_labels) = parts
    if source.dataset == "mnist":
        train_images, test_images = train_images[..., None], test_images[..., None]
    return Images(train_images, train_labels, test_images, test_labels)


def problem(images: Images, normal: int) -> Problem:
    """The problem where class `normal` is the normal one.

    Raises:
        UserError: fewer than two training images of it, or a test without either side.
    """
    train = images.train[images.train_labels == normal]
    there = images.test_labels == normal
    if len(train) < 2 or not there.any() or there.all():
        raise UserError(f"class {normal}: {len(train)} training and {there.sum()} of {len(there)} test images are too few")
    return Problem(train.astype(np.float32) / 255, images.test.astype(np.float32) / 255)


def examples(labels: np.ndarray) -> np.ndarray:
    """Indices of the first test image of each class, in the order of the classes: the ones that figures show."""
    return np.array([np.flatnonzero(labels == label)[0] for label in np.unique(labels)])


def stratified(labels: np.ndarray, test_share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A seeded split of every class by itself: indices of the training and of the test pictures, ascending.

    Each class gives `test_share` of its pictures, rounded, to the test; a class's split does not depend on the others.
    """
    test = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        order = generator("one-class split", seed, int(label)).permutation(len(members))
        test.append(members[order[: round(test_share * len(members))]])
    chosen = np.sort(np.concatenate(test))
    return np.setdiff1d(np.arange(len(labels)), chosen), chosen
