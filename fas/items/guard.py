"""One owner per stage output, and no orphans: a stage ends when the `dvc` that started it ends."""

import fcntl
import os
import signal
import threading
import time
from pathlib import Path
from typing import IO, Self

import psutil

from fas.errors import UserError

_SHELLS = {"sh", "bash", "dash", "zsh", "ksh", "fish"}


class Owner:
    """An exclusive lock on a stage's output for as long as this process lives. Use as a context manager."""

    def __init__(self, path: Path, what: str, patience: float = 10.0) -> None:
        self.path = path
        self.what = what
        self.patience = patience
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        """Take the lock, waiting a little for a predecessor that is about to end.

        Raises:
            UserError: another process keeps it.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = open(self.path, "a+")  # kept open: the lock lives as long as the file
        until = time.monotonic() + self.patience
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    file.seek(0)
                    holder = file.read().strip()
                    file.close()
                    raise UserError(f"{self.what} is being written by another run (process {holder}); wait for it or end it") from None
                time.sleep(0.1)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()
            self._file = None


def end_with_parent(interval: float = 0.25) -> None:
    """Watch the `dvc` that started this process and kill this process and its children when it is gone. Without DVC, nothing is watched."""
    guarded = _guarded() if "DVC_STAGE" in os.environ else []
    if guarded:
        threading.Thread(target=_watch, args=(guarded, interval), daemon=True, name="end-with-parent").start()


def _guarded() -> list[psutil.Process]:
    """The parent; when that is a shell (one that did not give its process to the command), also the shell's parent."""
    try:
        parent = psutil.Process().parent()
        if parent is None:
            return []
        grandparent = parent.parent() if parent.name() in _SHELLS else None
        return [process for process in (parent, grandparent) if process is not None and process.pid != 1]
    except psutil.Error:
        return []


def _watch(guarded: list[psutil.Process], interval: float) -> None:
    while all(_runs(process) for process in guarded):
        time.sleep(interval)
    for child in psutil.Process().children(recursive=True):
        try:
            child.kill()
        except psutil.Error:
            continue
    os.kill(os.getpid(), signal.SIGKILL)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
