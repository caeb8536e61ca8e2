"""Protocols inside one dataset, as each dataset's own paper defines them."""

from collections.abc import Callable, Iterator
from functools import partial

import pandas as pd

from fas.datasets.adapter import LIVE, SPLITS
from fas.datasets.protocols.captures import Captures, Protocol, Roles, split

Choice = Callable[[pd.DataFrame], pd.Series]


def official(captures: Captures, adapter: str, choose: Choice | None = None) -> Roles:
    """The official splits of a dataset, cut down to the rows that `choose` marks; without an official dev it may have a seeded one."""
    rows = captures.adapter(adapter)
    has_dev = captures.has_dev(rows)
    if choose is not None:
        rows = rows[choose(rows)]
    train, dev, test = (split(rows, name) for name in SPLITS)
    return Roles(train, test, dev=dev) if has_dev else Roles(train, test, seeded=train)


def _of_device(rows: pd.DataFrame, device: str) -> pd.Series:
    return rows["device"] == device


def _of_instrument(rows: pd.DataFrame, instrument: str) -> pd.Series:
    return (rows["label"] == LIVE) | (rows["instrument"] == instrument)


def _casia_fasd() -> Iterator[Protocol]:
    yield Protocol("casia_fasd-overall", "CASIA-FASD, all qualities and attacks", partial(official, adapter="casia_fasd"))
    for quality in ("low", "normal", "high"):
        build = partial(official, adapter="casia_fasd", choose=partial(_of_device, device=quality))
        yield Protocol(f"casia_fasd-{quality}", f"CASIA-FASD, {quality} quality", build)
    for kind in ("warped", "cut", "video"):
        build = partial(official, adapter="casia_fasd", choose=partial(_of_instrument, instrument=kind))
        yield Protocol(f"casia_fasd-{kind}", f"CASIA-FASD, live and {kind} attacks", build)


# Which attacks a Replay-Attack protocol has: the device that shows them, and whether it shows a photo or a video.
_REPLAY_ATTACK = {
    "grandtest": (("print", "mobile", "highdef"), ("photo", "video")),
    "print": (("print",), ("photo",)),
    "mobile": (("mobile",), ("photo", "video")),
    "highdef": (("highdef",), ("photo", "video")),
    "photo": (("print", "mobile", "highdef"), ("photo",)),
    "digitalphoto": (("mobile", "highdef"), ("photo",)),
    "video": (("mobile", "highdef"), ("video",)),
}


def _shown(rows: pd.DataFrame, devices: tuple[str, ...], kinds: tuple[str, ...], support: str) -> pd.Series:
    # The manifest's instrument is the device; only the file name tells a photo from a video.
    kind = rows["clip"].str.extract(r"_(photo|video)_(?:adverse|controlled)\.[^./]+$", expand=False)
    attack = rows["instrument"].isin(devices) & kind.isin(kinds)
    return (rows["label"] == LIVE) | (attack & (rows["support"] == support) if support else attack)


# Each split's first four clients: the n-th has the n-th live video and the n-th attack of the high-definition screen, not hand-held.
_SMALLTEST_CLIENTS = {"train": (1, 2, 4, 6), "dev": (3, 5, 10, 15), "test": (9, 11, 13, 14)}
_SMALLTEST_LIVE = ("adverse_1", "adverse_2", "controlled_1", "controlled_2")
_SMALLTEST_ATTACKS = ("photo_adverse", "photo_controlled", "video_adverse", "video_controlled")
_SMALLTEST = frozenset(
    f"{name}{client:03d}_session01_{video}"
    for clients in _SMALLTEST_CLIENTS.values()
    for client, live, attack in zip(clients, _SMALLTEST_LIVE, _SMALLTEST_ATTACKS, strict=True)
    for name, video in (("client", f"webcam_authenticate_{live}"), ("highdef_client", f"highdef_{attack}"))
)


def _of_smalltest(rows: pd.DataFrame) -> pd.Series:
    name = rows["clip"].str.extract(r"((?:highdef_)?client\d+_session01_\w+)\.[^./]+$", expand=False)
    return name.isin(_SMALLTEST) & (rows["support"] != "hand")


def _replay_attack() -> Iterator[Protocol]:
    for support in ("", "fixed", "hand"):
        for name, (devices, kinds) in _REPLAY_ATTACK.items():
            choose = partial(_shown, devices=devices, kinds=kinds, support=support)
            title = f"Replay-Attack {name}" + (f", {support} support" if support else "")
            suffix = f"-{support}" if support else ""
            yield Protocol(f"replay_attack-{name}{suffix}", title, partial(official, adapter="replay_attack", choose=choose))
    title = "Replay-Attack smalltest: four live videos and four attacks a split, to try a program"
    yield Protocol("replay_attack-smalltest", title, partial(official, adapter="replay_attack", choose=_of_smalltest))


SEEN, UNSEEN = ("printer_1", "display_1"), ("printer_2", "display_2")


def oulu_npu(captures: Captures, number: int, phone: str = "") -> Roles:
    """OULU-NPU protocol 1 (unseen session), 2 (unseen instruments), 3 (unseen `phone`) or 4 (all of these)."""
    rows = captures.adapter("oulu_npu")
    test = rows["split"] == "test"
    take = pd.Series(True, index=rows.index)
    if number in (1, 4):
        take &= (rows["session"] == "3") == test
    if number in (2, 4):
        take &= (rows["label"] == LIVE) | rows["instrument"].isin(SEEN) & ~test | rows["instrument"].isin(UNSEEN) & test
    if number in (3, 4):
        take &= (rows["device"] == phone) == test
    rows = rows[take]
    return Roles(split(rows, "train"), split(rows, "test"), dev=split(rows, "dev"))


def _oulu_npu() -> Iterator[Protocol]:
    yield Protocol("oulu_npu-1", "OULU-NPU protocol 1: unseen session", partial(oulu_npu, number=1))
    yield Protocol("oulu_npu-2", "OULU-NPU protocol 2: unseen printer and display", partial(oulu_npu, number=2))
    for number, what in ((3, "unseen phone"), (4, "unseen session, instruments and phone")):
        for phone in "123456":
            name = f"oulu_npu-{number}-{phone}"
            yield Protocol(name, f"OULU-NPU protocol {number}: {what} {phone}", partial(oulu_npu, number=number, phone=phone))


PROTOCOLS = (
    Protocol("msu_mfsd-official", "MSU-MFSD, official train and test people", partial(official, adapter="msu_mfsd")),
    *_casia_fasd(),
    *_replay_attack(),
    *_oulu_npu(),
    Protocol("rose_youtu-official", "Rose-Youtu, the first ten people train, the last ten test", partial(official, adapter="rose_youtu")),
    Protocol("celeba_spoof-official", "CelebA-Spoof, official train and test splits", partial(official, adapter="celeba_spoof")),
    Protocol("folder-official", "your own captures, the splits of the folders", partial(official, adapter="folder")),
)
