"""HKBU-MARs (Liu, Yuen and others 2016-2018): people and 3D masks of them. There is no official split.

V1 and V1+ (`s3/08_03_01.mp4`): sessions 1 and 2 are live, session 3 wears the mask. V2 (`real/08/07_06_08.avi`): seven cameras and six
lights of each of 12 people and of their masks; attacks of person 9 end in `_9`. A copy of V2 with other names is told by `real` or
`attack` in one of its two folders or in the file's name, and its subjects are unknown (`fas scan --pattern` may tell them).
"""

import re

from fas.datasets.adapter import ATTACK, LIVE, Adapter, Capture
from fas.datasets.walk import Tree
from fas.errors import UserError

_MASK_SESSION = "3"
_V2 = re.compile(r"(?P<label>real|attack)/(?P<subject>\d\d)/(?P<camera>0[1-7])_(?P<light>0[1-6])_(?P<number>\d{1,2})", re.IGNORECASE)
# REAL-f is a maker of masks.
_REAL, _ATTACK = re.compile(r"real(?![-_ ]?f(?![a-z]))", re.IGNORECASE), re.compile("attack", re.IGNORECASE)


def describe(match: re.Match[str], side: bool) -> Capture | None:
    """The capture; None for another name of V2 where `side` says that the copy has V2's own.

    Raises:
        UserError: a name of V2 that tells no label.
    """
    if match["session"]:
        return _capture(match["session"] == _MASK_SESSION, match["subject"], session=match["session"], device="logitech_c920")
    named = _own(match)
    if named:
        return _capture(named["label"].lower() == ATTACK, named["subject"], device=named["camera"], light=named["light"])
    return None if side else _capture(_of_names(match), "")


def _capture(attack: bool, subject: str, **codes: str) -> Capture:
    label, attack_class, instrument = (ATTACK, "mask_rigid", "mask") if attack else (LIVE, "", "")
    return Capture(label=label, attack=attack_class, instrument=instrument, subject=subject, **codes)


def _own(match: re.Match[str]) -> re.Match[str] | None:
    named = _V2.fullmatch(match["names"] or "")
    return named if named and int(named["subject"]) == int(named["number"]) else None


def _of_names(match: re.Match[str]) -> bool:
    real, attack = (word.search(match["names"]) is not None for word in (_REAL, _ATTACK))
    if real == attack:
        raise UserError(f"{match[0]}: {'both real and' if real else 'neither real nor'} attack in its names (see fas scan --pattern)")
    return attack


def one_version(tree: Tree) -> bool:
    """Refuse a folder that holds V1 and V2; otherwise, whether there are videos by V2's own names.

    Raises:
        UserError: it does.
    """
    pattern = ADAPTER.pattern()
    matches = [match for entry in tree.entries if (match := pattern.fullmatch(entry.path))]
    if len({match["session"] is None for match in matches}) > 1:
        raise UserError(f"{tree.root}: V1 (s1, s2, s3) and V2 of HKBU-MARs: scan the folder of one of them")
    return any(_own(match) for match in matches)


ADAPTER = Adapter(
    name="hkbu_mars",
    title="HKBU-MARs: live faces and 3D masks, V1, V1+ or V2",
    splits=(),
    example="s3/08_03_01.mp4",
    grammar=r"""(?:s(?P<session>[123])/(?P<subject>\d\d)_0(?P=session)_\d\d|(?:HKBU_MARs_V2/){0,2}(?P<names>[^/]+/[^/]+/[^/]+))"""
    r"""(?P<ext>\.(?i:(?(session)mp4|avi)))""",
    describe=describe,
    attack="mask_rigid",
    side=one_version,
)
