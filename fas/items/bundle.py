"""Many small captures in one item: what a worker makes of each of them, in one file.

A dataset of 600,000 still images would else be 600,000 files for every feature. A bundle's npz holds the arrays of member m as
`<m>/<array>`, m being its place in the bundle, and `member`, `status` and `error` (one text each per member): a member without a face
or with a damaged file is a row there, and in the stage's `members.parquet`. A failure of the machine fails the item, to be tried again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from fas.config import Runtime
from fas.errors import NoFace, UserError
from fas.files import write_npz
from fas.items.item import FAILED, NO_FACE, OK
from fas.items.perform import one_line
from fas.items.worker import Worker

if TYPE_CHECKING:
    from fas.items.engine import Row

MEMBERS = "members.parquet"
_TOLD = ("member", "status", "error")


@dataclass(frozen=True)
class Bundle:
    """The captures of one item: (clip, the worker's own task) each."""

    tasks: tuple[tuple[str, Any], ...]


class ArraysWorker(Worker, Protocol):
    """A worker whose result is one npz: `arrays(task)` are its arrays, `file` its name, `compress` whether it is compressed."""

    file: str
    compress: bool

    def arrays(self, task: Any) -> dict[str, np.ndarray]: ...


class BundleWorker:
    """Does bundles with another worker."""

    def __init__(self, worker: ArraysWorker) -> None:
        self.worker = worker
        self.name = f"{worker.name}/bundle"
        self.version = worker.version

    def depends(self) -> dict[str, Any]:
        return self.worker.depends()

    def setup(self, runtime: Runtime) -> None:
        self.worker.setup(runtime)

    def work(self, task: Bundle, out: Path, scratch: Path) -> None:
        arrays: dict[str, np.ndarray] = {}
        found = []
        for number, (clip, member) in enumerate(task.tasks):
            status, error = OK, ""
            try:
                arrays |= {f"{number}/{name}": value for name, value in self.worker.arrays(member).items()}
            except NoFace as reason:
                status, error = NO_FACE, one_line(reason)
            except UserError as reason:
                status, error = FAILED, one_line(reason)
            found.append((clip, status, error))
        columns = (np.array(column, dtype=np.str_) for column in zip(*found, strict=True))
        write_npz(out / self.worker.file, dict(zip(_TOLD, columns, strict=True)) | arrays, self.worker.compress)


def members(folder: Path, rows: Sequence["Row"]) -> pd.DataFrame:
    """A line per member of the bundles among a stage's rows, with the columns of its index, `member` (its number in the file) and
    `digest` (that of the whole file). Empty where there is no bundle."""
    lines = [line for row in rows for line in _lines(folder, row)]
    return pd.DataFrame(lines).sort_values(["item", "member"], kind="stable", ignore_index=True) if lines else pd.DataFrame()


def _lines(folder: Path, row: "Row") -> list[dict[str, Any]]:
    if not isinstance(row.item.task, Bundle) or not row.file:
        return []
    about = {"item": row.item.name, **row.item.ids, "file": row.file, "digest": row.record.digest}
    lines = enumerate(told(folder / row.file))
    return [{**about, "clip": clip, "status": status, "error": error, "member": number} for number, (clip, status, error) in lines]


def told(path: Path) -> list[tuple[str, str, str]]:
    """What became of each member of a bundle's file: clip, status, error."""
    with np.load(path, allow_pickle=False) as archive:
        return list(zip(*(archive[name].tolist() for name in _TOLD), strict=True))
