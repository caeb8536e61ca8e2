"""A clip: one capture, what is known of it, and the features that were computed from it.

This is what methods and cue makers read. A feature comes from a file in the pipeline, or from memory in `fas predict`;
who reads it need not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fas.files import npz_shape, opened_npz, read_npz

FRAMES = "frames"
FLOW = "flow"
IDENTITY = "identity"


def residuals(cue: str) -> str:
    """The name of the feature that holds cue maker `cue`'s reconstructions."""
    return f"residuals/{cue}"


@dataclass(frozen=True)
class Member:
    """A feature's arrays inside a file that many still images share (fas/items/bundle.py): those called `<number>/...`."""

    path: Path
    number: int

    @property
    def prefix(self) -> str:
        """What its arrays' names begin with."""
        return f"{self.number}/"

    def read(self) -> dict[str, np.ndarray]:
        """Its arrays; those of the others are not read."""
        archive = opened_npz(self.path)
        mine = [name for name in archive.files if name.startswith(self.prefix)]
        return {name.removeprefix(self.prefix): archive[name] for name in mine}


Source = Path | Member


@dataclass(frozen=True)
class Clip:
    """One capture. `label` is `live` or `attack`; `features` maps a feature's name to where it is kept, or to its arrays."""

    dataset: str
    clip: str
    label: str = ""
    attack: str = ""
    instrument: str = ""
    subject: str = ""
    device: str = ""  # the camera
    support: str = ""  # how an attack's instrument is held, where the dataset says: `fixed` or `hand`
    domain: str = ""  # the dataset's letter (M, C, I, O) or name: domain-generalisation methods balance over it
    features: Mapping[str, Source | Mapping[str, np.ndarray]] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Whether its label is `live`."""
        return self.label == "live"

    def has(self, feature: str) -> bool:
        """Whether the feature was computed (a capture without a face has none)."""
        return feature in self.features

    def read(self, feature: str) -> Mapping[str, np.ndarray]:
        """The arrays of a feature. See each stage's room for their names, shapes and units."""
        source = self.features[feature]
        if isinstance(source, Member):
            return source.read()
        return read_npz(source) if isinstance(source, Path) else source

    def shape(self, feature: str, name: str) -> tuple[int, ...]:
        """The shape of one array of a feature, without reading the array.

        Raises:
            KeyError: the feature has no such array.
        """
        source = self.features[feature]
        if isinstance(source, Member):
            return npz_shape(source.path, source.prefix + name)
        return npz_shape(source, name) if isinstance(source, Path) else source[name].shape
