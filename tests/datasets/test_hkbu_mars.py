"""HKBU-MARs: V1 and V2 by their names, and what its names must tell."""

from itertools import product

import pytest

from fas.datasets.manifest import check
from fas.datasets.registry import ADAPTERS
from fas.datasets.scan import scan
from fas.datasets.verify import compare, differences
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


def v2():
    """Camera and light of each person; attacks of the ninth end in one digit."""
    for kind, person, camera, light in product(("real", "attack"), range(1, 13), range(1, 8), range(1, 7)):
        last = "9" if (kind, person) == ("attack", 9) else f"{person:02d}"
        yield f"{kind}/{person:02d}/{camera:02d}_{light:02d}_{last}.avi", kind, f"{person:02d}", f"{camera:02d}", f"{light:02d}"


@pytest.mark.parametrize("prefix", ["", f"{V2}/", f"copy/{V2}/"])
def test_v2_by_its_own_names(prefix, tmp_path, plant):
    table = scan(HKBU, plant(tmp_path, [prefix + name for name, *_ in v2()]))
    found = table.set_index("clip")[["label", "subject", "device", "light"]].T.to_dict("list")
    assert found == {prefix + name: ["live" if kind == "real" else kind, *codes] for name, kind, *codes in v2()}
    assert set(table["attack"]) == {"", "mask_rigid"}
    assert differences(compare(HKBU, table)).empty


def test_beside_v2_s_own_names_others_are_no_captures(tmp_path, plant):
    kept = ["attack/09/01_01_9.avi", "real/01/07_06_01.AVI"]
    plant(tmp_path, [*kept, "real/01/07_06_01_copy.avi", "real/01/08_06_01.avi", "real/01/07_06_02.avi", "other/x/y.avi"])
    assert scan(HKBU, tmp_path)["clip"].tolist() == kept


@pytest.mark.parametrize("name, told", [("c1/mask/01.avi", "neither real nor attack"), ("real/attack/01.avi", "both real and attack")])
def test_v2_names_that_do_not_tell_are_told(name, told, tmp_path, plant):
    with pytest.raises(UserError, match=f"{name}: {told} in its names"):
        scan(HKBU, plant(tmp_path, [name]))


def test_two_versions_at_once_are_told(tmp_path, plant):
    plant(tmp_path, ["V1/s1/01_01_01.mp4", f"{V2}/c1/real/01.avi"])
    with pytest.raises(UserError, match=r"V1 \(s1, s2, s3\) and V2 of HKBU-MARs"):
        scan(HKBU, tmp_path)
