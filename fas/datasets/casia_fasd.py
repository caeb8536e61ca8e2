"""CASIA-FASD (Zhang et al. 2012): 50 people, 12 videos each: three qualities of live, warped photo, cut photo and video replay."""

import re

from fas.datasets.adapter import ATTACK, LIVE, Adapter, Capture
from fas.datasets.box_files import BESIDE_FACE, BoxFiles, Format, sized

_KINDS = ("", "warped", "cut", "video")
_ATTACKS = {"warped": "print", "cut": "cut", "video": "replay"}
# File name -> (quality, kind). Kinds follow the file numbers: live 1 2 HR_1, warped 3 4 HR_2, cut 5 6 HR_3, video 7 8 HR_4.
_VIDEOS = {
    name: (quality, kind)
    for index, kind in enumerate(_KINDS)
    for name, quality in ((f"{2 * index + 1}", "normal"), (f"{2 * index + 2}", "low"), (f"HR_{index + 1}", "high"))
}
_TRAIN_PEOPLE = 20


def describe(match: re.Match[str], side: None) -> Capture:
    """The capture. A person of test_release is counted on from those of train_release; `device` is the camera's quality."""
    quality, kind = _VIDEOS[match["video"]]
    split, person = match["split"], int(match["person"])
    return Capture(
        label=ATTACK if kind else LIVE,
        attack=_ATTACKS.get(kind, ""),
        instrument=kind,
        subject=str(person if split == "train" else person + _TRAIN_PEOPLE),  # numbers start again in test_release
        split=split,
        device=quality,
    )


ADAPTER = Adapter(
    name="casia_fasd",
    title="CASIA-FASD: 50 people, warped and cut photos and replay, three qualities",
    letter="C",
    splits=("train", "test"),
    example="train_release/1/HR_1.avi",
    grammar=r"(?P<split>train|test)_release/(?P<person>\d{1,2})/(?P<video>[1-8]|HR_[1-4])(?P<ext>\.(?i:avi))",
    describe=describe,
    boxes=BoxFiles(BESIDE_FACE, Format("frame x y w h", sized)),  # not released with it: as derived by others
)
