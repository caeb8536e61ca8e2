"""WMCA's protocols: all attacks together, or one attack class held out (George et al. 2019). Both follow the grandtest split."""

from collections.abc import Iterator
from functools import partial

from fas.datasets.adapter import LIVE
from fas.datasets.protocols.captures import Captures, Protocol, Roles, split
from fas.datasets.protocols.inside import official

# WMCA's own words for attack classes, where they differ: its protocol files are called so, and each protocol goes by both names.
OFFICIAL = {"prints": "print", "rigidmask": "mask_rigid", "papermask": "mask_paper", "flexiblemask": "mask_flexible"}
CLASSES = ("glasses", "mask_rigid", "fakehead", "mask_paper", "mask_flexible", "print", "replay")


def leave_one_out(captures: Captures, attack: str) -> Roles:
    """Train and dev without attacks of class `attack`; the test is the bona fide captures of the test split and these attacks only."""
    rows = captures.adapter("wmca")
    held_out = rows["attack"] == attack
    rest, unseen = rows[~held_out], rows[held_out | (rows["label"] == LIVE)]
    return Roles(split(rest, "train"), split(unseen, "test"), dev=split(rest, "dev"))


def _leave_one_out() -> Iterator[Protocol]:
    for attack in CLASSES:
        yield Protocol(f"wmca-loo-{attack}", f"WMCA, {attack} only in the test", partial(leave_one_out, attack=attack))
    for name, attack in OFFICIAL.items():
        yield Protocol(f"wmca-loo-{name}", f"WMCA, {attack} only in the test (its official name)", partial(leave_one_out, attack=attack))


PROTOCOLS = (
    Protocol("wmca-grandtest", "WMCA, all attacks", partial(official, adapter="wmca")),
    *_leave_one_out(),
)
