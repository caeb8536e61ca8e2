"""Replay-Attack (Chingovska, Anjos and Marcel 2012): 50 clients, 200 live and 1,000 attack videos, and 100 of enrolment.

Enrolment videos are listed with an empty split: they play no part in any protocol. The archives' own folders
(`replayattack-train/train/...`) may stay, and a copy may call its attacks `attk`.
"""

import re
from collections.abc import Iterator

from fas.datasets.adapter import ATTACK, LIVE, Adapter, Capture, Listed
from fas.datasets.box_files import BoxFiles, Format, sized
from fas.datasets.walk import Tree, read_list

_SPLITS = {"train": "train", "devel": "dev", "test": "test"}


def describe(match: re.Match[str], side: None) -> Capture:
    """The capture; `instrument` is the device that shows the face, and an enrolment video has no split."""
    device = match["attack_device"] or ""
    return Capture(
        label=ATTACK if device else LIVE,
        # A photograph shown on a screen is a replay.
        attack=("print" if device == "print" else "replay") if device else "",
        instrument=device,
        subject=match["client"] or match["live_client"] or match["enroll_client"],
        split="" if match["enroll"] else _SPLITS[match["split"]],
        session="01",
        device="webcam",
        support=match["support"] or "",
        light=match["light"],
    )


_SUFFIX = re.compile(r"\.(?i:mov)$")
_INSIDE = r"(?:.*/)??(?P<capture>(?:(?:train|devel|test)/(?:real|attack|attk)|enroll/(?:train|devel|test))/.+)"
_KEY = re.compile(_INSIDE)
# Lists of other names are no protocols of ours.
_LIST = re.compile(
    r"(?:.*/)?protocols/(?P<label>real|attack)(?:-(?P<kind>grandtest|print|mobile|highdef|photo|digitalphoto|video|smalltest)"
    r"-(?P<support>allsupports|fixed|hand))?-(?P<split>train|devel|test)\.txt"
)


def key(clip: str) -> str:
    """The path from the split's folder (or `enroll`) on, without extension: what the lists and `face-locations` name."""
    return _KEY.sub(r"\1", _SUFFIX.sub("", clip)).replace("attk", "attack")


def lists(tree: Tree) -> Iterator[Listed]:
    """The lists of live videos, and of each protocol's attacks."""
    for entry in tree.entries:
        if match := _LIST.fullmatch(entry.path):
            path, kind, support = tree.root / entry.path, match["kind"] or "grandtest", match["support"]
            name = f"replay_attack-{kind}" + (f"-{support}" if support in ("fixed", "hand") else "")
            label, admitted = (ATTACK, ("print", "replay")) if match["label"] == "attack" else (LIVE, ("",))
            entries = dict.fromkeys(map(key, read_list(path)), admitted)
            yield Listed(path, name, _SPLITS[match["split"]], entries, labels=(label,))


ADAPTER = Adapter(
    name="replay_attack",
    title="Replay-Attack: 50 people, print and replay, fixed and hand-held, two lights",
    letter="I",
    folder=r"replayattack-\w+",
    example="train/real/client001_session01_webcam_authenticate_adverse_1.mov",
    grammar=r"""(?:(?P<enroll>enroll)/(?:train|devel|test)/client(?P<enroll_client>\d{3})_session01_webcam_enroll_"""
    r"""|(?P<split>train|devel|test)/(?:real/client(?P<live_client>\d{3})_session01_webcam_authenticate_"""
    r"""|(?:attack|attk)/(?P<support>fixed|hand)/(?:attack|attk)_(?P<attack_device>print|mobile|highdef)_client(?P<client>\d{3})"""
    r"""_session01_(?:highdef|mobile)_(?:photo|video)_))"""
    r"""(?P<light>adverse|controlled)(?(live_client)_[12])(?P<ext>\.(?i:mov))""",
    describe=describe,
    identity=lambda match: key(match.string),
    lists=lists,
    key=key,
    boxes=BoxFiles(rf"(?:.*/)?face-locations/{_INSIDE}\.(?i:face)", Format("frame x y w h", sized), capture=key),
)
