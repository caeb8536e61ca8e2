from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from fas.domains.batches import DomainBatches
from fas.domains.views import Views
from fas.methods.ssdg.params import SsdgParams
from fas.methods.ssdg.train import SsdgTask, networks
from fas.schema import parse
from tests.domains.captures import CLIPS, shortened, trained, untrained

VALUES: dict[str, Any] = {
    "backbone": {"size": 32, "width": 4},
    "view": {"brightness": 0.1, "contrast": 0.1},
    "embedding": 8,
    "per_class": 2,
    "steps": 5,
    "decay_steps": 3,
    "score_batch": 4,
}
TINY = parse(SsdgParams, VALUES, "here")


def changed(**values: Any) -> SsdgParams:
    return parse(SsdgParams, {**VALUES, "steps": 2, **values}, "here")


def gradients(**values: Any) -> dict[str, torch.Tensor]:
    """Of the backbone in the third of ten steps."""
    params = changed(steps=10, embedding_dropout=0.0, discriminator_dropout=0.0, **values)
    torch.manual_seed(0)
    built = networks(params, 3)
    task = SsdgTask(built, params, DomainBatches(CLIPS, 2, 0, Views(params).training, "ssdg"))
    task.step(task.batch(3), 3, lambda _, loss: loss.backward())
    return {name: one.grad.clone() for name, one in built["backbone"].named_parameters() if one.grad is not None}


def test_the_adversary_is_single_sided_and_reversed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without reversal the adversarial part of the backbone's gradient has the other sign and is 1 / coefficient as large."""
    import fas.methods.ssdg.train as module

    alone = gradients(adversarial_weight=1e-9)
    turned = gradients(adversarial_weight=1.0)
    monkeypatch.setattr(module, "reverse", lambda features, factor: features)
    straight = gradients(adversarial_weight=1.0)
    factor = 2 / (1 + np.exp(-3)) - 1
    for name, gradient in alone.items():
        torch.testing.assert_close(turned[name] - gradient, -factor * (straight[name] - gradient), rtol=0.01, atol=1e-4)


def test_only_live_faces_reach_the_discriminator() -> None:
    built = networks(TINY, 3)
    task = SsdgTask(built, TINY, DomainBatches(CLIPS, 2, 0, Views(TINY).training, "ssdg"))
    seen: list[int] = []
    built["discriminator"].register_forward_pre_hook(lambda _, given: seen.append(len(given[0])))
    batch = task.batch(0)
    task.step(batch, 0, lambda _, loss: None)
    assert seen == [int(batch["live"].sum())]


def test_the_schedule_is_a_parameter() -> None:
    batches = DomainBatches(CLIPS, 2, 0, Views(TINY).training, "ssdg")
    stepped = SsdgTask(networks(TINY), TINY, batches)
    assert [stepped.rate("all", step) for step in (0, 2, 3, 100)] == pytest.approx([1, 1, 0.1, 0.1])  # once
    cosine = changed(steps=10, schedule="cosine", warmup_steps=2)
    assert [SsdgTask(networks(cosine), cosine, batches).rate("all", step) for step in (0, 1, 2)] == pytest.approx([0.5, 1, 1])


def test_without_a_weight_there_is_no_adversary(tmp_path: Path) -> None:
    trained("ssdg", tmp_path, shortened(changed(adversarial_weight=0.0)))
    assert list(pd.read_csv(tmp_path / "out/history.csv").columns) == ["step", "loss", "classification", "triplet"]


def test_additional_live_faces_are_a_domain_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    untrained(monkeypatch)
    trained("ssdg", tmp_path, changed(extra_live=["faces"]))
    assert len(load_file(tmp_path / "out/model.safetensors")["discriminator.layers.3.bias"]) == 4


def test_a_domain_without_a_class_trains_with_a_warning(tmp_path: Path) -> None:
    found = trained("ssdg", tmp_path, shortened(changed()), clips=[clip for clip in CLIPS if clip.domain != "I" or clip.live])
    assert found["warnings"] == ["ssdg: domain I has no attack training clip: its batches are unbalanced"]
