"""SiW: a complete tree with the published counts, its names, and its protocols."""

from itertools import product

import pytest

from fas.datasets.manifest import check
from fas.datasets.protocols import protocol
from fas.datasets.registry import ADAPTERS
from fas.datasets.scan import scan
from fas.errors import UserError

SIW = ADAPTERS["siw"]
SAME = {"siw": "siw"}
DEV_OF_IDIAP = (3, 6, 7, 11, 14, 16, 17, 22, 28, 30)
TRAIN = (
    *DEV_OF_IDIAP,
    *(32, 33, 34, 35, 38, 40, 41, 42, 45, 46, 47, 51, 54, 55, 56, 58, 60, 62, 63, 68, 69, 70, 72, 74, 76, 77, 78, 80, 81, 86, 89, 91, 92),
    *(93, 96, 98, 99, 100, 101, 103, 104, 105, 107, 111, 112, 113, 115, 117, 119, 120, 121, 123, 127, 128, 129, 131, 133, 134, 135, 136),
    *(140, *range(143, 153), 155, 156, 157, 159, 160, 162, 163, 164, 165),
)
TEST = tuple(sorted(set(range(1, 166)) - set(TRAIN)))
LIVE_CLIPS = {62: 4, 6: 6, 1: 7}
SUFFIXED = (153, 154, 158, 161)
# Clips of print (any medium) and of each screen. Who lacks which clip is not public, so the last people do here.
ATTACK_CLIPS = {"Train": (339, 360, 360, 359, 285), "Test": (314, 300, 300, 298, 250)}
# protocol -> live and attack clips of train and of test.
PUBLISHED = {
    "siw-1": (714, 1703, 599, 1462),
    "siw-2-1": (714, 1004, 599, 300),
    "siw-2-2": (714, 1004, 599, 300),
    "siw-2-3": (714, 1005, 599, 298),
    "siw-2-4": (714, 1079, 599, 250),
    "siw-3-1": (714, 339, 599, 1148),
    "siw-3-2": (714, 1364, 599, 314),
}


def live(split, people):
    for person in people:
        for number, (sensor, medium, session) in enumerate(product("12", repeat=3)):
            suffix = ".m" if split == "Test" and person in SUFFIXED and sensor == "2" else ""
            if number < LIVE_CLIPS.get(person, 8):
                yield f"{split}/live/{person:03d}/{person:03d}-{sensor}-1-{medium}-{session}{suffix}.mov"


def spoof(split, people):
    prints, *screens = ATTACK_CLIPS[split]
    names = [f"{sensor}-2-{medium}-{session}" for medium, sensor, session in product("12", repeat=3)]
    yield from _first(prints, split, people, names)
    for medium, clips in enumerate(screens, 1):
        yield from _first(clips, split, people, [f"{sensor}-3-{medium}-{session}" for sensor, session in product("12", repeat=2)])


def _first(clips, split, people, names):
    for name, person in list(product(names, people))[:clips]:
        yield f"{split}/spoof/{person:03d}/{person:03d}-{name}.mov"


@pytest.fixture(scope="module")
def manifest(tmp_path_factory, plant):
    names = [name for split, people in (("Train", TRAIN), ("Test", TEST)) for kind in (live, spoof) for name in kind(split, people)]
    root = plant(tmp_path_factory.mktemp("siw") / "SiW_release", names)
    plant(root, [name.removesuffix("mov") + "face" for name in names[::100]])
    return scan(SIW, root)


def test_published_counts(manifest):
    check(manifest, "siw")
    assert len(manifest) == 4478
    assert manifest.groupby(["split", "label"]).size().to_dict() == {
        ("train", "live"): 714,
        ("train", "attack"): 1703,
        ("test", "live"): 599,
        ("test", "attack"): 1462,
    }
    assert manifest.groupby("split")["subject"].nunique().to_dict() == {"train": 90, "test": 75}


