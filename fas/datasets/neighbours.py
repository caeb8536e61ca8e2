"""Still images that are moments of one recording, as NUAA's: which image stands beside which, so that there is motion between them."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd


@dataclass(frozen=True)
class Adjacent:
    """The image beside another one. `content` is its digest; `step` by how much its number is larger, negative for an earlier image."""

    clip: str
    content: str
    step: int


def neighbours(manifest: pd.DataFrame, sequence: str, reach: int) -> Mapping[str, Adjacent]:
    """The next image of each still image in its sequence, by clip; the previous one where there is no next one within `reach`.

    Images are in order of their numbers. Those of different labels or official splits are never neighbours, so that no image of a
    test is seen in a training. An image without another one within `reach` has no entry.

    Args:
        manifest: of one dataset, with the columns `clip`, `media`, `label`, `split`, `content`.
        sequence: `Adapter.sequence`; empty: the dataset's images are no sequences.
        reach: how far apart the numbers of neighbours may be; 0: there are no neighbours.
    """
    if not sequence or not reach:
        return {}
    pattern = re.compile(sequence, re.DOTALL)
    sequences: dict[tuple[str, str, str], list[tuple[int, str, str]]] = defaultdict(list)
    images = manifest[manifest["media"] == "image"]
    for clip, label, split, content in images[["clip", "label", "split", "content"]].itertuples(index=False, name=None):
        if match := pattern.fullmatch(clip):
            sequences[match["sequence"], label, split].append((int(match["number"]), clip, content))
    found: dict[str, Adjacent] = {}
    for members in sequences.values():
        for (number, clip, content), (after, later, later_content) in pairwise(sorted(members)):
            step = after - number
            if 0 < step <= reach:
                found[clip] = Adjacent(later, later_content, step)
                found[later] = Adjacent(clip, content, -step)  # until it has a next one itself
    return found
