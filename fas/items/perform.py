"""One item computed, in whatever process an executor chose, and put into the journal: a kill at any moment loses nothing finished."""

import errno
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fas.config import Runtime
from fas.errors import NoFace, UserError
from fas.files import write_npz
from fas.items.item import FAILED, NO_FACE, OK, File, Record
from fas.items.store import RECORD, half_made, read_record
from fas.items.worker import ArraysWorker, Worker, together

# The machine is at fault, not the item: every further item would fail alike.
_FATAL = {
    errno.ENOSPC: "disk full",
    errno.EDQUOT: "disk quota exceeded",
    errno.EROFS: "read-only file system",
    errno.EMFILE: "too many open files",
}


@dataclass(frozen=True)
class Job:
    """An item on its way to a worker: where its result goes (`journal`) and where its checkpoints live (`scratch`)."""

    key: str
    name: str
    task: Any
    journal: Path
    scratch: Path


@dataclass(frozen=True)
class Done:
    """What became of a job. `fatal` is set when the whole stage has to stop."""

    key: str
    record: Record
    seconds: float
    fatal: str = ""


def perform(worker: Worker, job: Job) -> Done:
    """Compute one item. Never raises for the item's own failure: that is a record with the reason in one line."""
    start = time.perf_counter()
    making = half_made(job.journal)
    fatal = ""
    try:
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        record = _compute(worker, job, making)
        if record.status != FAILED:
            _commit(making, job.journal, record)
            shutil.rmtree(job.scratch, ignore_errors=True)
    except Exception as error:  # `_compute` lets through only what is no item's fault
        fatal = f"{_machine_at_fault(error) or 'cannot write'}: {one_line(error)}"
        record = Record(FAILED, fatal)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return Done(job.key, record, time.perf_counter() - start, fatal)


def groups(worker: Worker | None, jobs: Sequence[Job], hands: int) -> list[list[Job]]:
    """The jobs in groups of those that the worker does at once (`group`, 1 unless told), with work for all of so many processes."""
    size = max(1, min(getattr(worker, "group", 1), -(-len(jobs) // hands)))
    return [list(jobs[start : start + size]) for start in range(0, len(jobs), size)]


def perform_together(worker: Any, jobs: Sequence[Job]) -> list[Done]:
    """Compute a group of items of an ArraysWorker at once; a failure is that of its own item. One item is performed as it is."""
    if len(jobs) == 1:
        return [perform(worker, jobs[0])]
    start = time.perf_counter()
    outcomes = together(worker, [job.task for job in jobs])
    share = (time.perf_counter() - start) / len(jobs)
    done = [perform(_Made(worker, outcome), job) for job, outcome in zip(jobs, outcomes, strict=True)]
    return [replace(one, seconds=one.seconds + share) for one in done]


class _Made:
    """Stands in for an ArraysWorker whose result is there already: what is left is to write it, or to fail."""

    def __init__(self, worker: ArraysWorker, outcome: Any) -> None:
        self.worker = worker
        self.outcome = outcome
        self.name, self.version = worker.name, worker.version

    def depends(self) -> dict[str, Any]:
        return self.worker.depends()

    def setup(self, runtime: Runtime) -> None:
        """It is set up."""

    def work(self, task: Any, out: Path, scratch: Path) -> None:
        if isinstance(self.outcome, Exception):
            raise self.outcome
        write_npz(out / self.worker.file, self.outcome, self.worker.compress)


def _compute(worker: Worker, job: Job, making: Path) -> Record:
    try:
        worker.work(job.task, making, job.scratch)
    except NoFace as reason:
        return Record(NO_FACE, one_line(reason))
    except Exception as error:  # whatever an item does, the others go on
        if _machine_at_fault(error):
            raise
        return Record(FAILED, one_line(error, (making, job.scratch)))
    paths = sorted(path for path in making.rglob("*") if path.is_file())
    return Record(OK, "", tuple(File(path.relative_to(making).as_posix(), _md5(path), path.stat().st_size) for path in paths))


def _machine_at_fault(error: Exception) -> str:
    """Why all further items would fail alike, told by the error's number or, where a library wraps it, by its text; else nothing."""
    number = getattr(error, "errno", None)
    return next((text for code, text in _FATAL.items() if code == number or os.strerror(code) in str(error)), "")


def _commit(making: Path, journal: Path, record: Record) -> None:
    """Flush the finished files to disk and give their folder its name in one step.

    The record need not be flushed: one that a power failure cuts short is as if never written.
    """
    for file in record.files:
        _flush(making / file.name)
    (making / RECORD).write_text(json.dumps(record.to_json()))
    if read_record(journal) == record:  # another run finished the same item first, and may be reading it
        return
    shutil.rmtree(journal, ignore_errors=True)
    try:
        making.rename(journal)
    except OSError:
        if read_record(journal) != record:
            raise


def _flush(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _md5(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def one_line(error: BaseException, folders: Iterable[Path] = ()) -> str:
    """An error as one line: its message for a UserError or NoFace, else with the error's type in front. `folders` are not named in it."""
    text = str(error)
    for folder in folders:
        text = text.replace(f"{folder}/", "")
    text = " ".join(text.split())[:500]
    return text if isinstance(error, UserError | NoFace) and text else f"{type(error).__name__}: {text}"
