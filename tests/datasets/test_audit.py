"""Equal captures, people on both sides, and one person under two names."""

import json

import numpy as np
import pandas as pd
import pytest

from fas.cli import run
from fas.datasets.audit import duplicates, lookalikes, shared_people
from fas.datasets.manifest import COLUMNS, write_manifest

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
    told = shared_people(manifest, {}, {"folder": "folder"})
    assert set(told["protocol"]) == {"folder-official"}
    (one,) = told.to_dict("records")
    assert one["subject"] == "anna"
    assert one["roles"] in ("test, train", "dev, test")  # a seeded dev may take her from train
    assert one["clips"] == 3


def test_disjoint_people_are_not_told(manifest: pd.DataFrame) -> None:
    assert shared_people(manifest[manifest["clip"] != "test/a3.png"], {}, {"folder": "folder"}).empty


def test_the_official_sets_share_nobody(manifests: pd.DataFrame) -> None:
    letters = {"msu_mfsd": "M", "casia_fasd": "C", "replay_attack": "I", "oulu_npu": "O"}
    small = manifests[manifests["dataset"].isin(["msu_mfsd", "casia_fasd"])]
    assert shared_people(small, letters, {name: name for name in letters}).empty


def test_one_face_under_two_names_is_told(manifest: pd.DataFrame) -> None:
    random = np.random.default_rng(0)
    base = {name: random.normal(size=64) for name in ("anna", "ben", "dora")}
    base["dora"] = base["ben"] + 0.1 * random.normal(size=64)
    known = manifest[manifest["subject"] != ""]
    vectors = [base[name] / np.linalg.norm(base[name]) for name in known["subject"]]
    embeddings = known[["dataset", "clip"]].assign(embedding=vectors)
    (pair,) = lookalikes(embeddings, manifest, 0.8).to_dict("records")
    assert {pair["first"], pair["second"]} == {"folder/ben", "folder/dora"}
    assert 0.9 < pair["similarity"] <= 1.0 + 1e-9
    assert lookalikes(embeddings, manifest, 0.9999).empty


def test_embeddings_of_unknown_clips_say_nothing(manifest: pd.DataFrame) -> None:
    strangers = pd.DataFrame({"dataset": ["other"], "clip": ["x"], "embedding": [np.ones(4)]})
    assert lookalikes(strangers, manifest, 0.0).empty


def test_the_command_prints_one_object(manifest: pd.DataFrame, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_manifest(tmp_path / "m.csv", manifest)
    assert run(["audit", "m.csv", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert len(told["duplicates"]) == 2
    assert told["shared_people"][0]["subject"] == "anna"
    assert run(["audit", "m.csv"]) == 0
    assert "2 contents that occur more than once" in capsys.readouterr().out
    assert run(["audit", "m.csv", "--identity", "none.parquet"]) == 2
