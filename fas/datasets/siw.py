"""SiW, Spoof in the Wild (Liu, Jourabloo and Liu 2018): 165 people, 1,313 live and 3,165 attack videos, no dev people.

A print's instrument is its medium (`print_1`, `print_2`); its session tells the paper: 1 glossy, 2 matt.
The stems of 16 live test videos end in `.m` (`153-2-1-1-2.m.mov`).
"""

import re

from fas.datasets.adapter import ATTACK, LIVE, Adapter, Capture
from fas.datasets.box_files import BESIDE_FACE, BoxFiles, Format, corners

_SPLITS = {"Train": "train", "Test": "test"}
_SENSORS = {"1": "canon_eos_t6", "2": "logitech_c920"}
_ATTACKS = {"1": "", "2": "print", "3": "replay"}
# The screens by their number in the file names.
SCREENS = {"1": "ipad_pro", "2": "iphone_7_plus", "3": "galaxy_s8", "4": "asus_mb168b"}


def describe(match: re.Match[str], side: None) -> Capture:
    """The capture; `instrument` is the paper (`print_1`) or the screen that shows the face."""
    attack, medium = _ATTACKS[match["type"]], match["medium"]
    instruments = {"": "", "print": f"print_{medium}", "replay": SCREENS[medium]}
    return Capture(
        label=ATTACK if attack else LIVE,
        attack=attack,
        instrument=instruments[attack],
        subject=match["subject"],
        split=_SPLITS[match["split"]],
        session=match["session"],
        device=_SENSORS[match["sensor"]],
    )


ADAPTER = Adapter(
    name="siw",
    title="SiW: 165 people, print and replay on four screens, two cameras",
    splits=("train", "test"),
    folder="SiW_release",
    example="Train/live/003/003-1-1-1-1.mov",
    grammar=r"""(?P<split>Train|Test)/(?:live|(?P<spoof>spoof))/(?P<subject>\d{3})/(?P=subject)-(?P<sensor>[12])"""
    r"""-(?P<type>(?(spoof)[23]|1))-(?P<medium>[1-4])-(?P<session>[12])(?P<ext>(?:\.m)?\.(?i:mov|mp4))""",
    describe=describe,
    boxes=BoxFiles(BESIDE_FACE, Format("x1 y1 x2 y2", corners)),
)
