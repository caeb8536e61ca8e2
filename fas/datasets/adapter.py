"""What a dataset's adapter is: a grammar of its official paths and what a matching name says of the capture."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from fas.datasets.box_files import BoxFiles
from fas.datasets.walk import Tree

LIVE = "live"
ATTACK = "attack"
LABELS = (LIVE, ATTACK)
SPLITS = ("train", "dev", "test")
MEDIA = ("video", "image", "frames")
# Presentation attack instrument (PAI) classes.
ATTACKS = ("print", "replay", "cut", "mask_paper", "mask_rigid", "mask_flexible", "fakehead", "glasses", "wax", "other")


@dataclass(frozen=True)
class Capture:
    """What a dataset's names say of one capture. A live capture has neither an attack class nor an instrument."""

    label: str
    subject: str
    split: str = ""
    attack: str = ""
    instrument: str = ""
    session: str = ""
    device: str = ""
    support: str = ""
    light: str = ""
    media: str = "video"


@dataclass(frozen=True)
class Listed:
    """An official list in a copy: the captures of one role of a protocol, or of one label of it.

    `entries` maps a capture's key (`Adapter.key`) to the attack classes that its line admits; the empty class is live.
    """

    path: Path
    protocol: str
    role: str
    entries: Mapping[str, tuple[str, ...]]
    labels: tuple[str, ...] = LABELS


def official_path(match: re.Match[str]) -> str:
    """The path of a capture as the dataset names it: without folders in front, and without the grammar's group `ext` where it has one."""
    end = match.start("ext") if "ext" in match.re.groupindex else None
    return match.string[match.end("wrapper") : end]


@dataclass(frozen=True)
class Adapter:
    """One dataset's layout.

    `grammar` is matched against a whole path relative to the root, with or without one extra wrapper folder in front, and the folder
    that the dataset's archive makes (`folder`, a regular expression of its name).
    Its group `ext` is the extension, where the rest of the name tells one capture from another.
    `describe(match, side)` says what the capture is, or None when the file is no capture after all.
    `identity(match)` is the same for two files that can only be copies of one capture.
    `splits` are the official splits that a whole copy has. `letter` is the dataset's letter in the literature.
    `attack` is the dataset's attack class where it has only one.
    `side(tree)` reads what the names do not say (subject lists, label files), once per scan. `lists(tree)` are the copy's own lists of
    protocols that a rule defines, to be compared with it; `key(clip)` is what they call a capture. `boxes` tells of side files with
    face boxes. `sequence`, of a dataset whose still images are moments of recordings, is matched against a whole clip: its group `number`
    is the image's place in the recording that its group `sequence` names (fas/datasets/neighbours.py).
    """

    name: str
    title: str
    example: str
    grammar: str
    describe: Callable[[re.Match[str], Any], Capture | None]
    identity: Callable[[re.Match[str]], str] = official_path
    splits: tuple[str, ...] = SPLITS
    letter: str | None = None
    folder: str = ""
    attack: str = ""
    side: Callable[[Tree], Any] = lambda tree: None
    lists: Callable[[Tree], Iterable[Listed]] = lambda tree: ()
    key: Callable[[str], str] = lambda clip: PurePosixPath(clip).stem
    boxes: BoxFiles | None = None
    sequence: str = ""

    def pattern(self) -> re.Pattern[str]:
        """The grammar behind optional folders in front, which are the group `wrapper`."""
        own = f"(?:(?:{self.folder})/)?" if self.folder else ""
        return re.compile(rf"(?P<wrapper>(?:[^/]+/)??{own})(?:{self.grammar})", re.DOTALL)
