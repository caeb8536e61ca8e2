"""Protocols of and with the datasets beyond M, C, I and O."""

from functools import cache
from itertools import product

import pandas as pd
import pytest

from fas.datasets.manifest import COLUMNS
from fas.datasets.protocols import protocol
from fas.datasets.protocols.wmca import CLASSES
from fas.datasets.registry import ADAPTERS

LETTERS = {name: adapter.letter for name, adapter in ADAPTERS.items() if adapter.letter}
OTHERS = ("siw", "hkbu_mars", "wffd", "rose_youtu", "wmca", "celeba_spoof")
SAME = {name: name for name in (*ADAPTERS, *OTHERS)}
FOLDS = ("oci-to-m", "omi-to-c", "ocm-to-i", "icm-to-o")


def others():
    """Ten people in each split of each dataset, one live capture and one of every attack class each; HKBU-MARs has no split."""
    splits = {"hkbu_mars": ("",), "wmca": ("train", "dev", "test", ""), "wffd": ("train", "dev", "test")}
    for dataset in OTHERS:
        for split, person, attack in product(splits.get(dataset, ("train", "test")), range(10), ("", *CLASSES)):
            known = {"dataset": dataset, "clip": f"{split}/{person}/{attack}", "media": "video", "subject": f"{split}{person}"}
            yield dict.fromkeys(COLUMNS, "") | known | {"label": "attack" if attack else "live", "attack": attack, "split": split}


@pytest.fixture(scope="module")
def roles(manifests):
    table = pd.concat([manifests, pd.DataFrame(others(), columns=list(COLUMNS))], ignore_index=True)
    facts = table.set_index(["dataset", "clip"])

    @cache
    def assign(name, **settings):
        return protocol(name, table, LETTERS, SAME, **settings).join(facts, on=["dataset", "clip"], validate="one_to_one")

    return assign


def counts(table):
    """role -> (live, attack)."""
    return {role: ((rows["label"] == "live").sum(), (rows["label"] == "attack").sum()) for role, rows in table.groupby("role")}


def of(table, *names):
    return table[table["role"].isin(names)]


@pytest.mark.parametrize("name", ["rose_youtu-official", "celeba_spoof-official"])
def test_official_splits(name, roles):
    assert counts(roles(name, dev="none")) == {"train": (10, 70), "test": (10, 70)}
    assert set(of(roles(name), "dev")["split"]) == {"train"}


def test_wmca_grandtest(roles):
    table = roles("wmca-grandtest")
    assert counts(table) == dict.fromkeys(("train", "dev", "test"), (10, 70))
    assert (table["role"] == table["split"]).all()


@pytest.mark.parametrize("attack", CLASSES)
def test_wmca_holds_an_attack_out(attack, roles):
    table = roles(f"wmca-loo-{attack}")
    assert counts(table) == {"train": (10, 60), "dev": (10, 60), "test": (10, 10)}
    assert set(of(table, "test")["attack"]) == {"", attack}
    assert attack not in set(of(table, "train", "dev")["attack"])
    assert (table["role"] == table["split"]).all()


@pytest.mark.parametrize("target", ["hkbu_mars", "wffd", "rose_youtu", "siw", "wmca"])
def test_four_to_one_tests_on_every_capture(target, roles):
    table = roles(f"mcio-to-{target}", dev="none")
    assert counts(table)["train"] == (70 + 150 + 140 + 720, 210 + 450 + 700 + 2880)
    parts = {"hkbu_mars": 1, "wffd": 3, "rose_youtu": 2, "siw": 2, "wmca": 4}[target]
    assert counts(table)["test"] == (10 * parts, 70 * parts)
    assert set(of(table, "test")["dataset"]) == {target}
    assert set(of(roles(f"mcio-to-{target}"), "dev")["dataset"]) == {"msu_mfsd", "casia_fasd", "replay_attack", "oulu_npu"}


@pytest.mark.parametrize("number", ["1", "2", *(f"{number}-{phone}" for number in (3, 4) for phone in range(1, 7))])
def test_siw_to_oulu(number, roles):
    table, oulu = roles(f"siw-to-oulu_npu-{number}"), roles(f"oulu_npu-{number}")
    assert of(table, "test")["clip"].tolist() == of(oulu, "test")["clip"].tolist()
    assert set(of(table, "test")["dataset"]) == {"oulu_npu"}
    source = of(table, "train", "dev")
    assert (set(source["dataset"]), set(source["split"]), len(source)) == ({"siw"}, {"train"}, 80)


SSAN = {"oci-to-m": (1800 + 240 + 360, 160), "omi-to-c": (1800 + 120 + 360, 360)}
SSAN |= {"ocm-to-i": (1800 + 240 + 120, 480), "icm-to-o": (360 + 240 + 120, 1800)}
WHOLE = {"oci-to-m": (4950 + 600 + 1200, 280), "omi-to-c": (4950 + 280 + 1200, 600)}
WHOLE |= {"ocm-to-i": (4950 + 600 + 280, 1200), "icm-to-o": (1200 + 600 + 280, 4950)}


@pytest.mark.parametrize("name", FOLDS)
@pytest.mark.parametrize(("variant", "sizes"), [("ssan", SSAN), ("all", WHOLE)])
def test_variants_of_leave_one_out(variant, sizes, name, roles):
    table = roles(f"{name}-{variant}", dev="none")
    assert (len(of(table, "train")), len(of(table, "test"))) == sizes[name]
    assert set(of(table, "train")["dataset"]).isdisjoint(of(table, "test")["dataset"])


@pytest.mark.parametrize("name", FOLDS)
def test_ssan_takes_official_parts(name, roles):
    table = roles(f"{name}-ssan")
    assert set(of(table, "train", "dev")["split"]) == {"train"}
    assert set(of(table, "test")["split"]) == {"test"}
