"""Every row and every role of complete copies, from the rules that the datasets' papers and lists give."""

from itertools import product

import pytest

from fas.datasets.protocols import protocol
from fas.datasets.registry import ADAPTERS

WHAT = ["label", "attack", "instrument", "subject", "split"]
MSU_TEST = (1, 13, 14, 23, 24, 26, 28, 29, 30, 32, 33, 35, 36, 37, 39, 42, 48, 49, 50, 51)
MSU_TRAIN = (2, 3, 5, 6, 7, 8, 9, 11, 12, 21, 22, 34, 53, 54, 55)
REPLAY = {
    "train": (1, 2, 4, 6, 7, 8, 12, 16, 18, 25, 27, 103, 105, 108, 110),
    "dev": (3, 5, 10, 15, 17, 22, 29, 30, 101, 111, 113, 114, 116, 118, 119),
    "test": (9, 11, 13, 14, 19, 20, 21, 23, 24, 26, 28, 31, 102, 104, 106, 107, 109, 112, 115, 117),
}
REPLAY_FOLDERS = {"train": "train", "dev": "devel", "test": "test"}
LIGHTS = ("adverse", "controlled")
SHOWN = (("print", "highdef", "photo"), *((device, device, kind) for device, kind in product(("mobile", "highdef"), ("photo", "video"))))


def msu_mfsd():
    attacks = {"ipad_video": "replay", "iphone_video": "replay", "printed_photo": "print"}
    for split, clients in (("train", MSU_TRAIN), ("test", MSU_TEST)):
        for client, (camera, extension) in product(clients, (("android", "mp4"), ("laptop", "mov"))):
            subject = f"{client:03d}"
            yield f"scene01/real/real_client{subject}_{camera}_SD_scene01.{extension}", ("live", "", "", subject, split)
            for instrument, attack in attacks.items():
                name = f"scene01/attack/attack_client{subject}_{camera}_SD_{instrument}_scene01.{extension}"
                yield name, ("attack", attack, instrument, subject, split)


def casia_fasd():
    kinds = {"": ("1", "2", "HR_1"), "warped": ("3", "4", "HR_2"), "cut": ("5", "6", "HR_3"), "video": ("7", "8", "HR_4")}
    attacks = {"": "", "warped": "print", "cut": "cut", "video": "replay"}
    for (split, people, before), (kind, videos) in product((("train", 20, 0), ("test", 30, 20)), kinds.items()):
        for person, video in product(range(1, people + 1), videos):
            what = ("attack" if kind else "live", attacks[kind], kind, str(person + before), split)
            yield f"{split}_release/{person}/{video}.avi", what


def replay_attack():
    for split, clients in REPLAY.items():
        folder = REPLAY_FOLDERS[split]
        for subject, light in product((f"{client:03d}" for client in clients), LIGHTS):
            yield f"enroll/{folder}/client{subject}_session01_webcam_enroll_{light}.mov", ("live", "", "", subject, "")
            for take in (1, 2):
                name = f"{folder}/real/client{subject}_session01_webcam_authenticate_{light}_{take}.mov"
                yield name, ("live", "", "", subject, split)
            for support, (device, sample, kind) in product(("fixed", "hand"), SHOWN):
                name = f"{folder}/attack/{support}/attack_{device}_client{subject}_session01_{sample}_{kind}_{light}.mov"
                yield name, ("attack", "print" if device == "print" else "replay", device, subject, split)


def oulu_npu():
    kinds = (("", ""), ("print", "printer_1"), ("print", "printer_2"), ("replay", "display_1"), ("replay", "display_2"))
    for split, users in (("train", range(1, 21)), ("dev", range(21, 36)), ("test", range(36, 56))):
        for phone, session, user, number in product(range(1, 7), range(1, 4), users, range(1, 6)):
            attack, instrument = kinds[number - 1]
            name = f"{split.capitalize()}_files/{phone}_{session}_{user:02d}_{number}.avi"
            yield name, ("attack" if attack else "live", attack, instrument, f"{user:02d}", split)


TABLES = {"msu_mfsd": msu_mfsd, "casia_fasd": casia_fasd, "replay_attack": replay_attack, "oulu_npu": oulu_npu}


@pytest.mark.parametrize("name", TABLES)
def test_every_row(name, manifests):
    found = manifests[manifests["dataset"] == name].set_index("clip")[WHAT]
    assert dict(zip(found.index, found.itertuples(index=False, name=None), strict=True)) == dict(TABLES[name]())


