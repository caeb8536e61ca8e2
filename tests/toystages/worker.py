"""Fake workers. The first word of an item's text says what happens to it; every call that begins is logged outside the repository."""

import errno
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xxhash

from fas.config import Runtime
from fas.errors import NoFace
from fas.files import write_npz

Task = tuple[str, str]
"""A name for the log, and the text or the file that holds it."""


def calls(log: Path) -> list[str]:
    """The calls that were logged, in order: `<worker> <name>`."""
    return log.read_text().splitlines() if log.exists() else []


@dataclass
class Toy:
    """Writes `size` bytes that depend on the text and on `gain`; `effort` is in the key and changes no byte."""

    name: str = "toy"
    version: int = 1
    gain: int = 1
    effort: int = 1
    size: int = 64
    file: str = "out.bin"
    cpus: int = 1
    broken: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    def depends(self) -> dict[str, Any]:
        return {"gain": self.gain, "effort": self.effort, "size": self.size, **self.extra}

    def setup(self, runtime: Runtime) -> None:
        if self.broken:
            raise ValueError(self.broken)

    def work(self, task: Task, out: Path, scratch: Path) -> None:
        name, source = task
        text = Path(source).read_bytes() if source.startswith("/") else source.encode()
        with open(os.environ["TOY_LOG"], "a") as log:
            log.write(f"{self.name} {name}\n")
        time.sleep(float(os.environ.get("TOY_SLEEP", "0")))
        _misbehave(text.split()[0].decode(errors="replace") if text.split() else "", out)
        block = xxhash.xxh3_128_digest(text + bytes([self.gain]))
        (out / self.file).write_bytes(block * (self.size // len(block)))


def _misbehave(word: str, out: Path) -> None:
    if word == "no_face":
        raise NoFace("no face in any frame")
    if word == "fail":
        raise ValueError(f"cannot decode\nthis at all: {out}/part")
    if word == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if word == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(out / "part"))
    if word == "wrapped_full":
        raise RuntimeError(f"writer failed: {os.strerror(errno.ENOSPC)}")


@dataclass
class Grouped(Toy):
    """Several at once: the length of each text and the text itself, as arrays. A group with `spoil` in it fails as a whole."""

    name: str = "grouped"
    file: str = "out.npz"
    group: int = 3
    compress: bool = False

    def work(self, task: Task, out: Path, scratch: Path) -> None:
        write_npz(out / self.file, self.arrays(task), self.compress)

    def arrays(self, task: Task) -> dict[str, np.ndarray]:
        """The result of one."""
        _misbehave(task[1], Path("out"))
        if task[1] == "spoil":
            raise ValueError("spoilt")
        with open(os.environ["TOY_LOG"], "a") as log:
            log.write(f"{self.name} {task[0]}\n")
        return {"length": np.array([len(task[1])]), "text": np.array([task[1]])}

    def together(self, tasks: Sequence[Task]) -> list[dict[str, np.ndarray] | Exception]:
        """The results of several."""
        with open(os.environ["TOY_LOG"], "a") as log:
            log.write(f"together {' '.join(task[0] for task in tasks)}\n")
        if any(task[1] == "spoil" for task in tasks):
            raise ValueError("all spoilt")
        found: list[dict[str, np.ndarray] | Exception] = []
        for task in tasks:
            try:
                found.append(self.arrays(task))
            except Exception as error:
                found.append(error)
        return found
