"""MSU-MFSD (Wen, Han and Jain 2015): 35 people, 70 live and 210 attack videos by two cameras."""

import re

from fas.datasets.adapter import ATTACK, LIVE, Adapter, Capture
from fas.datasets.box_files import BESIDE_FACE, BoxFiles, Format, corners
from fas.datasets.walk import Tree, filled_list
from fas.errors import UserError

_ATTACKS = {"ipad_video": "replay", "iphone_video": "replay", "printed_photo": "print"}
# The published lists, for a copy that comes without its list files.
_PUBLISHED = {
    "train": (2, 3, 5, 6, 7, 8, 9, 11, 12, 21, 22, 34, 53, 54, 55),
    "test": (1, 13, 14, 23, 24, 26, 28, 29, 30, 32, 33, 35, 36, 37, 39, 42, 48, 49, 50, 51),
}


def splits(tree: Tree) -> dict[int, str]:
    """Each client's official split, from `train_sub_list.txt` and `test_sub_list.txt` (the published lists where a file is missing).

    Raises:
        UserError: an empty list, a line is no client number, or a client stands in both lists.
    """
    found: dict[int, str] = {}
    for split, published in _PUBLISHED.items():
        files = tree.find(f"{split}_sub_list.txt")
        clients = [_client(line, file) for file in files for line in filled_list(file)] if files else published
        for client in clients:
            if found.setdefault(client, split) != split:
                raise UserError(f"{tree.root}: client {client:03d} is in train_sub_list.txt and in test_sub_list.txt")
    return found


def _client(line: str, file: object) -> int:
    if not line.isdecimal():
        raise UserError(f"{file}: not a client number: '{line}'")
    return int(line)


def describe(match: re.Match[str], side: dict[int, str]) -> Capture:
    """The capture; `side` has the split of each client, and a client in neither list has none."""
    client, instrument = match["client"], match["instrument"] or ""
    return Capture(
        label=LIVE if match["label"] == "real" else ATTACK,
        attack=_ATTACKS.get(instrument, ""),
        instrument=instrument,
        subject=client,
        split=side.get(int(client), ""),
        device=match["camera"],
    )


ADAPTER = Adapter(
    name="msu_mfsd",
    title="MSU-MFSD: 35 people, print and replay, laptop and phone cameras",
    letter="M",
    splits=("train", "test"),
    folder="MSU-MFSD",
    example="scene01/real/real_client001_android_SD_scene01.mp4",
    grammar=r"""scene01/(?:(?P<label>real)/real|attack/attack)_client(?P<client>\d{3})_(?P<camera>android|laptop)_SD_"""
    r"""(?(label)|(?P<instrument>ipad_video|iphone_video|printed_photo)_)scene01(?P<ext>\.(?i:mp4|mov))""",
    describe=describe,
    side=splits,
    boxes=BoxFiles(BESIDE_FACE, Format("frame left top right bottom eye1x eye1y eye2x eye2y", corners)),
)
