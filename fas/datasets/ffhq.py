"""FFHQ (Karras et al. 2019): 70,000 photographs of faces, all live; the first 60,000 train, the last 10,000 validation (`dev`).

A copy may hold each photograph in several sizes. One is listed: the largest aligned size there is, and the unaligned originals only
where there is no aligned one. Who is shown is unknown, so the subject is empty and every photograph counts as a person of its own.
"""

import re

from fas.datasets.adapter import LIVE, Adapter, Capture
from fas.datasets.walk import Tree

_SIZES = ("images1024x1024", "thumbnails128x128", "in-the-wild-images")
_TRAIN = 60_000


def size(tree: Tree) -> str | None:
    """The size to list: the first of `_SIZES` that the copy has a photograph of."""
    pattern = ADAPTER.pattern()
    there = {match["size"] for entry in tree.entries if (match := pattern.fullmatch(entry.path))}
    return next((name for name in _SIZES if name in there), None)


def describe(match: re.Match[str], side: str) -> Capture | None:
    """The photograph, live and without subject; None for one of another size than `side`, the one that is listed."""
    if match["size"] != side:
        return None
    return Capture(label=LIVE, subject="", split="train" if int(match["index"]) < _TRAIN else "dev", media="image")


ADAPTER = Adapter(
    name="ffhq",
    title="FFHQ: 70,000 photographs of faces, live only",
    splits=("train", "dev"),
    example="images1024x1024/00000/00000.png",
    grammar=rf"(?P<size>{'|'.join(_SIZES)})/(?P<thousand>[0-6]\d)000/(?P<index>(?P=thousand)\d{{3}})(?P<ext>\.(?i:png))",
    describe=describe,
    side=size,
)