def oulu_rule(number, fold):
    """Who plays a part in an OULU-NPU protocol, by the four numbers of a name."""

    def plays(clip, what):
        phone, session, _, kind = clip.partition("/")[2].removesuffix(".avi").split("_")
        test = what[4] == "test"
        return (
            (number not in (1, 4) or (session == "3") == test)
            and (number not in (2, 4) or kind in (("1", "3", "5") if test else ("1", "2", "4")))
            and (number not in (3, 4) or (phone == str(fold)) == test)
        )

    return plays


def casia_rule(quality=("1", "2", "3", "4", "5", "6", "7", "8", "HR_1", "HR_2", "HR_3", "HR_4"), kinds=("", "warped", "cut", "video")):
    return lambda clip, what: clip.rpartition("/")[2].removesuffix(".avi") in quality and what[2] in kinds


def replay_rule(shown, supports=("fixed", "hand")):
    """`shown`: pairs of device and kind."""

    def plays(clip, what):
        if what[0] == "live":
            return not clip.startswith("enroll")
        return clip.split("/")[2] in supports and any(what[2] == device and f"_{kind}_" in clip for device, kind in shown)

    return plays


def replay_smalltest():
    """The clips as Idiap lists them, spelled out."""
    clients = {"train": ("001", "002", "004", "006"), "devel": ("003", "005", "010", "015"), "test": ("009", "011", "013", "014")}
    live = ("adverse_1", "adverse_2", "controlled_1", "controlled_2")
    attacks = ("photo_adverse", "photo_controlled", "video_adverse", "video_controlled")
    for folder, four in clients.items():
        for client, one, other in zip(four, live, attacks, strict=True):
            yield f"{folder}/real/client{client}_session01_webcam_authenticate_{one}.mov"
            yield f"{folder}/attack/fixed/attack_highdef_client{client}_session01_highdef_{other}.mov"


SMALLTEST = frozenset(replay_smalltest())
SCREENS = ("mobile", "highdef")
ON_SCREENS = tuple(product(SCREENS, ("photo", "video")))
REPLAY_SHOWN = {
    "grandtest": (("print", "photo"), *ON_SCREENS),
    "print": (("print", "photo"),),
    "mobile": tuple(product(("mobile",), ("photo", "video"))),
    "highdef": tuple(product(("highdef",), ("photo", "video"))),
    "photo": tuple(product(("print", *SCREENS), ("photo",))),
    "digitalphoto": tuple(product(SCREENS, ("photo",))),
    "video": tuple(product(SCREENS, ("video",))),
}
RULES = {
    "msu_mfsd-official": ("msu_mfsd", lambda clip, what: True),
    "casia_fasd-overall": ("casia_fasd", casia_rule()),
    "casia_fasd-normal": ("casia_fasd", casia_rule(quality=("1", "3", "5", "7"))),
    "casia_fasd-low": ("casia_fasd", casia_rule(quality=("2", "4", "6", "8"))),
    "casia_fasd-high": ("casia_fasd", casia_rule(quality=("HR_1", "HR_2", "HR_3", "HR_4"))),
    **{f"casia_fasd-{kind}": ("casia_fasd", casia_rule(kinds=("", kind))) for kind in ("warped", "cut", "video")},
    **{f"replay_attack-{name}": ("replay_attack", replay_rule(shown)) for name, shown in REPLAY_SHOWN.items()},
    **{
        f"replay_attack-{name}-{support}": ("replay_attack", replay_rule(shown, (support,)))
        for (name, shown), support in product(REPLAY_SHOWN.items(), ("fixed", "hand"))
    },
    "replay_attack-smalltest": ("replay_attack", lambda clip, what: clip in SMALLTEST),
    **{f"oulu_npu-{number}": ("oulu_npu", oulu_rule(number, 0)) for number in (1, 2)},
    **{f"oulu_npu-{number}-{fold}": ("oulu_npu", oulu_rule(number, fold)) for number, fold in product((3, 4), range(1, 7))},
}


@pytest.mark.parametrize("name", RULES)
def test_every_role(name, manifests):
    dataset, plays = RULES[name]
    table = protocol(name, manifests, {}, {name: name for name in ADAPTERS}, dev="none")
    expected = {clip: what[4] for clip, what in TABLES[dataset]() if plays(clip, what)}
    assert set(table["dataset"]) == {dataset}
    assert dict(zip(table["clip"], table["role"], strict=True)) == expected
