"""HKBU-MARs (Liu, Yuen and others 2016-2018): people and 3D masks of them. There is no official split.

V1 and V1+ (`s3/08_03_01.mp4`): sessions 1 and 2 are live, session 3 wears the mask. Only the folders of V2 are known
(`<folder>/<folder>/<video>.avi`, `real` or `attack` in one of the names): `fas scan --pattern` tells what its other names say.
"""

import re

from fas.datasets.adapter import ATTACK, LIVE, Adapter, Capture
from fas.datasets.walk import Tree
from fas.errors import UserError

_MASK_SESSION = "3"
# REAL-f is a maker of masks.
_REAL, _ATTACK = re.compile(r"real(?![-_ ]?f(?![a-z]))", re.IGNORECASE), re.compile("attack", re.IGNORECASE)


def describe(match: re.Match[str], side: None) -> Capture:
    session = match["session"]
    attack = _of_names(match) if session is None else session == _MASK_SESSION
    return Capture(
        label=ATTACK if attack else LIVE,
        attack="mask_rigid" if attack else "",
        instrument="mask" if attack else "",
        subject=match["subject"] or "",
        session=session or "",
        device="logitech_c920" if session else "",
    )


def _of_names(match: re.Match[str]) -> bool:
    real, attack = (word.search(match["names"]) is not None for word in (_REAL, _ATTACK))
    if real == attack:
        raise UserError(f"{match[0]}: {'both real and' if real else 'neither real nor'} attack in its names (see fas scan --pattern)")
    return attack


def one_version(tree: Tree) -> None:
    """Refuse a folder that holds V1 and V2.

    Raises:
        UserError: it does.
    """
    pattern = ADAPTER.pattern()
    if len({match["session"] is None for entry in tree.entries if (match := pattern.fullmatch(entry.path))}) > 1:
        raise UserError(f"{tree.root}: V1 (s1, s2, s3) and V2 of HKBU-MARs: scan the folder of one of them")


ADAPTER = Adapter(
    name="hkbu_mars",
    title="HKBU-MARs: live faces and 3D masks, V1, V1+ or V2",
    splits=(),
    example="s3/08_03_01.mp4",
    grammar=r"""s(?P<session>[123])/(?P<subject>\d\d)_0(?P=session)_\d\d\.(?i:mp4)"""
    r"""|(?:HKBU_MARs_V2/){0,2}(?P<names>[^/]+/[^/]+/[^/]+)\.(?i:avi)""",
    describe=describe,
    attack="mask_rigid",
    side=one_version,
)
