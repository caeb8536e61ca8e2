"""HKBU-MARs: V1 and V2 by their names, and what its names must tell."""

from itertools import product

import pytest

from fas.datasets.manifest import check
from fas.datasets.registry import ADAPTERS
from fas.datasets.scan import scan
from fas.errors import UserError

HKBU = ADAPTERS["hkbu_mars"]
V2 = "HKBU_MARs_V2/HKBU_MARs_V2"


def v1():
    for session, people in ((1, 7), (2, 7), (3, 8)):
        yield from (f"s{session}/{person:02d}_{session:02d}_{take:02d}.mp4" for person, take in product(range(1, people + 1), range(1, 6)))


def test_v1_counts(tmp_path, plant):
    table = scan(HKBU, plant(tmp_path, v1()))
    check(table, "hkbu_mars")
    assert table["label"].value_counts().to_dict() == {"live": 70, "attack": 40}
    assert set(table["split"]) == {""}
    assert set(table[table["subject"] == "08"]["label"]) == {"attack"}


def test_v1_rows(tmp_path, plant):
    table = scan(HKBU, plant(tmp_path, ["V1/s2/07_02_05.MP4", "V1/s3/08_03_01.mp4", "V1/s3/._08_03_01.mp4", "V1/notes.txt"]))
    columns = ["clip", "label", "attack", "subject", "session"]
    assert table[columns].to_numpy().tolist() == [
        ["V1/s2/07_02_05.MP4", "live", "", "07", "2"],
        ["V1/s3/08_03_01.mp4", "attack", "mask_rigid", "08", "3"],
    ]


def test_the_folder_is_the_session(tmp_path, plant):
    with pytest.raises(UserError, match="no hkbu_mars here"):
        scan(HKBU, plant(tmp_path, ["s1/01_03_01.mp4", "s4/01_04_01.mp4"]))


@pytest.mark.parametrize("prefix", ["", "HKBU_MARs_V2/", f"{V2}/", f"download/{V2}/", "real copy/"])
def test_v2_by_its_names(prefix, tmp_path, plant):
    names = ["attack_S1/REAL-f/01.avi", "c1/Attack/01.avi", "c1/real/01.AVI", "real_faces/c1/01.avi"]
    table = scan(HKBU, plant(tmp_path, [prefix + name for name in names]))
    assert table["clip"].tolist() == [prefix + name for name in names]
    assert table["label"].tolist() == ["attack", "attack", "live", "live"]
    assert set(table["subject"]) == {""}


@pytest.mark.parametrize("name, told", [("c1/mask/01.avi", "neither real nor attack"), ("real/attack/01.avi", "both real and attack")])
def test_v2_names_that_do_not_tell_are_told(name, told, tmp_path, plant):
    with pytest.raises(UserError, match=f"{name}: {told} in its names"):
        scan(HKBU, plant(tmp_path, [name]))


def test_two_versions_at_once_are_told(tmp_path, plant):
    plant(tmp_path, ["V1/s1/01_01_01.mp4", f"{V2}/c1/real/01.avi"])
    with pytest.raises(UserError, match=r"V1 \(s1, s2, s3\) and V2 of HKBU-MARs"):
        scan(HKBU, tmp_path)
