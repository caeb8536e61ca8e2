"""CelebA-Spoof (Zhang et al. 2020): 561,575 public images of 9,193 people.

All that is told of an image comes from `metas/intra_test/{train,test}_label.json`: 2,022 training images in folders `live` are attacks
by it. An image that it does not list is no capture, and `Data/train-2`, a broken copy of a part, is never read. The session is the
environment (`indoor`, `outdoor`), for attacks only, as is the light. Three people are in both official splits (5028, 7332, 9735).
"""

import re
from collections.abc import Iterator
from pathlib import Path

from fas.datasets.adapter import ATTACK, LIVE, Adapter, Capture
from fas.datasets.box_files import BoxFiles, Format, sized
from fas.datasets.walk import Tree
from fas.errors import UserError
from fas.files import read_json

# Spoof type -> (attack class, instrument). Type 0 says "live"; an image labelled spoof with it is an attack of unknown kind.
_TYPES = (
    ("other", ""),
    ("print", "photo"),
    ("print", "poster"),
    ("print", "a4"),
    ("mask_paper", "face_mask"),
    ("mask_paper", "upper_body_mask"),
    ("mask_paper", "region_mask"),
    ("replay", "pc"),
    ("replay", "pad"),
    ("replay", "phone"),
    ("mask_rigid", "3d_mask"),
)
_LIGHTS = ("", "normal", "strong", "back", "dark")
_ENVIRONMENTS = ("", "indoor", "outdoor")
_FIRST = 40  # in a line of 44 numbers: spoof type, illumination, environment, label (1 spoof)
_LIMITS = (len(_TYPES), len(_LIGHTS), len(_ENVIRONMENTS), 2)

Codes = tuple[int, int, int, int]


def side(tree: Tree) -> dict[str, dict[str, Codes]]:
    """The codes of each split's images by lower-case official path, for the splits that have a label file.

    Raises:
        UserError: a label file that is no JSON object of lines of 44 codes.
    """
    files = {split: tree.find(f"metas/intra_test/{split}_label.json") for split in ("train", "test")}
    return {split: dict(line for path in found for line in _read(path)) for split, found in files.items() if found}


def _read(path: Path) -> Iterator[tuple[str, Codes]]:
    try:
        lines = read_json(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path}: not a readable label file: {error}") from None
    if not isinstance(lines, dict):
        raise UserError(f"{path}: not a JSON object of paths")
    shared: dict[Codes, Codes] = {}  # half a million images have some hundred different codes
    for image, numbers in lines.items():
        if not isinstance(numbers, list) or not _known(numbers[_FIRST:]):
            raise UserError(f"{path}: {image}: not 44 codes of spoof type, light, environment and label")
        codes: Codes = tuple(numbers[_FIRST:])
        yield image.lower().replace("\\", "/"), shared.setdefault(codes, codes)


def _known(codes: list[object]) -> bool:
    return len(codes) == len(_LIMITS) and all(
        isinstance(code, int) and 0 <= code < limit for code, limit in zip(codes, _LIMITS, strict=True)
    )


def describe(match: re.Match[str], side: dict[str, dict[str, Codes]]) -> Capture | None:
    """The capture, or None for an image that the label file does not list.

    Raises:
        UserError: the split has no label file.
    """
    split = match["split"]
    if split not in side:
        raise UserError(f"{match[0]}: no label file metas/intra_test/{split}_label.json in this copy")
    codes = side[split].get(match["key"].lower())
    if codes is None:
        return None
    kind, light, environment, spoof = codes
    attack, instrument = _TYPES[kind] if spoof else ("", "")
    return Capture(
        label=ATTACK if spoof else LIVE,
        attack=attack,
        instrument=instrument,
        subject=match["subject"],
        split=split,
        session=_ENVIRONMENTS[environment],
        light=_LIGHTS[light],
        media="image",
    )


ADAPTER = Adapter(
    name="celeba_spoof",
    title="CelebA-Spoof: images of 9,193 people, ten kinds of print, replay and mask",
    splits=("train", "test"),
    folder="CelebA_Spoof",
    example="Data/train/1/live/000184.png",
    grammar=r"(?P<key>Data/(?P<split>train|test)/(?P<subject>\d+)/(?:live|spoof)/\d{6}\.(?i:jpg|png))",
    describe=describe,
    identity=lambda match: match["key"].lower(),
    side=side,
    boxes=BoxFiles(r"(?P<capture>.+)_BB\.(?i:txt)", Format("x y w h score", sized, side=224)),  # also below 0: faces cut by the edge
)
