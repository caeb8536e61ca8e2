"""MNIST and CIFAR-10 from local folders, for the one-class ablation of paper 003. Nothing is downloaded."""

import gzip
import pickle
import struct
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np

from fas.errors import UserError

Part = Literal["train", "test"]
Pictures = tuple[np.ndarray, np.ndarray]

CIFAR10_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_MNIST = {"train": "train", "test": "t10k"}
_CIFAR10 = {"train": tuple(f"data_batch_{number}" for number in range(1, 6)), "test": ("test_batch",)}
_CIFAR10_FOLDERS = ("cifar-10-batches-py", "cifar-10-batches-bin")
_CIFAR10_RECORD = 1 + 3 * 32 * 32
_UNSIGNED_BYTES = 0x08


def mnist(folder: Path, part: Part) -> Pictures:
    """The idx files `{train,t10k}-{images-idx3,labels-idx1}-ubyte`, plain or `.gz`.

    Returns:
        images (N,28,28) uint8 and labels (N,) uint8 in 0..9; N is 60,000 and 10,000.

    Raises:
        UserError: a file is missing, is no idx file, or holds another number of pictures than of labels.
    """
    images = _idx(folder, f"{_MNIST[part]}-images-idx3-ubyte", 3)
    labels = _idx(folder, f"{_MNIST[part]}-labels-idx1-ubyte", 1)
    if len(images) != len(labels):
        raise UserError(f"{folder}: {len(images)} pictures and {len(labels)} labels of part '{part}'")
    return images, labels


def _idx(folder: Path, name: str, dimensions: int) -> np.ndarray:
    path = next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)
    if path is None:
        raise UserError(f"{folder}: no {name} (nor {name}.gz)")
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        zero, kind, found = struct.unpack_from(">HBB", data)
        shape = struct.unpack_from(f">{dimensions}I", data, 4)
    except (OSError, EOFError, struct.error) as error:
        raise UserError(f"{path}: not an idx file ({error})") from None
    values = np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions)
    if (zero, kind, found) != (0, _UNSIGNED_BYTES, dimensions) or values.size != np.prod(shape):
        raise UserError(f"{path}: not an idx file of {dimensions} dimensions of bytes, or cut short")
    return values.reshape(shape)


def cifar10(folder: Path, part: Part) -> Pictures:
    """The batches of `cifar-10-batches-py` or `cifar-10-batches-bin` (the folder itself or the one above it).

    Returns:
        images (N,32,32,3) uint8 RGB and labels (N,) uint8 in the order of `CIFAR10_CLASSES`; N is 50,000 and 10,000.

    Raises:
        UserError: a batch is missing or is none.
    """
    inside = next((folder / name for name in _CIFAR10_FOLDERS if (folder / name).is_dir()), folder)
    binary = (inside / f"{_CIFAR10[part][0]}.bin").is_file()
    batches = [_binary(inside / f"{name}.bin") if binary else _batch(inside / name) for name in _CIFAR10[part]]
    return np.concatenate([images for images, _ in batches]), np.concatenate([labels for _, labels in batches])


def _binary(path: Path) -> Pictures:
    """A batch of the binary form: records of a label and the red, green and blue plane."""
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    data = np.frombuffer(path.read_bytes(), np.uint8)
    if not data.size or data.size % _CIFAR10_RECORD:
        raise UserError(f"{path}: not a batch of CIFAR-10 ({data.size} bytes are no multiple of {_CIFAR10_RECORD})")
    records = data.reshape(-1, _CIFAR10_RECORD)
    if records[:, 0].max() >= len(CIFAR10_CLASSES):
        raise UserError(f"{path}: not a batch of CIFAR-10 (label {records[:, 0].max()})")
    return records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), records[:, 0]


def _batch(path: Path) -> Pictures:
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    try:
        with open(path, "rb") as file:
            content = _ArraysOnly(file).load()
        data, labels = np.asarray(content[b"data"]), np.asarray(content[b"labels"], np.uint8)
        return data.astype(np.uint8, casting="safe").reshape(len(labels), 3, 32, 32).transpose(0, 2, 3, 1), labels
    except (pickle.UnpicklingError, EOFError, KeyError, TypeError, ValueError, OSError) as error:
        raise UserError(f"{path}: not a batch of CIFAR-10 ({str(error).splitlines()[0] if str(error) else type(error).__name__})") from None


class _ArraysOnly(pickle.Unpickler):
    """Reads the authors' pickles, and refuses to run anything but the making of an array."""

    _ALLOWED = frozenset(
        [
            ("numpy.core.multiarray", "_reconstruct"),  # as the authors' numpy called it
            ("numpy._core.multiarray", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("_codecs", "encode"),
        ]
    )

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding="bytes")

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module.replace("numpy.core", "numpy._core"), name)
