"""Many small captures in one item: what a worker makes of each of them, in one file.

A dataset of 600,000 still images would else be 600,000 files for every feature. A bundle's npz holds the arrays of member m as
`<m>/<array>`, m being its place in the bundle, and `member`, `status` and `error` (one text each per member): a member without a face
or with a damaged file is a row there, and in the stage's `members.parquet`. A file that cannot be reached, and a failure of the machine,
fail the item, to be tried again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fas.config import Runtime
from fas.errors import NoFace, UnreachableError, UserError
from fas.files import write_npz
from fas.items.item import FAILED, NO_FACE, OK
from fas.items.perform import one_line
from fas.items.worker import ArraysWorker, together

MEMBERS = "members.parquet"
_TOLD = ("member", "status", "error")


@dataclass(frozen=True)
class Bundle:
    """The captures of one item: (clip, the worker's own task) each."""

    tasks: tuple[tuple[str, Any], ...]


class BundleWorker:
    """Does bundles with another worker."""

    def __init__(self, worker: ArraysWorker) -> None:
        self.worker = worker
        self.name = f"{worker.name}/bundle"
        self.version = worker.version
        self.gpu = getattr(worker, "gpu", False)

    def depends(self) -> dict[str, Any]:
        """What the other worker's results depend on."""
        return self.worker.depends()

    def setup(self, runtime: Runtime) -> None:
        """Set the other worker up."""
        self.worker.setup(runtime)

    def work(self, task: Bundle, out: Path, scratch: Path) -> None:
        """Write the bundle's npz; a member without a face, or whose file is damaged, is told in it.

        Raises:
            UnreachableError: a member's file is not there or cannot be read now.
            Exception: the machine fails (memory, disk).
        """
        arrays: dict[str, np.ndarray] = {}
        found = []
        for number, (clip, outcome) in enumerate(self._outcomes(task)):
            status, error = OK, ""
            try:
                if isinstance(outcome, Exception):
                    raise outcome
                arrays |= {f"{number}/{name}": value for name, value in outcome.items()}
            except NoFace as reason:
                status, error = NO_FACE, one_line(reason)
            except UnreachableError:
                raise
            except (UserError, ValueError) as reason:
                status, error = FAILED, one_line(reason)
            found.append((clip, status, error))
        columns = (np.array(column, dtype=np.str_) for column in zip(*found, strict=True))
        write_npz(out / self.worker.file, dict(zip(_TOLD, columns, strict=True)) | arrays, self.worker.compress)

    def _outcomes(self, task: Bundle) -> Iterator[tuple[str, dict[str, np.ndarray] | Exception]]:
        """The members' clips with their arrays, or why there are none; so many at once as the worker does."""
        size = getattr(self.worker, "group", 1)
        for start in range(0, len(task.tasks), size):
            clips, members = zip(*task.tasks[start : start + size], strict=True)
            yield from zip(clips, together(self.worker, members), strict=True)


def told(path: Path) -> list[tuple[str, str, str]]:
    """What became of each member of a bundle's file: clip, status, error."""
    with np.load(path, allow_pickle=False) as archive:
        return list(zip(*(archive[name].tolist() for name in _TOLD), strict=True))
