"""An item, its key, and the record of its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Self

from fas.files import digest_value
from fas.items.worker import Worker

OK = "ok"
NO_FACE = "no_face"
FAILED = "failed"


@dataclass(frozen=True)
class Item:
    """One unit of work of a stage.

    `ids` are its columns in the index (`dataset`, `clip`, or `method`, `variant`, ...). `inputs` (JSON) is what the result depends on
    beside the worker's own `depends()`: content digests, never paths. `task` is handed to the worker and is not part of the key.
    `folder` is where its files land below the stage's output. A worker names its files without looking at the item (equal captures under
    two names share one result); `file` is what the one file of an item is called in the output. `blocked` says why it cannot be computed
    here (a missing root, say); it may still be reused.
    """

    name: str
    ids: Mapping[str, str]
    inputs: Mapping[str, Any]
    task: Any
    folder: str = ""
    file: str = ""
    blocked: str = ""

    def path(self, name: str) -> str:
        """Where the worker's file `name` lands below the stage's output."""
        return (PurePosixPath(self.folder) / (self.file or name)).as_posix()

    def key(self, worker: Worker, depends: Mapping[str, Any] | None = None) -> str:
        """The digest of everything the result depends on. `depends` spares calling `worker.depends()` for every item."""
        return digest_value(
            {
                "worker": worker.name,
                "version": worker.version,
                "depends": worker.depends() if depends is None else depends,
                "inputs": dict(self.inputs),
            }
        )


@dataclass(frozen=True)
class File:
    """A result's file: its name below the item's folder, the md5 by which DVC keeps it, its size in bytes."""

    name: str
    md5: str
    size: int


@dataclass(frozen=True)
class Record:
    """What is remembered of a finished item. `error` is empty for `ok`."""

    status: str
    error: str = ""
    files: tuple[File, ...] = ()

    @property
    def digest(self) -> str:
        """The digest of the result's bytes: what items downstream depend on. Empty when there are none."""
        return digest_value([[file.name, file.md5] for file in self.files]) if self.files else ""

    def to_json(self) -> dict[str, Any]:
        """The record as JSON."""
        return {"status": self.status, "error": self.error, "files": [[file.name, file.md5, file.size] for file in self.files]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """The record that `to_json` wrote."""
        return cls(value["status"], value["error"], tuple(File(*file) for file in value["files"]))
