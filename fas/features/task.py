"""One clip of the flow, identity and residuals stages."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fas.clips import Member, Source
from fas.errors import UserError


@dataclass(frozen=True)
class FeatureTask:
    """A clip's frames (`source`), for cue makers that are conditioned on it its identity, and the folder of its precomputed flow."""

    source: Source
    identity: Source | None = None
    flow_files: Path | None = None


def read_arrays(source: Source, names: Sequence[str]) -> list[np.ndarray]:
    """The named arrays of a feature and nothing else of it.

    Raises:
        UserError: no such file, or an array is missing: its name, and what there is.
    """
    path, prefix = (source.path, source.prefix) if isinstance(source, Member) else (source, "")
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    with np.load(path, allow_pickle=False) as archive:
        for name in names:
            if prefix + name not in archive:
                there = (known.removeprefix(prefix) for known in archive.files if known.startswith(prefix))
                raise UserError(f"{path}: no '{name}' in it (there is: {', '.join(there)})")
        return [archive[prefix + name] for name in names]
