"""Equal captures, people on both sides, and one person under two names."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fas.cli import run
from fas.datasets import audit
from fas.datasets.audit import checked, duplicates, faces_of, lookalikes, shared_people
from fas.datasets.manifest import COLUMNS, write_manifest
from fas.files import write_table

DATASET = {"dataset": "folder", "media": "image", "label": "live"}


def capture(clip: str, subject: str, split: str, content: str = "", label: str = "live") -> dict[str, str]:
    known = {"clip": clip, "subject": subject, "split": split, "content": content or clip, "label": label}
    return dict.fromkeys(COLUMNS, "") | DATASET | known | ({"attack": "print"} if label == "attack" else {})


@pytest.fixture
def manifest() -> pd.DataFrame:
    """Anna in train and test, one photo three times (twice in train, once in test), one twice in test."""
    rows = [
        capture("train/a1.png", "anna", "train", content="same"),
        capture("train/a2.png", "anna", "train", content="same"),
        capture("train/b1.png", "ben", "train", label="attack"),
        capture("train/c1.png", "", "train"),
        capture("test/a3.png", "anna", "test", content="same"),
        capture("test/d1.png", "dora", "test", content="twice"),
        capture("test/d2.png", "dora", "test", content="twice", label="attack"),
        capture("test/c2.png", "", "test"),
    ]
    return pd.DataFrame(rows)


def test_equal_bytes_are_told_across_splits_first(manifest: pd.DataFrame) -> None:
    first, second = duplicates(manifest).to_dict("records")
    assert (first["content"], first["copies"], first["splits"]) == ("same", 3, "folder/test, folder/train")
    assert first["clips"] == "folder/test/a3.png, folder/train/a1.png, folder/train/a2.png"
    assert (second["content"], second["splits"], second["labels"]) == ("twice", "folder/test", "attack, live")


def test_captures_without_a_digest_are_no_copies(manifest: pd.DataFrame) -> None:
    assert duplicates(manifest.assign(content="")).empty


def test_people_in_two_roles_are_told_and_nobody_else(manifest: pd.DataFrame) -> None:
    told = shared_people(manifest, checked(manifest, {}, {"folder": "folder"}))
    assert set(told["protocol"]) == {"folder-official"}
    (one,) = told.to_dict("records")
    assert one["subject"] == "anna"
    assert one["roles"] in ("test, train", "dev, test")  # a seeded dev may take her from train
    assert one["clips"] == 3


def test_disjoint_people_are_not_told(manifest: pd.DataFrame) -> None:
    apart = manifest[manifest["clip"] != "test/a3.png"]
    assert shared_people(apart, checked(apart, {}, {"folder": "folder"})).empty


def test_the_official_sets_share_nobody(manifests: pd.DataFrame) -> None:
    letters = {"msu_mfsd": "M", "casia_fasd": "C", "replay_attack": "I", "oulu_npu": "O"}
    small = manifests[manifests["dataset"].isin(["msu_mfsd", "casia_fasd"])]
    protocols = checked(small, letters, {name: name for name in letters})
    assert {"msu_mfsd-official", "casia_fasd-overall"} < set(protocols)
    assert shared_people(small, protocols).empty


def test_of_two_datasets_with_one_adapter_both_are_looked_at(manifest: pd.DataFrame) -> None:
    both = pd.concat([manifest.assign(dataset="office"), manifest.assign(dataset="lab")])
    protocols = checked(both, {}, {"office": "folder", "lab": "folder"})
    assert set(protocols) == {"office-official", "lab-official"}
    assert shared_people(both, protocols)["dataset"].tolist() == ["lab", "office"]


def test_a_dataset_of_no_protocol_is_looked_at_by_its_splits(manifest: pd.DataFrame) -> None:
    protocols = checked(manifest.assign(dataset="stranger"), {}, {"folder": "folder"})
    assert set(protocols) == {"splits of stranger"}
    (one,) = shared_people(manifest.assign(dataset="stranger"), protocols).to_dict("records")
    assert (one["subject"], one["roles"], one["clips"]) == ("anna", "test, train", 3)
    assert checked(manifest.assign(dataset="stranger", split=""), {}, {}) == {}


def test_one_face_under_two_names_is_told(manifest: pd.DataFrame) -> None:
    random = np.random.default_rng(0)
    base = {name: random.normal(size=64) for name in ("anna", "ben", "dora")}
    base["dora"] = base["ben"] + 0.1 * random.normal(size=64)
    known = manifest[manifest["subject"] != ""]
    vectors = [base[name] / np.linalg.norm(base[name]) for name in known["subject"]]
    embeddings = known[["dataset", "clip"]].assign(embedding=vectors)
    people = faces_of(embeddings, manifest)
    assert people["person"].tolist() == ["folder/anna", "folder/ben", "folder/dora"]
    (pair,) = lookalikes(people, 0.8).to_dict("records")
    assert {pair["first"], pair["second"]} == {"folder/ben", "folder/dora"}
    assert 0.9 < pair["similarity"] <= 1.0 + 1e-9
    assert lookalikes(people, 0.9999).empty
    assert len(lookalikes(people, -1.0)) == 3  # every pair once, nobody with himself


@given(st.integers(0, 12), st.floats(-1, 1))
def test_pairs_are_found_block_by_block(count: int, threshold: float) -> None:
    vectors = np.random.default_rng(count).normal(size=(count, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    people = pd.DataFrame({"person": [f"d/{number:02d}" for number in range(count)], "embedding": list(vectors)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "_BLOCK", 5)
        found = lookalikes(people, threshold)
    expected = {(i, j) for i in range(count) for j in range(i) if vectors[i] @ vectors[j] >= threshold}
    assert {(int(second[2:]), int(first[2:])) for first, second in zip(found["first"], found["second"], strict=True)} == expected
    assert found["similarity"].is_monotonic_decreasing


def test_embeddings_of_unknown_clips_say_nothing(manifest: pd.DataFrame) -> None:
    strangers = pd.DataFrame({"dataset": ["other"], "clip": ["x"], "embedding": [np.ones(4)]})
    assert faces_of(strangers, manifest).empty
    assert lookalikes(faces_of(strangers, manifest), 0.0).empty


def test_the_command_prints_one_object(manifest: pd.DataFrame, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_manifest(tmp_path / "m.csv", manifest)
    assert run(["audit", "m.csv", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["duplicates"]) == 2
    assert told["shared_people"][0]["subject"] == "anna"
    assert told["protocols"] == ["folder-official"]
    assert run(["audit", "m.csv", "--identity", "none.parquet"]) == 2


def test_the_command_tells_a_person_what_it_looked_at_and_where_to_look(manifest: pd.DataFrame, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    more = [capture(f"train/anna{number}.png", "anna", "train", content="many") for number in range(6)]
    write_manifest(tmp_path / "m.csv", pd.concat([manifest.assign(split="test"), pd.DataFrame(more)]).assign(dataset="office"))
    assert run(["audit", "m.csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "3 contents that occur more than once"
    assert lines[1] == "  6 copies (live) in office/train:"
    assert lines[2] == "    office/train/anna0.png"
    assert lines[6] == "    ... and 2 more"
    assert "1 people in more than one role of a protocol (looked at 1: splits of office)" in lines
    assert lines[-1] == "  splits of office: 1 of office in test, train (9 clips): anna"


def test_embeddings_of_none_of_the_people_are_refused(manifest: pd.DataFrame, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_manifest(tmp_path / "m.csv", manifest)
    write_table(tmp_path / "e.parquet", pd.DataFrame({"dataset": ["other"], "clip": ["x"], "embedding": [np.ones(4)]}))
    assert run(["audit", "m.csv", "--identity", "e.parquet"]) == 2
    assert capsys.readouterr().err == "fas: e.parquet: no embedding of a capture whose person the manifests know\n"
    assert run(["audit", "m.csv", "--threshold", "2"]) == 2


def test_everybody_is_compared_with_everybody_else(manifest: pd.DataFrame, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_manifest(tmp_path / "m.csv", manifest)
    known = manifest[manifest["subject"].isin(["anna", "dora"])][["dataset", "clip"]]
    write_table(tmp_path / "e.parquet", known.assign(embedding=[np.ones(4) / 2] * len(known)))
    assert run(["audit", "m.csv", "--identity", "e.parquet"]) == 0
    told = capsys.readouterr().out
    assert "1 pairs of different people with embeddings nearer than 0.363 (of 2 people)\n  1.000  folder/anna  folder/dora" in told
