"""What the engine asks of a worker: a name, a version, what its results depend on, and the work itself."""

from pathlib import Path
from typing import Any, Protocol

from fas.config import Runtime


class Worker(Protocol):
    """Does one kind of item. Must be picklable: `setup` loads what is heavy, once in every process.

    `version` is raised by hand whenever the same inputs begin to give other bytes; a golden test per worker remembers.
    A worker may also say how many processors one item takes: `cpus`, 1 unless told, 0 for a training (the user's `threads`).
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
