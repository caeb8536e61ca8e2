"""A stage's index as the next stages see it: which samples have the feature, where it lies, and the digest of its bytes."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from fas.clips import FLOW, FRAMES, IDENTITY, Member, Source
from fas.items.bundle import MEMBERS
from fas.items.engine import INDEX
from fas.items.item import OK
from fas.plan.samples import Sample

DATA = Path("data")
FOLDERS = {FRAMES: DATA / "frames", FLOW: DATA / "flow", IDENTITY: DATA / "identity"}
_COLUMNS = ("dataset", "clip", "sampling", "file", "digest", "member")
_ALONE = -1


def feature_folder(feature: str) -> Path:
    """Where a feature's files lie."""
    return FOLDERS.get(feature) or DATA / feature


@dataclass(frozen=True)
class Entry:
    """A feature of one sample: where its file lies below the stage's output, and the digest of its bytes (empty: not known yet).

    `member` is its number in a file that many still images share.
    """

    file: str
    digest: str
    member: int | None = None


class Index:
    """Sample -> what was computed. Clips without a face and failures have no entry."""

    def __init__(self, folder: Path, entries: dict[Sample, Entry]) -> None:
        self.folder = folder
        self.entries = entries

    @classmethod
    def read(cls, feature: str) -> "Index":
        """The index of the stage that makes `feature`; empty when the stage has nothing."""
        cue = feature.partition("/")[2]
        output = DATA / "residuals" if cue else feature_folder(feature)
        entries: dict[Sample, Entry] = {}
        for name in (INDEX, MEMBERS):
            for dataset, clip, sampling, file, digest, member in _rows(output / name, cue):
                entries[Sample(dataset, clip, sampling)] = Entry(file, digest, None if member == _ALONE else member)
        return cls(output, entries)

    def source(self, sample: Sample) -> Source:
        """Where a sample's arrays are."""
        entry = self.entries[sample]
        path = self.folder / entry.file
        return path if entry.member is None else Member(path, entry.member)

    def __contains__(self, sample: object) -> bool:
        return sample in self.entries

    def digest(self, sample: Sample) -> str:
        """The digest of the feature's bytes; empty while it is only planned. The sample must be in the index."""
        return self.entries[sample].digest


def _rows(path: Path, cue: str) -> list[tuple]:
    """The rows with a result, as `_COLUMNS`; bundles have no row of their own but those of their members."""
    if not path.is_file():
        return []
    table = pd.read_parquet(path)
    if not len(table):
        return []
    table = table.assign(**{name: default for name, default in (("sampling", ""), ("member", _ALONE)) if name not in table})
    table = table[(table["status"] == OK) & (table["clip"] != "")]
    if cue:
        table = table[table["cue"] == cue]
    return list(table[list(_COLUMNS)].itertuples(index=False, name=None))
