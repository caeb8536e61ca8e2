"""The side files of the official layouts: lists of people and of protocols, face boxes and eye positions.

Boxes and eyes come from the captures' geometry, as far as a face is in them; positions are pixels of the upright frame.
"""

from collections.abc import Callable, Iterator
from pathlib import PurePosixPath

import numpy as np

from fas.simulate.catalog import Capture
from fas.simulate.params import SimulateParams
from fas.simulate.take import Take, has_face, plan

_REPLAY_SPLITS = {"train": "train", "dev": "devel", "test": "test"}
_REPLAY_PROTOCOLS = {
    "grandtest": ("print", "mobile", "highdef"),
    "print": ("print",),
    "mobile": ("mobile",),
    "highdef": ("highdef",),
    "photo": ("print", "mobile_photo", "highdef_photo"),
    "digitalphoto": ("mobile_photo", "highdef_photo"),
    "video": ("mobile_video", "highdef_video"),
}
_OULU_SPLITS = ("train", "dev", "test")
_PHONES = range(1, 7)


def side_files(params: SimulateParams, captures: list[Capture]) -> dict[str, str]:
    """Text by path below the folder that holds all datasets. Write it as it is, without translating line ends."""
    files: dict[str, str] = {}
    for dataset, make in _MAKERS.items():
        mine = [capture for capture in captures if capture.dataset == dataset]
        files.update({f"{dataset}/{path}": text for path, text in make(params, mine)} if mine else {})
    return files


def _msu(params: SimulateParams, captures: list[Capture]) -> Iterator[tuple[str, str]]:
    """Two lists with CRLF and no final newline; `.face`: frame, left, top, right, bottom, then the eyes; no line without a face."""
    for split in ("train", "test"):
        people = sorted({int(c.subject) for c in captures if c.split == split})
        yield f"{split}_sub_list.txt", "\r\n".join(f"{person:02d}" for person in people)
    for capture in captures:
        rows = _rows(params, capture, lambda take: np.concatenate([take.boxes(), take.landmarks()[:, :2].reshape(-1, 4)], axis=1))
        kept = rows if has_face(capture) else []
        yield _beside(capture, ".face"), "".join(",".join(map(str, row)) + "\n" for row in kept)


def _replay(params: SimulateParams, captures: list[Capture]) -> Iterator[tuple[str, str]]:
    """`face-locations/`: frame, x, y, width, height (zeros without a face); `protocols/`: people, and lists of paths."""
    for capture in captures:
        rows = _rows(params, capture, lambda take: _corner_and_size(take.boxes()))
        yield f"face-locations/{_beside(capture, '.face')}", "".join(" ".join(map(str, row)) + "\n" for row in rows)
    people = sorted({(int(c.subject), _REPLAY_SPLITS[c.split]) for c in captures})
    yield "protocols/clients.txt", "".join(f"{person:03d} {split}\n" for person, split in people)
    for split, name in _REPLAY_SPLITS.items():
        mine = sorted((c for c in captures if c.split == split), key=lambda c: c.clip)
        yield f"protocols/real-{name}.txt", _paths(c for c in mine if c.label == "live")
        for protocol, kinds in _REPLAY_PROTOCOLS.items():
            attacks = [c for c in mine if c.label == "attack" and c.instrument.startswith(kinds)]
            yield f"protocols/attack-{protocol}-allsupports-{name}.txt", _paths(attacks)
            for support in ("fixed", "hand"):
                yield f"protocols/attack-{protocol}-{support}-{name}.txt", _paths(c for c in attacks if c.support == support)


def _oulu(params: SimulateParams, captures: list[Capture]) -> Iterator[tuple[str, str]]:
    """Eyes beside each video: frame, right eye, left eye (zeros without a face); 42 lists, empty where nothing was made for a fold."""
    for capture in captures:
        rows = _rows(params, capture, lambda take: take.landmarks()[:, :2].reshape(-1, 4))
        yield _beside(capture, ".txt"), "".join(",".join(map(str, row)) + "\n" for row in rows)
    for split in _OULU_SPLITS:
        mine = sorted((c for c in captures if c.split == split), key=lambda c: c.clip)
        for protocol in (1, 2):
            yield f"Protocols/Protocol_{protocol}/{split.capitalize()}.txt", _lines(mine, protocol, split, 0)
        for protocol in (3, 4):
            for phone in _PHONES:
                yield f"Protocols/Protocol_{protocol}/{split.capitalize()}_{phone}.txt", _lines(mine, protocol, split, phone)


_MAKERS = {"sim_msu_mfsd": _msu, "sim_replay_attack": _replay, "sim_oulu_npu": _oulu}


def _lines(captures: list[Capture], protocol: int, split: str, phone: int) -> str:
    """A protocol's list. Test lists tell prints (-1) from replays (-2)."""
    text = ""
    for capture in captures:
        name = PurePosixPath(capture.clip).stem
        taken_with, session, _, kind = (int(part) for part in name.split("_"))
        if in_protocol(protocol, split == "test", taken_with == phone, session, kind):
            label = "+1" if kind == 1 else "-2" if split == "test" and kind > 3 else "-1"
            text += f"{label},{name}\n"
    return text


def in_protocol(protocol: int, test: bool, left_out: bool, session: int, kind: int) -> bool:
    """OULU-NPU's four rules: 1 an unseen session, 2 unseen instruments, 3 an unseen phone, 4 all of them. `left_out`: the fold's phone."""
    right_session = (session == 3) == test or protocol in (2, 3)
    right_kind = kind in ((1, 3, 5) if test else (1, 2, 4)) or protocol in (1, 3)
    right_phone = left_out == test or protocol in (1, 2)
    return right_session and right_kind and right_phone


def _paths(captures: Iterator[Capture] | list[Capture]) -> str:
    return "".join(f"{capture.clip}\n" for capture in captures)


def _beside(capture: Capture, suffix: str) -> str:
    return PurePosixPath(capture.clip).with_suffix(suffix).as_posix()


def _rows(params: SimulateParams, capture: Capture, of: Callable[[Take], np.ndarray]) -> list[list[int]]:
    """Per frame its number and the rounded values of `of`; zeros where the capture shows no face."""
    values = np.rint(of(plan(params, capture))).astype(int)
    values = values if has_face(capture) else np.zeros_like(values)
    return [[number, *row] for number, row in enumerate(values.tolist())]


def _corner_and_size(boxes: np.ndarray) -> np.ndarray:
    return np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
