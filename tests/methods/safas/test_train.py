from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from fas.methods.safas.params import SafasParams
from fas.methods.safas.train import heads_of, score
from tests.domains.captures import CLIPS, RUNTIME, capture, section, shortened, trained, untrained

FULL = section("safas")
HEADS = "network.heads.linear.weight"


def changed(**values: Any) -> SafasParams:
    return SafasParams.model_validate({**FULL.model_dump(), **values})


def test_heads_are_aligned_from_their_epoch_on_and_not_before(tmp_path: Path) -> None:
    cosines = {}
    for name, alignment in (("aligned", 0.5), ("never", 1.0)):
        trained("safas", tmp_path / name, shortened(changed(alignment=alignment, align_epoch=1), 2))
        cosines[name] = pd.read_csv(tmp_path / name / "out" / "history.csv")["cosine"]
    assert cosines["aligned"][0] == cosines["never"][0]
    assert cosines["aligned"][1] > cosines["never"][1] + 0.1


def test_additional_faces_are_dealt_out_to_the_heads_in_turn() -> None:
    domain = torch.tensor([0, 3, 2, 3, 4, 1, 3])
    assert heads_of(domain, 3).tolist() == [0, 0, 2, 1, 2, 1, 0]
    assert heads_of(domain[:1], 3).tolist() == [0]


def test_half_of_the_live_faces_are_additional_ones_for_every_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks = untrained(monkeypatch)
    trained("safas", tmp_path, changed(extra_live=["faces"], per_class=4))
    assert len(load_file(tmp_path / "out" / "model.safetensors")[HEADS]) == 3, "additional live faces have no head of their own"
    for step in range(4):
        batch = tasks[0].batch(step)
        assert batch["image"].shape[1:] == (2, 3, 32, 32)
        added = batch["domain"] == 3
        for head in range(3):
            mine = batch["head"] == head
            counts = (mine & ~batch["live"], mine & batch["live"] & ~added, mine & added)
            assert [int(count.sum()) for count in counts] == [4, 2, 2]


def test_a_model_of_two_or_four_domains_scores_with_as_many_heads(tmp_path: Path) -> None:
    two = [clip for clip in CLIPS if clip.domain != "O"]
    four = [*CLIPS, *(capture("C", label, label) for label in ("live", "attack"))]
    for count, clips in ((2, two), (4, four)):
        trained("safas", tmp_path / str(count), shortened(FULL), clips=clips)
        model = tmp_path / str(count) / "out"
        assert len(load_file(model / "model.safetensors")[HEADS]) == count
        assert next(score(model, FULL, CLIPS[:1], RUNTIME)).scores["score"].shape == (3,)


def test_without_contrast_there_is_no_such_loss(tmp_path: Path) -> None:
    trained("safas", tmp_path, shortened(section("safas", "no_supcon")))
    assert list(pd.read_csv(tmp_path / "out" / "history.csv").columns) == ["step", "loss", "bce", "cosine"]
