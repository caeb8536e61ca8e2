"""MNIST and CIFAR-10 in their own file formats."""

import gzip
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest

from fas.errors import UserError
from fas.one_class.mnist_cifar10 import cifar10, mnist


def idx(array: np.ndarray) -> bytes:
    return struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.fixture
def digits() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.integers(0, 256, (7, 28, 28), dtype=np.uint8), random.integers(0, 10, 7, dtype=np.uint8)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("part", "prefix"), [("train", "train"), ("test", "t10k")])
def test_idx_files_come_back_as_they_were(tmp_path: Path, digits, packed, part, prefix) -> None:
    for kind, array in zip(("images-idx3", "labels-idx1"), digits, strict=True):
        name, data = f"{prefix}-{kind}-ubyte", idx(array)
        (tmp_path / (f"{name}.gz" if packed else name)).write_bytes(gzip.compress(data) if packed else data)
    images, labels = mnist(tmp_path, part)
    np.testing.assert_array_equal(images, digits[0])
    np.testing.assert_array_equal(labels, digits[1])


@pytest.mark.parametrize("data", [b"", b"no idx", idx(np.zeros((2, 28, 28), np.uint8))[:-1], idx(np.zeros(3, np.uint8))])
def test_what_is_no_idx_file_is_one_line(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(data)
    with pytest.raises(UserError, match="train-images-idx3-ubyte: not an idx file") as error:
        mnist(tmp_path, "train")
    assert "\n" not in str(error.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no t10k-images-idx3-ubyte"):
        mnist(tmp_path, "test")


def write_batch(path: Path, images: np.ndarray, labels: list[int], protocol: int = 2) -> None:
    flat = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    path.write_bytes(pickle.dumps({b"data": flat, b"labels": labels, b"batch_label": b"a batch"}, protocol=protocol))


@pytest.mark.parametrize("protocol", [2, 4])
def test_batches_are_joined_in_order(tmp_path: Path, protocol: int) -> None:
    images = np.random.default_rng(1).integers(0, 256, (10, 32, 32, 3), dtype=np.uint8)
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for number in range(5):
        part = slice(2 * number, 2 * number + 2)
        write_batch(folder / f"data_batch_{number + 1}", images[part], [number, 9 - number], protocol)
    for where in (tmp_path, folder):
        read, labels = cifar10(where, "train")
        np.testing.assert_array_equal(read, images)
        assert labels.tolist() == [0, 9, 1, 8, 2, 7, 3, 6, 4, 5]


class Evil:
    def __reduce__(self):
        return (print, ("run",))


def test_a_pickle_that_runs_something_is_refused(tmp_path: Path, capsys) -> None:
    (tmp_path / "test_batch").write_bytes(pickle.dumps({b"data": Evil()}))
    with pytest.raises(UserError, match=r"test_batch: not a batch of CIFAR-10 \(it asks for builtins\.print\)"):
        cifar10(tmp_path, "test")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"text", pickle.dumps({b"labels": [1]}), pickle.dumps([1, 2])])
def test_what_is_no_batch_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "test_batch").write_bytes(content)
    with pytest.raises(UserError, match="test_batch: not a batch of CIFAR-10") as error:
        cifar10(tmp_path, "test")
    assert "\n" not in str(error.value)


def records(images: np.ndarray, labels: list[int]) -> bytes:
    return b"".join(bytes([label]) + image.transpose(2, 0, 1).tobytes() for image, label in zip(images, labels, strict=True))


def test_binary_batches_say_the_same(tmp_path: Path) -> None:
    images = np.random.default_rng(1).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    folder = tmp_path / "cifar-10-batches-bin"
    folder.mkdir()
    (folder / "test_batch.bin").write_bytes(records(images, [3, 1, 4, 9]))
    for where in (tmp_path, folder):
        read, labels = cifar10(where, "test")
        np.testing.assert_array_equal(read, images)
        assert labels.tolist() == [3, 1, 4, 9]


@pytest.mark.parametrize(
    ("data", "told"), [(b"", "0 bytes"), (b"short", "5 bytes are no multiple of 3073"), (bytes([10]) + bytes(3072), "label 10")]
)
def test_what_is_no_binary_batch_is_one_line(tmp_path: Path, data: bytes, told: str) -> None:
    (tmp_path / "test_batch.bin").write_bytes(data)
    with pytest.raises(UserError, match=f"test_batch.bin: not a batch of CIFAR-10 .{told}") as error:
        cifar10(tmp_path, "test")
    assert "\n" not in str(error.value)
