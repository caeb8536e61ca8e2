"""What the engine asks of a worker: a name, a version, what its results depend on, and the work itself."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fas.config import Runtime


class Worker(Protocol):
    """Does one kind of item. Must be picklable: `setup` loads what is heavy, once in every process.

    `version` is raised by hand whenever the same inputs begin to give other bytes; a golden test per worker remembers.
    A worker may also say how many processors one item takes: `cpus`, 1 unless told, 0 for a training (the user's `threads`); that it
    computes on a GPU where there is one: `gpu`; and, an ArraysWorker, that it does several items at once: `group`.
    """

    name: str
    version: int

    def depends(self) -> dict[str, Any]:
        """What every result of this worker depends on, as JSON: the parameters it really uses, digests of the weights it loads."""
        ...

    def setup(self, runtime: Runtime) -> None:
        """Load networks, open sessions. Called once per process, before the first `work`."""
        ...

    def work(self, task: Any, out: Path, scratch: Path) -> None:
        """Compute one item and write its files into the empty folder `out`.

        `scratch` belongs to this item and outlives a kill: long work keeps its checkpoints there.

        Raises:
            NoFace: a result without files; remembered like any other.
            Exception: a failure; told as one line in the item's row and tried again the next time.
        """
        ...


class ArraysWorker(Worker, Protocol):
    """A worker whose result is one npz: `arrays(task)` are its arrays, `file` its name, `compress` whether it is compressed.

    One that does several at once has `group`, how many at most, and `together(tasks)`: the arrays of each, or the exception that `arrays`
    would have raised. Nothing of a result depends on who is in the group.
    """

    file: str
    compress: bool

    def arrays(self, task: Any) -> dict[str, np.ndarray]:
        """The arrays that `work` writes; raises what `work` raises."""
        ...


def together(worker: ArraysWorker, tasks: Sequence[Any]) -> list[dict[str, np.ndarray] | Exception]:
    """The arrays of each task, or why it has none. Where a group fails as a whole, each is done by itself: only who is at fault fails."""
    if len(tasks) > 1 and hasattr(worker, "together"):
        try:
            return list(worker.together(tasks))
        except Exception:  # told below, in the row of the one that fails alone as well
            pass
    return [_alone(worker, task) for task in tasks]


def _alone(worker: ArraysWorker, task: Any) -> dict[str, np.ndarray] | Exception:
    try:
        return worker.arrays(task)
    except Exception as error:  # raised again where the item's row is made
        return error
