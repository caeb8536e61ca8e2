"""What a feature is computed of: a capture under a rule of frame sampling; and the buckets that share files between still images."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import pandas as pd
import xxhash

BUCKET = 128  # images at most that a bucket holds on average where their number is left to us
FEW = 5_000  # so many still images of a dataset have files of their own


class Sample(NamedTuple):
    """A capture of a dataset. `sampling` is the sampling policy that a protocol asks for; empty: that of params.yaml."""

    dataset: str
    clip: str
    sampling: str = ""

    @property
    def pair(self) -> tuple[str, str]:
        """The key of its manifest row."""
        return self.dataset, self.clip

    @property
    def name(self) -> str:
        """Its item's name: `msu_mfsd/scene01/real/...`, with `@first60` behind it where a protocol asks for that."""
        return f"{self.dataset}/{self.clip}{self.suffix}"

    @property
    def suffix(self) -> str:
        """What tells its files from those of the same capture under the usual policy."""
        return f"@{self.sampling}" if self.sampling else ""


Samples = set[Sample]


def samples(table: pd.DataFrame) -> Samples:
    """The samples of a table of clips; its column `sampling` counts where it has one."""
    sampling = table["sampling"] if "sampling" in table else [""] * len(table)
    return {Sample(*row) for row in zip(table["dataset"], table["clip"], sampling, strict=True)}


def buckets(manifest: pd.DataFrame, count: int | None) -> Mapping[str, str]:
    """The bucket of each still image of a dataset by its clip: images of one official split and label, grouped by a hash of the clip.

    So one more image changes one bucket, and what asks for the live or the training images alone computes no others. `count` is how
    many buckets each split and label has, 0 for none; by default a power of two that leaves some hundred images to each, and none
    for a dataset of few images. Where one more image asks for the next power of two, its whole split and label is grouped anew: a
    dataset that grows should fix `count`.
    """
    images = manifest[manifest["media"] == "image"]
    if count == 0 or (count is None and len(images) <= FEW):
        return {}
    found: dict[str, str] = {}
    for (split, label), group in images.groupby(["split", "label"], sort=True):
        number = count or _power_of_two(len(group) / BUCKET)
        prefix = "-".join(filter(None, ("images", split, label)))
        found |= {clip: f"{prefix}-{_hash(clip) % number:05d}" for clip in group["clip"]}
    return found


def _power_of_two(least: float) -> int:
    number = 1
    while number < least:
        number *= 2
    return number


def _hash(clip: str) -> int:
    return xxhash.xxh3_64_intdigest(clip.encode())


def grouped(wanted: Iterable[Sample], bucket_of: Mapping[tuple[str, str], str]) -> list[tuple[str, list[Sample]]]:
    """The samples, sorted, as (bucket, its members); a sample without a bucket is alone and its bucket is empty."""
    alone: list[tuple[str, list[Sample]]] = []
    members: dict[tuple[str, str], list[Sample]] = {}
    for sample in sorted(wanted):
        if bucket := bucket_of.get(sample.pair):
            members.setdefault((sample.dataset, bucket), []).append(sample)
        else:
            alone.append(("", [sample]))
    return alone + [(bucket, group) for (_, bucket), group in sorted(members.items())]