def test_every_row(manifest):
    screens = {"1": "ipad_pro", "2": "iphone_7_plus", "3": "galaxy_s8", "4": "asus_mb168b"}
    expected = {}
    for split, people in (("Train", TRAIN), ("Test", TEST)):
        for name in live(split, people):
            expected[name] = ("live", "", "", name.split("/")[2], split.lower())
        for name in spoof(split, people):
            subject, _, kind, medium, _ = name.rpartition("/")[2].removesuffix(".mov").split("-")
            what = ("print", f"print_{medium}") if kind == "2" else ("replay", screens[medium])
            expected[name] = ("attack", *what, subject, split.lower())
    columns = ["clip", "label", "attack", "instrument", "subject", "split"]
    assert {clip: tuple(what) for clip, *what in manifest[columns].to_numpy().tolist()} == expected


def test_the_stems_that_end_in_m(manifest):
    odd = manifest[manifest["clip"].str.contains(".m.mov", regex=False)]
    assert len(odd) == 16
    assert set(odd["subject"]) == {f"{person}" for person in SUFFIXED}
    assert set(odd["label"]) == {"live"}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_counts_of_the_protocols(name, manifest):
    table = protocol(name, manifest, {}, SAME, dev="none").merge(manifest, on=["dataset", "clip"])
    counts = table.groupby(["role", "label"]).size()
    assert [int(counts[role, label]) for role in ("train", "test") for label in ("live", "attack")] == list(PUBLISHED[name])


@pytest.mark.parametrize("name", PUBLISHED)
def test_nobody_has_two_roles_and_dev_is_out_of_train(name, manifest):
    table = protocol(name, manifest, {}, SAME).merge(manifest, on=["dataset", "clip"])
    assert set(table["role"]) == {"train", "dev", "test"}
    assert (table.groupby("subject")["role"].nunique() == 1).all()
    assert set(table[table["role"] == "dev"]["split"]) == {"train"}


@pytest.mark.parametrize("number, screen", enumerate(("ipad_pro", "iphone_7_plus", "galaxy_s8", "asus_mb168b"), 1))
def test_protocol_2_holds_one_screen_out(number, screen, manifest):
    table = protocol(f"siw-2-{number}", manifest, {}, SAME).merge(manifest, on=["dataset", "clip"])
    attacks = table[table["label"] == "attack"]
    seen = set(attacks[attacks["role"] != "test"]["instrument"])
    assert set(attacks["attack"]) == {"replay"}
    assert set(attacks[attacks["role"] == "test"]["instrument"]) == {screen}
    assert screen not in seen
    assert len(seen) == 3


def test_rows(tmp_path, plant):
    names = ["Test/spoof/001/001-2-3-4-1.MOV", "Train/live/003/003-1-1-2-2.mov", "Train/spoof/003/003-1-2-2-1.mp4"]
    table = scan(SIW, plant(tmp_path, names))
    columns = ["clip", "label", "attack", "instrument", "subject", "split", "session", "device"]
    assert table[columns].to_numpy().tolist() == [
        [names[0], "attack", "replay", "asus_mb168b", "001", "test", "1", "logitech_c920"],
        [names[1], "live", "", "", "003", "train", "2", "canon_eos_t6"],
        [names[2], "attack", "print", "print_2", "003", "train", "1", "canon_eos_t6"],
    ]


def test_a_wrapper_folder_and_hidden_files(tmp_path, plant):
    clip = "SiW_release/Test/live/153/153-2-1-1-2.m.mov"
    plant(tmp_path, [clip, "SiW_release/Test/live/153/._153-2-1-1-2.m.mov", clip.removesuffix("mov") + "face", ".DS_Store"])
    assert scan(SIW, tmp_path)["clip"].tolist() == [clip]


@pytest.mark.parametrize(
    "name",
    [
        "Train/live/003/004-1-1-1-1.mov",  # the folder of another person
        "Train/live/003/003-1-2-1-1.mov",  # a print among the live clips
        "Train/spoof/003/003-1-1-1-1.mov",  # a live clip among the attacks
        "Train/live/003/003-3-1-1-1.mov",
        "Train/live/003/003-1-1-1-1.n.mov",
        "Dev/live/003/003-1-1-1-1.mov",
    ],
)
def test_other_names_are_no_captures(name, tmp_path, plant):
    with pytest.raises(UserError, match="no siw here"):
        scan(SIW, plant(tmp_path, [name]))
