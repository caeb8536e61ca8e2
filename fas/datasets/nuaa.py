"""NUAA Photograph Imposter Database (Tan et al. 2010): 15 people, 5,105 live images and 7,509 of printed photographs.

It comes in three versions of the same photographs: raw, Detectedface and NormalizedFace. Client and imposter images share names.
The official split is that of the list files beside the images: sessions do not tell it, and people are in both parts.
Images are moments of recordings, by the numbers 0 to 499 that end their names, and not all of them are there: in what we saw of a public
copy's lists the numbers of neighbours are mostly 1 to 12 apart and at times above 30, and not alike for live and printed faces.
"""

import re
from pathlib import Path

from fas.datasets.adapter import ATTACK, LIVE, Adapter, Capture
from fas.datasets.walk import Tree, filled_list
from fas.errors import UserError

# The end of the folders' names -> the version, as its archive is called.
_VERSIONS = {"Raw": "raw", "Face": "Detectedface", "Normalized": "NormalizedFace"}
_FOLDER = re.compile(r"(?:[^/]+/){0,2}(?:Client|Imposter)(Raw|Face|Normalized)/\d{4}/.+", re.DOTALL)
# `*_face.txt` has the coordinates of three points behind the path.
_LINE = re.compile(r"(?P<photo>\d{4}/\S+)\.[A-Za-z]+(?:\s+[-+.\deE]+){0,6}")

Splits = dict[tuple[str, str], str]


def splits(tree: Tree) -> Splits:
    """The official split by (`Client` or `Imposter`, path without extension below that folder); empty without list files.

    Raises:
        UserError: several versions at once, a line of a list is no path, or an image is in the train and in the test list.
    """
    endings = {match[1] for entry in tree.entries if (match := _FOLDER.fullmatch(entry.path))}
    if len(endings) > 1:
        versions = ", ".join(version for ending, version in _VERSIONS.items() if ending in endings)
        raise UserError(f"{tree.root}: {versions} are versions of the same photographs: scan the folder of one of them")
    found: Splits = {}
    for ending in endings:
        for kind in ("Client", "Imposter"):
            for split in ("train", "test"):
                for file in tree.find(f"{kind}_{split}_{ending}.txt".lower()):
                    _add(found, kind, split, file)
    return found


def _add(found: Splits, kind: str, split: str, file: Path) -> None:
    for line in filled_list(file):
        match = _LINE.fullmatch(line)
        if match is None:
            raise UserError(f"{file}: not a path of an image: '{line}'")
        if found.setdefault((kind, match["photo"]), split) != split:
            raise UserError(f"{file}: {match['photo']} is in the train list and in the test list")


def describe(match: re.Match[str], side: Splits) -> Capture:
    """The photograph; `side` has the split that the lists say, and one in no list has none."""
    kind = match["kind"]
    attack = kind == "Imposter"
    return Capture(
        label=ATTACK if attack else LIVE,
        attack="print" if attack else "",
        instrument="photo" if attack else "",
        subject=match["subject"],
        split=side.get((kind, match["photo"]), ""),
        session=match["session"],
        media="image",
    )


ADAPTER = Adapter(
    name="nuaa",
    title="NUAA: 15 people, images of printed photographs, one of its three versions",
    splits=("train", "test"),
    folder="|".join(_VERSIONS.values()),
    example="ClientRaw/0001/0001_00_00_01_0.jpg",
    grammar=r"""(?P<kind>Client|Imposter)(?:Raw|Face|Normalized)/"""
    r"""(?P<photo>(?P<subject>\d{4})/(?P=subject)_\d\d_\d\d_(?P<session>\d\d)_\d+)(?P<ext>\.(?i:jpg|jpeg|bmp|png))""",
    describe=describe,
    attack="print",
    side=splits,
    sequence=r"(?P<sequence>.*\d{4}_\d\d_\d\d_\d\d_)(?P<number>\d+)\.\w+",
)
