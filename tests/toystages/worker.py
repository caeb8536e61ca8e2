"""Fake workers. The first word of an item's text says what happens to it; every call that begins is logged outside the repository."""

import errno
import os
import signal
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xxhash

from fas.config import Runtime
from fas.errors import NoFace

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
