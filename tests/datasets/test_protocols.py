"""Protocols on complete copies of the four datasets: published counts, people-disjointness, and the seeded dev split."""

from functools import cache

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fas.datasets.manifest import COLUMNS
from fas.datasets.protocols import PROTOCOLS, protocol, protocols
from fas.datasets.protocols.seeded import SHARE, chosen, place
from fas.datasets.registry import ADAPTERS
from fas.errors import UserError

LETTERS = {name: adapter.letter for name, adapter in ADAPTERS.items() if adapter.letter}
SAME = {name: name for name in ADAPTERS}
M, C, I, O = "msu_mfsd", "casia_fasd", "replay_attack", "oulu_npu"  # noqa: E741


@pytest.fixture(scope="module")
def roles(manifests):
    """A protocol's clips with everything the manifests say of them."""
    facts = manifests.set_index(["dataset", "clip"])

    @cache
    def assign(name, **settings):
        return protocol(name, manifests, LETTERS, SAME, **settings).join(facts, on=["dataset", "clip"], validate="one_to_one")

    return assign


def counts(table):
    """role -> (live, attack)."""
    return {role: ((rows["label"] == "live").sum(), (rows["label"] == "attack").sum()) for role, rows in table.groupby("role")}


PUBLISHED = {
    "msu_mfsd-official": ((30, 90), None, (40, 120)),
    "casia_fasd-overall": ((60, 180), None, (90, 270)),
    "casia_fasd-low": ((20, 60), None, (30, 90)),
    "casia_fasd-high": ((20, 60), None, (30, 90)),
    "casia_fasd-cut": ((60, 60), None, (90, 90)),
    "replay_attack-grandtest": ((60, 300), (60, 300), (80, 400)),
    "replay_attack-print": ((60, 60), (60, 60), (80, 80)),
    "replay_attack-mobile": ((60, 120), (60, 120), (80, 160)),
    "replay_attack-highdef": ((60, 120), (60, 120), (80, 160)),
    "replay_attack-photo": ((60, 180), (60, 180), (80, 240)),
    "replay_attack-digitalphoto": ((60, 120), (60, 120), (80, 160)),
    "replay_attack-video": ((60, 120), (60, 120), (80, 160)),
    "replay_attack-grandtest-hand": ((60, 150), (60, 150), (80, 200)),
    "replay_attack-photo-fixed": ((60, 90), (60, 90), (80, 120)),
    "oulu_npu-1": ((240, 960), (180, 720), (120, 480)),
    "oulu_npu-2": ((360, 720), (270, 540), (360, 720)),
    **{f"oulu_npu-3-{phone}": ((300, 1200), (225, 900), (60, 240)) for phone in range(1, 7)},
    **{f"oulu_npu-4-{phone}": ((200, 400), (150, 300), (20, 40)) for phone in range(1, 7)},
    "oci-to-m": ((720 + 150 + 140, 2880 + 450 + 700), None, (70, 210)),
    "omi-to-c": ((720 + 70 + 140, 2880 + 210 + 700), None, (150, 450)),
    "ocm-to-i": ((720 + 150 + 70, 2880 + 450 + 210), None, (140, 700)),
    "icm-to-o": ((140 + 150 + 70, 700 + 450 + 210), None, (720, 2880)),
    "mi-to-c": ((70 + 140, 210 + 700), None, (150, 450)),
    "mi-to-o": ((70 + 140, 210 + 700), None, (720, 2880)),
    "c-to-i": ((60, 180), None, (80, 400)),
    "i-to-c": ((60, 300), None, (90, 270)),
    "i-to-m": ((60, 300), None, (40, 120)),
    "m-to-o": ((30, 90), None, (360, 1440)),
    "o-to-m": ((360, 1440), None, (40, 120)),
    "m-to-i-all": ((70, 210), None, (200, 1000)),
    "m-to-o-all": ((70, 210), None, (990, 3960)),
    "mi-to-o-all": ((270, 1210), None, (990, 3960)),
    "msu_mfsd-to-oulu_npu-2": ((30, 90), None, (360, 720)),
    "oulu_npu-2-to-msu_mfsd": ((360, 720), (270, 540), (40, 120)),
    "mcio-intra": ((510, 2010), (330, 1380), (570, 2230)),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_counts(name, roles):
    expected = {role: pair for role, pair in zip(("train", "dev", "test"), PUBLISHED[name], strict=True) if pair}
    assert counts(roles(name, dev="none")) == expected


@pytest.mark.parametrize("name", [name for name in PROTOCOLS if not any(other in name for other in ADAPTERS if other not in (M, C, I, O))])
def test_every_protocol(name, roles):
    table, without = roles(name), roles(name, dev="none")
    people = {role: set(zip(rows["dataset"], rows["subject"], strict=True)) for role, rows in table.groupby("role")}
    assert {"train", "dev", "test"} <= set(people)
    assert sum(map(len, people.values())) == len(set().union(*people.values()))  # nobody has two roles
    assert (table["split"] != "").all()  # enrolment plays no part
    # A seeded dev comes out of train, and changes nothing else.
    assert set(table["clip"]) == set(without["clip"])
    if "dev" not in set(without["role"]):
        moved = table[table["role"] == "dev"]["clip"]
        assert set(without[without["clip"].isin(moved)]["role"]) == {"train"}


def test_columns_and_order(manifests):
    table = protocol("oci-to-m", manifests.sample(frac=1, random_state=1), LETTERS, SAME)
    assert list(table.columns) == ["dataset", "clip", "role"]
    assert table.equals(table.sort_values(["dataset", "clip"], ignore_index=True))
    assert table.equals(protocol("oci-to-m", manifests, LETTERS, SAME))


def test_leave_one_out_takes_no_official_dev(roles):
    for name in ("oci-to-m", "icm-to-o", "mi-to-o"):
        table = roles(name)
        assert set(table["split"]) == {"train", "test"}
        assert set(table[table["role"] == "test"]["dataset"]).isdisjoint(table[table["role"] != "test"]["dataset"])


def test_source_eval_is_the_test_split_of_the_source(roles):
    table = roles("c-to-i-eval")
    source = table[table["role"] == "source_eval"]
    assert counts(table)["source_eval"] == (90, 270)
    assert set(source["dataset"]) == {C}
    assert set(source["split"]) == {"test"}
    assert "source_eval" not in set(roles("c-to-i")["role"])
    for name in ("i-to-c-eval", "i-to-m-eval", "m-to-i-eval"):
        assert "source_eval" in set(roles(name)["role"])


def test_intra_keeps_official_dev_people_and_seeds_the_others(roles):
    table = roles("mcio-intra")
    dev = table[table["role"] == "dev"]
    assert set(dev["dataset"]) == {M, C, I, O}
    assert set(dev[dev["dataset"].isin([I, O])]["split"]) == {"dev"}
    assert set(dev[dev["dataset"].isin([M, C])]["split"]) == {"train"}


def test_oulu_4_holds_what_is_unseen(roles):
    table = roles("oulu_npu-4-3")
    test = table[table["role"] == "test"]
    rest = table[table["role"] != "test"]
    assert (set(test["device"]), set(test["session"]), set(test["instrument"])) == ({"3"}, {"3"}, {"", "printer_2", "display_2"})
    assert (set(rest["device"]), set(rest["session"]), set(rest["instrument"])) == (set("12456"), set("12"), {"", "printer_1", "display_1"})


def test_an_official_dev_is_never_replaced(manifests):
    lost = manifests[~((manifests["dataset"] == I) & (manifests["split"] == "dev"))]
    assert set(protocol("replay_attack-grandtest", lost, LETTERS, SAME)["role"]) == {"train", "test"}


class TestSeededDev:
    def test_about_a_fifth_of_the_people(self, roles):
        share = [
            len(set(rows[rows["role"] == "dev"]["subject"])) / len(set(rows["subject"]))
            for seed in range(20)
            for rows in [roles("casia_fasd-overall", seed=seed).query("role != 'test'")]
        ]
        assert 0.15 < sum(share) / len(share) < 0.25

    def test_the_seed_decides(self, roles):
        def people(seed):
            return set(roles("oci-to-m", seed=seed).query("role == 'dev'")["subject"])

        assert people(1) == people(1)
        assert people(1) != people(2)

    @settings(deadline=None, max_examples=100)
    @given(st.sets(st.text(min_size=1, max_size=4), min_size=1, max_size=30), st.text(min_size=1, max_size=4), st.integers(0, 99))
    def test_one_more_person_moves_nobody_else(self, people, newcomer, seed):
        before, after = chosen("d", sorted(people), seed), chosen("d", sorted(people | {newcomer}), seed)
        low = [name for name in people if place(seed, "d", name) < SHARE]
        if 0 < len(low) < len(people):
            assert before == after - ({newcomer} - people) == set(low)

    @settings(deadline=None, max_examples=100)
    @given(st.sets(st.text(min_size=1, max_size=4), min_size=2, max_size=8), st.integers(0, 99))
    def test_never_nobody_and_never_everybody(self, people, seed):
        assert 0 < len(chosen("d", sorted(people), seed)) < len(people)

    def test_a_single_person_stays_in_train(self):
        assert all(chosen("d", ["anna"], seed) == set() for seed in range(50))

    def test_every_source_gives_somebody(self, roles):
        for seed in range(5):
            assert set(roles("oci-to-m", seed=seed).query("role == 'dev'")["dataset"]) == {O, C, I}

    def test_places_are_pinned(self):
        # A changed hash would silently give every published model another dev split.
        assert place(0, "msu_mfsd", "002") == pytest.approx(0.4683539465056395, abs=1e-15)


def office(*rows, dataset="office"):
    base = dict.fromkeys(COLUMNS, "") | {"dataset": dataset, "media": "video", "label": "live"}
    return pd.DataFrame([base | row for row in rows], columns=list(COLUMNS))


class TestFolder:
    ROWS = tuple({"clip": f"{split}/{name}", "subject": name, "split": split} for name in "abcdefgh" for split in ("train",))
    TEST = ({"clip": "test/z", "subject": "z", "split": "test"},)

    def test_seeded_without_a_dev_folder(self):
        table = protocol("folder-official", office(*self.ROWS, *self.TEST), {}, {"office": "folder"})
        assert set(table["role"]) == {"train", "dev", "test"}

    def test_official_with_one(self):
        dev = {"clip": "dev/y", "subject": "y", "split": "dev"}
        table = protocol("folder-official", office(*self.ROWS, *self.TEST, dev), {}, {"office": "folder"})
        assert table.set_index("clip")["role"].to_dict() == {
            **{row["clip"]: "train" for row in self.ROWS},
            "test/z": "test",
            "dev/y": "dev",
        }

    def test_two_folders_are_told_apart_by_name(self):
        rows = pd.concat([office(*self.ROWS), office(*self.TEST, dataset="door")])
        adapters = {"office": "folder", "door": "folder"}
        with pytest.raises(UserError, match="more than one dataset folder in the manifests: door, office"):
            protocol("folder-official", rows, {}, adapters)
        assert set(protocol("door-official", rows, {}, adapters)["dataset"]) == {"door"}

    def test_people_without_a_name_are_single_captures(self):
        rows = office(*({**row, "subject": ""} for row in self.ROWS))
        table = protocol("folder-official", rows, {}, {"office": "folder"})
        assert set(table["role"]) == {"train", "dev"}


def test_letters_and_adapters_come_from_the_caller(manifests):
    renamed = manifests.assign(dataset="sim_" + manifests["dataset"])
    letters = {f"sim_{name}": letter for name, letter in LETTERS.items()}
    adapters = {f"sim_{name}": name for name in SAME}
    table = protocol("oci-to-m", renamed, letters, adapters, dev="none")
    assert len(table) == len(protocol("oci-to-m", manifests, LETTERS, SAME, dev="none"))
    assert len(protocol("oulu_npu-1", renamed, letters, adapters)) == len(protocol("oulu_npu-1", manifests, LETTERS, SAME))


def test_a_missing_dataset_is_told_in_one_line(manifests):
    few = manifests[manifests["dataset"].isin([M, C])]
    with pytest.raises(UserError, match=r"no dataset with letter O in the manifests \(they hold: casia_fasd, msu_mfsd\)"):
        protocol("oci-to-m", few, LETTERS, SAME)
    with pytest.raises(UserError, match="no dataset oulu_npu in the manifests"):
        protocol("oulu_npu-1", few, LETTERS, SAME)


def test_an_unknown_name_is_told(manifests):
    for name in ("oci-to-x", "msu_mfsd-", "", "msu_mfsd"):
        with pytest.raises(UserError, match="unknown protocol"):
            protocol(name, manifests, LETTERS, SAME)


def test_a_protocol_without_a_clip_is_told():
    rows = office({"clip": "x", "subject": "a"})
    with pytest.raises(UserError, match="protocol folder-official: no clip"):
        protocol("folder-official", rows, {}, {"office": "folder"})


def test_names_are_listed_once():
    assert len(protocols()) == len(set(protocols()))
    assert {"oulu_npu-4-6", "replay_attack-video-hand", "mcio-intra", "folder-official"} <= set(protocols())
