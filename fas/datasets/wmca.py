"""WMCA (George et al. 2019): 72 people, 347 bona fide and 1,332 attack captures as HDF5 files of frames.

A release holds every capture as colour (`WMCA_preprocessed_RGB`), as grey, depth, infrared and thermal (`WMCA_preprocessed_CDIT`)
and raw. The colour one is listed. CDIT trees never are, and `.h5` files outside of `WMCA_preprocessed_RGB` are raw ones.

The subject is the identity shown, which for an attack may be that of a bona fide client. The split is that of the list
`PROTOCOL-grandtest.csv` (or of `PROTOCOL-grandtest_{train,dev,eval}.csv`) in the copy; it is empty without one.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fas.datasets.adapter import ATTACK, ATTACKS, LIVE, Adapter, Capture, Listed
from fas.datasets.walk import Tree, filled_list
from fas.errors import UserError

_SPLITS = {"train": "train", "dev": "dev", "eval": "test"}
_LIST = re.compile(r"PROTOCOL-(?:grandtest|LOO_(?P<left_out>\w+?))(?:_(?P<split>train|dev|eval))?\.csv")
_CAPTURE = re.compile(r"(?:.*/)?(?P<key>\d\d\.\d\d\.\d\d/\w+)(?:\.\w+)?")
_COLOUR = "WMCA_preprocessed_RGB"
_BONA_FIDE = "0"
# Attack class of each attack type (1 disguise, 2 fake face, 3 photo, 4 video) and instrument number.
_ATTACKS: dict[str, dict[str, Collection[int]]] = {
    "1": {"glasses": (1, 4, 5, 6, 7, 15, 16), "mask_rigid": (2, 13, 14)},
    "2": {"fakehead": range(1, 8), "mask_paper": range(8, 12), "mask_rigid": range(12, 18), "mask_flexible": (18, *range(75, 100))},
    "3": {"print": (1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 13, 14), "replay": (5, 10, 15)},
    "4": {"replay": range(100)},
}


@dataclass(frozen=True)
class Side:
    """`splits` by `<date>/<stem>`, and whether the copy has a colour tree by name."""

    splits: dict[str, str]
    colour: bool


def side(tree: Tree) -> Side:
    """The grandtest lists of the copy, and whether it has the colour tree.

    Raises:
        UserError: an empty list, a line that tells no capture, label or split, or a capture with two splits.
    """
    splits: dict[str, str] = {}
    for entry in tree.entries:
        match = _LIST.fullmatch(entry.path.rpartition("/")[2])
        if match and not match["left_out"]:
            for key, split, _ in _read(tree.root / entry.path, match["split"]):
                if splits.setdefault(key, split) != split:
                    raise UserError(f"{tree.root}: the lists PROTOCOL-grandtest give {key} two splits")
    pattern = ADAPTER.pattern()
    return Side(splits, any(match["colour"] for entry in tree.entries if (match := pattern.fullmatch(entry.path))))


def _read(path: Path, split: str | None) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """The capture, the split, and the attack classes that its label admits (the empty one is live; all where it has no label)."""
    for number, line in enumerate(filled_list(path)):
        cells = [cell.strip() for cell in line.split(",")]
        capture, official = _CAPTURE.fullmatch(cells[0]), split or cells[-1]
        if capture is None and number == 0:
            continue  # a header
        if capture is None or official not in _SPLITS:
            raise UserError(f"{path}: not a capture and its split ({', '.join(_SPLITS)}): '{line}'")
        label = cells[1] if len(cells) > 1 and cells[1] not in _SPLITS else None
        admitted = ("", *ATTACKS) if label is None else ("",) if label == _BONA_FIDE else ATTACKS
        yield capture["key"], _SPLITS[official], admitted


def lists(tree: Tree) -> Iterator[Listed]:
    """The copy's lists, one role at a time. Those that leave a class out follow the grandtest, and are compared only where that is there.

    Raises:
        UserError: a line that is none.
    """
    found = {entry: match for entry in tree.entries if (match := _LIST.fullmatch(entry.path.rpartition("/")[2]))}
    grandtest = any(not match["left_out"] for match in found.values())
    for entry, match in found.items():
        roles: dict[str, dict[str, tuple[str, ...]]] = {}
        for capture, split, admitted in _read(tree.root / entry.path, match["split"]):
            roles.setdefault(split, {})[capture] = admitted
        protocol = f"wmca-loo-{match['left_out']}" if match["left_out"] else "wmca-grandtest"
        if grandtest:
            yield from (Listed(tree.root / entry.path, protocol, role, entries) for role, entries in roles.items())


def key(clip: str) -> str:
    """`<date>/<stem>`: what the lists call a capture."""
    return "/".join(PurePosixPath(clip).with_suffix("").parts[-2:])


def describe(match: re.Match[str], side: Side) -> Capture | None:
    """The capture (`instrument`: `<type>_<PAI>`); None for a file of another stream where the copy has the colour camera's own."""
    if side.colour and not match["colour"]:
        return None
    kind, number = match["type"], match["pai"]
    live = kind == _BONA_FIDE
    return Capture(
        label=LIVE if live else ATTACK,
        attack="" if live else attack_class(kind, int(number)),
        instrument="" if live else f"{kind}_{number}",
        subject=match["client"],
        split=side.splits.get(match["key"], ""),
        session=match["session"],
        media="frames",
    )


def attack_class(kind: str, number: int) -> str:
    """The attack class of an attack type and its instrument's number; `other` where the published map has none."""
    return next((name for name, numbers in _ATTACKS[kind].items() if number in numbers), "other")


ADAPTER = Adapter(
    name="wmca",
    title="WMCA: 72 people, glasses, masks, fake heads, print and replay, frames in HDF5",
    example="WMCA_preprocessed_RGB/WMCA/face-station/12.02.18/001_01_000_0_01.hdf5",
    grammar=rf"(?<!WMCA_preprocessed_CDIT/)(?:(?P<colour>{_COLOUR})/)?(?:WMCA/)?face-station/(?P<key>\d\d\.\d\d\.\d\d/"
    r"(?P<client>\d{3})_(?P<session>\d\d)_\d{3}_(?P<type>[0-4])_(?P<pai>\d\d))(?P<ext>\.(?i:hdf5|(?(colour)h5|hdf5)))",
    describe=describe,
    identity=lambda match: match["key"],
    side=side,
    lists=lists,
    key=key,
)
