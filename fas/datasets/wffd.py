"""WFFD, the Wax Figure Face Database (Jia et al. 2019): photographs of people and of their wax figures, and sequences (WFFD-V).

Exact names are not public, so folder names tell the label (real, wax, ...) and the split (train, dev or val, test).
Protocol3 repeats the photographs of Protocol1 and Protocol2: each photograph is listed once.

Who is shown is unknown, so the subject is empty and every capture counts as a person of its own. But a sequence may be a folder of
pictures: its folder is the subject of them all, so that no split and no resampling takes them apart.
"""

import re
from collections.abc import Sequence

from fas.datasets.adapter import ATTACK, Adapter, Capture
from fas.datasets.folder import media_type
from fas.datasets.walk import Tree
from fas.datasets.words import LABELS, SPLITS, only, read
from fas.errors import UserError


def describe(match: re.Match[str], side: frozenset[str | None]) -> Capture | None:
    """The capture; None for a file that is neither video nor image, and for a photograph that another protocol lists.

    Raises:
        UserError: the folders do not tell the label.
    """
    media, folders = media_type(match[0]), match["inside"].split("/")[:-1]
    if media is None or match["protocol"] not in side:
        return None
    try:
        label, split = read(LABELS, folders), read(SPLITS, folders)
    except UserError as error:
        raise UserError(f"{match[0]}: {error}") from None
    if not label:
        raise UserError(f"{match[0]}: no folder says real or wax (see fas scan --pattern)")
    attack = "wax" if label == ATTACK else ""
    subject = _sequence(folders) if match["protocol"] is None and media == "image" else ""
    return Capture(label=label, attack=attack, instrument=attack, subject=subject, split=split, media=media)


def _sequence(folders: Sequence[str]) -> str:
    """The folder of a picture, where it says more than label and split; empty for a picture that lies by itself."""
    return "" if all(only((*LABELS, *SPLITS), folder) for folder in folders) else "/".join(folders)


def listed(tree: Tree) -> frozenset[str | None]:
    """The protocols to list: 1 and 2 where both are there, else 3 where it is there. None stands for the sequences."""
    pattern = ADAPTER.pattern()
    found = {match["protocol"] for entry in tree.entries if media_type(entry.path) and (match := pattern.fullmatch(entry.path))}
    if "3" in found:
        found -= {"3"} if {"1", "2"} <= found else {"1", "2"}
    return frozenset(found)


ADAPTER = Adapter(
    name="wffd",
    title="WFFD: photographs and sequences of people and of wax figures",
    example="Protocol1/train/real/0001.jpg",
    grammar=r"""(?i:Protocol[ _-]?(?P<protocol>[123])/|WFFD[_-]?V/|(?=(?:real|wax)/))(?P<inside>.+)""",
    describe=describe,
    attack="wax",
    side=listed,
)
