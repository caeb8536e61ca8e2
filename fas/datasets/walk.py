"""The walk through a dataset's folder that all adapters share, and the reading of its list files."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fas.errors import UserError

VIDEO_TYPES = frozenset(["3gp", "avi", "flv", "gif", "m2ts", "m4v", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "ogv", "ts", "webm", "wmv"])
IMAGE_TYPES = frozenset(["bmp", "jp2", "jpeg", "jpg", "pbm", "pgm", "png", "pnm", "ppm", "tif", "tiff", "webp"])
_SYSTEM = frozenset({"__macosx", "@eadir", "$recycle.bin", "system volume information", "lost+found", "thumbs.db", "desktop.ini"})

_IN_FRONT = 2  # folders in front of a dataset's own files: a wrapper, the archive's

DIRECT, THROUGH_LINK, LINK, NO_FILE = 0, 1, 2, 3


@dataclass(frozen=True, order=True, slots=True)
class Entry:
    """A file under the root. `path` is relative and '/' separated; `real` is what it leads to once links are followed.

    `via` tells how it was reached: DIRECT, THROUGH_LINK (a linked folder on the way) or LINK (the file itself is a link).
    NO_FILE is a name without a file: a link that leads nowhere, a device.
    """

    path: str
    real: str
    via: int = DIRECT


@dataclass(frozen=True)
class Tree:
    """A dataset's root, every visible file below it, sorted by path, and the relative paths of the folders."""

    root: Path
    entries: tuple[Entry, ...]
    folders: tuple[str, ...] = ()

    def find(self, name: str) -> list[Path]:
        """The files called `name` (a relative path) under the root, or with up to two folders in front."""
        found = (entry.path for entry in self.entries if f"/{entry.path}".endswith(f"/{name}"))
        return [self.root / path for path in found if path.removesuffix(name).count("/") <= _IN_FRONT]


def walk(root: Path) -> Tree:
    """All files under `root` but hidden and system ones. Links are followed, never back into a folder they lie in.

    Raises:
        UserError: `root` is no folder, a folder cannot be read, or a name is not UTF-8.
    """
    if not root.is_dir():
        raise UserError(f"{root}: no such folder")
    real = os.path.realpath(root)
    folders: list[str] = []
    entries = sorted(_files(real, "", DIRECT, (real,), folders))
    return Tree(root, tuple(entries), tuple(sorted(folders)))


def _files(folder: str, prefix: str, via: int, above: tuple[str, ...], folders: list[str]) -> Iterator[Entry]:
    """The files below `folder`; the folders on the way are added to `folders`."""
    for entry in _listing(folder):
        path, real, reached = prefix + entry.name, os.path.join(folder, entry.name), via  # noqa: PTH118
        if entry.is_symlink():
            real = os.path.realpath(real)
            reached = LINK if os.path.isfile(real) else THROUGH_LINK  # noqa: PTH113
        if os.path.isfile(real):  # noqa: PTH113
            yield Entry(path, real, reached)
        elif not os.path.isdir(real):  # noqa: PTH112
            yield Entry(path, real, NO_FILE)
        elif real not in above:
            folders.append(path)
            yield from _files(real, path + "/", reached, (*above, real), folders)


def _listing(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not entry.name.startswith(".") and entry.name.lower() not in _SYSTEM]
    except OSError as error:
        raise UserError(f"{folder}: cannot be read: {error.strerror}") from None
    for entry in visible:
        try:
            entry.name.encode()
        except UnicodeEncodeError:
            raise UserError(f"{os.fsencode(entry.path)!r}: the file name is not UTF-8") from None
    return visible


def once(entries: Iterable[Entry]) -> list[Entry]:
    """Entries without those that only lead, by a link, to a file that is listed already.

    Several linked names of one file outside are all kept: stores that link by content share a file between equal captures.
    """
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.real, []).append(entry)
    kept: list[Entry] = []
    for group in groups.values():
        first = min(group, key=lambda entry: (entry.via, entry.path))
        kept += group if first.via == LINK else [first]
    return sorted(kept)


def filled_list(path: Path) -> list[str]:
    """`read_list` of a file that says something: without it captures would silently lose their split.

    Raises:
        UserError: as `read_list`, or there is no line in it.
    """
    lines = read_list(path)
    if not lines:
        raise UserError(f"{path}: an empty list")
    return lines


def read_list(path: Path) -> list[str]:
    """The lines of a list file, stripped, without empty ones: any line ends, a byte order mark and backslashes are tolerated.

    Raises:
        UserError: the file cannot be read as UTF-8 text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not a readable list: {error}") from None
    return [line.strip().replace("\\", "/") for line in text.splitlines() if line.strip()]
