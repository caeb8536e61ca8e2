"""OULU-NPU (Boulkenafet et al. 2017): 55 people, 6 phones, 3 sessions, live and four instruments: 4,950 videos."""

import re

from fas.datasets.adapter import ATTACK, LIVE, Adapter, Capture

_SPLITS = {"Train": "train", "Dev": "dev", "Test": "test"}
# Which display is 1 and which 2 is told differently by different sources, so they keep their numbers.
_INSTRUMENTS = {"1": "", "2": "printer_1", "3": "printer_2", "4": "display_1", "5": "display_2"}
_ATTACKS = {"printer": "print", "display": "replay"}


def describe(match: re.Match[str], side: None) -> Capture:
    instrument = _INSTRUMENTS[match["kind"]]
    return Capture(
        label=ATTACK if instrument else LIVE,
        attack=_ATTACKS[instrument[:-2]] if instrument else "",
        instrument=instrument,
        subject=match["user"],
        split=_SPLITS[match["split"]],
        session=match["session"],
        device=match["phone"],
    )


ADAPTER = Adapter(
    name="oulu_npu",
    title="OULU-NPU: 55 people, two printers and two displays, six phones, three sessions",
    letter="O",
    example="Train_files/1_1_01_1.avi",
    grammar=r"(?P<split>Train|Dev|Test)_files/(?P<phone>[1-6])_(?P<session>[1-3])_(?P<user>\d{2})_(?P<kind>[1-5])\.(?i:avi)",
    describe=describe,
)
