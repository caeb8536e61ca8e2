"""Rose-Youtu (Li et al. 2018): 20 public people, 897 live and 2,600 attack videos by five devices.

The split follows the people (the first ten train, the last ten test), whatever folder a copy keeps them in. The session is whether
the person talks (`T`, `NT`), the only condition of the recording that the names tell; the device is the camera.
"""

import re

from fas.datasets.adapter import ATTACK, LIVE, Adapter, Capture

# A photograph shown on a screen is a replay; a paper mask with parts cut out is a cut photo.
_ATTACKS = {
    "Ps": "print",
    "Pq": "print",
    "Vl": "replay",
    "Vm": "replay",
    "Mc": "cut",
    "Mu": "cut",
    "Ml": "cut",
    "Mf": "mask_paper",
}
_LIVE = "G"
_TRAIN = frozenset([2, 3, 4, 5, 6, 7, 9, 10, 11, 12])
_TEST = frozenset([*range(13, 19), *range(20, 24)])


def describe(match: re.Match[str], side: None) -> Capture:
    """The capture; `instrument` is the official code of the attack, and the subject tells the split."""
    kind = match["kind"]
    return Capture(
        label=LIVE if kind == _LIVE else ATTACK,
        attack=_ATTACKS.get(kind, ""),
        instrument="" if kind == _LIVE else kind,
        subject=match["subject"],
        split=_split(int(match["subject"])),
        session=match["speech"],
        device=match["camera"],
    )


def _split(subject: int) -> str:
    if subject in _TRAIN:
        return "train"
    return "test" if subject in _TEST else ""


ADAPTER = Adapter(
    name="rose_youtu",
    title="Rose-Youtu: 20 people, print, replay, cut and paper masks, five cameras",
    splits=("train", "test"),
    example="2/G_T_5s_g_E_2_1.mp4",
    grammar=r"(?:(?:train|test)/)?_?(?P<subject>\d+)/(?P<name>(?P<kind>G|Ps|Pq|Vl|Vm|Mc|Mf|Mu|Ml)_(?P<speech>T|NT)_"
    r"(?P<camera>5s|HS|HW|IP|ZTE)_(?:g|wg)_E_(?P=subject)_\d+)(?P<ext>\.(?i:mp4))",
    describe=describe,
    identity=lambda match: match["name"],  # it tells all of a capture, in the flat layout and in that of split folders
)
