"""WFFD: label and split out of folder names, each photograph once."""

from itertools import product

import pytest

from fas.datasets.manifest import check
from fas.datasets.protocols.seeded import chosen
from fas.datasets.registry import ADAPTERS
from fas.datasets.scan import scan
from fas.errors import UserError

WFFD = ADAPTERS["wffd"]
# A twentieth of the published pairs.
PAIRS = {"1": {"train": 30, "dev": 10, "test": 10}, "2": {"train": 36, "dev": 12, "test": 12}}


def photos(*protocols):
    for number, (split, kind) in product(protocols, product(("train", "dev", "test"), ("real", "wax"))):
        for part in PAIRS if number == "3" else (number,):
            yield from (f"Protocol{number}/{split}/{kind}/{part}_{split}_{pair:04d}.jpg" for pair in range(PAIRS[part][split]))


@pytest.fixture(scope="module")
def tree(tmp_path_factory, plant):
    return plant(tmp_path_factory.mktemp("wffd"), photos("1", "2", "3"))


def test_each_photograph_is_listed_once(tree):
    table = scan(WFFD, tree)
    check(table, "wffd")
    counts = table.groupby(["split", "label"]).size().to_dict()
    assert counts == {(split, label): PAIRS["1"][split] + PAIRS["2"][split] for split in PAIRS["1"] for label in ("live", "attack")}
    assert len(set(table["clip"].str.rpartition("/")[2] + table["label"])) == len(table) == 220
    assert not table["clip"].str.startswith("Protocol3").any()


@pytest.mark.parametrize("there, listed", [("1", "1"), ("3", "3"), ("13", "3"), ("23", "3"), ("12", "12"), ("123", "12")])
def test_which_protocols_are_listed(there, listed, tmp_path, plant):
    plant(tmp_path, [f"WFFD/Protocol{number}/train/real/{number}.jpg" for number in there])
    assert scan(WFFD, tmp_path)["clip"].tolist() == [f"WFFD/Protocol{number}/train/real/{number}.jpg" for number in listed]


def test_a_protocol_without_photographs_does_not_count(tmp_path, plant):
    plant(tmp_path, ["Protocol1/readme.txt", "Protocol2/train.txt", "Protocol3/train/wax/1.jpg"])
    assert scan(WFFD, tmp_path)["clip"].tolist() == ["Protocol3/train/wax/1.jpg"]


@pytest.mark.parametrize(
    "name, label, split",
    [
        ("protocol1/Train/Real/a.JPG", "live", "train"),
        ("Protocol 2/VAL/Fake/a.png", "attack", "dev"),
        ("Protocol_1/devel/live/set 3/a.jpeg", "live", "dev"),
        ("Protocol1/wax_figures/test/a.jpg", "attack", "test"),
        ("Protocol1/test_real/wax museum.jpg", "live", "test"),
        ("Protocol1/real/a.jpg", "live", ""),
        ("WFFD-V/Real/train/0001.avi", "live", "train"),
        ("WFFD/WFFD-V/Wax/Test/0001.jpg", "attack", "test"),
        ("WFFD-V/train/Wax/0001.avi", "attack", "train"),
        ("Wax/test/0001.mp4", "attack", "test"),
    ],
)
def test_folder_names_tell(name, label, split, tmp_path, plant):
    [row] = scan(WFFD, plant(tmp_path, [name])).to_dict("records")
    media = "video" if name.endswith(("avi", "mp4")) else "image"
    attack = "wax" if label == "attack" else ""
    assert {"clip": name, "label": label, "split": split, "attack": attack, "subject": "", "media": media}.items() <= row.items()


def test_photographs_and_sequences_together(tmp_path, plant):
    names = ["Protocol1/train/real/1.jpg", "Protocol2/train/real/2.jpg", "WFFD-V/Real/train/1.avi", "WFFD-V/Wax/test/1.avi"]
    plant(tmp_path, [*names, "Protocol3/train/real/1.jpg", "Protocol1/train/real/._1.jpg", "WFFD-V/Wax/test/boxes.txt"])
    assert scan(WFFD, tmp_path)["clip"].tolist() == names


@pytest.mark.parametrize("prefix", ["", "WFFD-V/", "WFFD/WFFD-V/"])
def test_the_pictures_of_a_sequence_have_one_subject(prefix, tmp_path, plant):
    names = ["Real/train/0001/1.jpg", "Real/train/0001/2.jpg", "Real/train/train_2/1.jpg", "Wax/test/a real beauty/1.jpg", "Wax/test/1.jpg"]
    names += ["Wax/test/0001/1.avi"]
    table = scan(WFFD, plant(tmp_path, [prefix + name for name in names]))
    subjects = dict(zip(table["clip"].str.removeprefix(prefix), table["subject"], strict=True))
    assert subjects == dict(zip(names, ["Real/train/0001"] * 2 + ["Real/train/train_2", "Wax/test/a real beauty", "", ""], strict=True))
    assert set(table["split"]) == {"train", "test"}


def test_the_pictures_of_a_sequence_stay_together_in_a_seeded_dev(tmp_path, plant):
    plant(tmp_path, [f"{kind}/train/{number:02d}/{frame}.jpg" for kind, number, frame in product(("Real", "Wax"), range(20), range(3))])
    table = scan(WFFD, tmp_path)
    picked = chosen("wffd", table["subject"].unique().tolist(), seed=0)
    assert 0 < len(picked) < 40
    assert (table.groupby(table["subject"].isin(picked))["subject"].value_counts() == 3).all()


def test_photographs_in_folders_of_their_own_are_single_people(tmp_path, plant):
    assert scan(WFFD, plant(tmp_path, ["Protocol1/train/real/set 3/1.jpg"]))["subject"].tolist() == [""]


@pytest.mark.parametrize(
    "name, told",
    [("Protocol1/train/faces/1.jpg", "no folder says real or wax"), ("Protocol1/real and wax/1.jpg", "'real and wax' says attack")],
)
def test_folders_that_do_not_tell_are_told(name, told, tmp_path, plant):
    with pytest.raises(UserError, match=f"{name}: {told}"):
        scan(WFFD, plant(tmp_path, [name]))


def test_a_pattern_reads_labels_out_of_file_names(tmp_path, plant):
    plant(tmp_path, ["Protocol1/train/001_real.jpg", "Protocol1/train/001_wax.jpg"])
    table = scan(WFFD, tmp_path, pattern=r"Protocol1/(?P<split>\w+)/(?P<subject>\d+)_(?P<label>\w+)\.jpg")
    assert table[["subject", "label", "attack", "split"]].to_numpy().tolist() == [
        ["001", "live", "", "train"],
        ["001", "attack", "wax", "train"],
    ]
