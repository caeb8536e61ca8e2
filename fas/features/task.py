"""One clip of the flow, identity and residuals stages."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fas.errors import UserError


@dataclass(frozen=True)
class FeatureTask:
    """A clip's frames file (`source`) and, for cue makers that are conditioned on it, its identity file."""

    source: Path
    identity: Path | None = None


def read_arrays(path: Path, names: Sequence[str]) -> list[np.ndarray]:
    """The named arrays of an npz and nothing else of it.

    Raises:
        UserError: no such file, or an array is missing: its name, and what the file has.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    with np.load(path, allow_pickle=False) as archive:
        for name in names:
            if name not in archive:
                raise UserError(f"{path}: no '{name}' in it (there is: {', '.join(archive.files)})")
        return [archive[name] for name in names]
