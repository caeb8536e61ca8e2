"""OULU-NPU (Boulkenafet et al. 2017): 55 people, 6 phones, 3 sessions, live and four instruments: 4,950 videos."""

import re
from collections.abc import Iterator
from pathlib import Path

from fas.datasets.adapter import ATTACK, LIVE, Adapter, Capture, Listed
from fas.datasets.box_files import BoxFiles, Format, eyes
from fas.datasets.walk import Tree, read_list
from fas.errors import UserError

Labels = dict[str, tuple[str, ...]]

_SPLITS = {"Train": "train", "Dev": "dev", "Test": "test"}
# Which display is 1 and which 2 is told differently by different sources, so they keep their numbers.
_INSTRUMENTS = {"1": "", "2": "printer_1", "3": "printer_2", "4": "display_1", "5": "display_2"}
_ATTACKS = {"printer": "print", "display": "replay"}


def describe(match: re.Match[str], side: None) -> Capture:
    """The capture; `instrument` is the printer or the screen (`printer_1`), `device` the phone that recorded it."""
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


_LIST = re.compile(
    r"(?:.*/)?Protocols/Protocol_(?:(?P<one>[12])/(?P<split>Train|Dev|Test)|(?P<many>[34])/(?P<part>Train|Dev|Test)_(?P<phone>[1-6]))\.txt"
)
# What a label admits: test lists tell prints from replays, the others do not.
_LABELS: Labels = {"+1": ("",), "1": ("",), "-1": ("print", "replay")}
_TEST_LABELS: Labels = {"+1": ("",), "1": ("",), "-1": ("print",), "-2": ("replay",)}


def lists(tree: Tree) -> Iterator[Listed]:
    """The lists of the four protocols, lines such as `-1,1_1_01_2`.

    Raises:
        UserError: a line that is none.
    """
    for entry in tree.entries:
        if match := _LIST.fullmatch(entry.path):
            split = match["split"] or match["part"]
            protocol = f"oulu_npu-{match['one']}" if match["one"] else f"oulu_npu-{match['many']}-{match['phone']}"
            labels = _TEST_LABELS if split == "Test" else _LABELS
            yield Listed(tree.root / entry.path, protocol, _SPLITS[split], dict(_lines(tree.root / entry.path, labels)))


def _lines(path: Path, labels: Labels) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in read_list(path):
        label, comma, key = line.partition(",")
        if not comma or label.strip() not in labels:
            raise UserError(f"{path}: not a label ({', '.join(labels)}) and a video: '{line}'")
        yield key.strip(), labels[label.strip()]


ADAPTER = Adapter(
    name="oulu_npu",
    title="OULU-NPU: 55 people, two printers and two displays, six phones, three sessions",
    letter="O",
    example="Train_files/1_1_01_1.avi",
    grammar=r"(?P<split>Train|Dev|Test)_files/(?P<phone>[1-6])_(?P<session>[1-3])_(?P<user>\d{2})_(?P<kind>[1-5])(?P<ext>\.(?i:avi))",
    describe=describe,
    lists=lists,
    boxes=BoxFiles(r"(?P<capture>.+)\.(?i:txt)", Format("frame x_right y_right x_left y_left", eyes)),
)
