from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from fas.methods.meta_pseudo_label.heat import cue_maps
from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams
from fas.methods.meta_pseudo_label.plgf import network, plgf_task
from fas.methods.meta_pseudo_label.pools import Pools
from fas.methods.meta_pseudo_label.score import score
from fas.plgf.task import PlgfTask
from tests.methods.meta_pseudo_label.captures import CLIPS, RUNTIME, changed, trained

FULL = changed(plgf="attvlad")
ALONE = changed(mode="none", plgf="attvlad")


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("full")
    trained(folder, FULL)
    return folder / "out"


def test_both_branches_are_trained_and_fused(full: Path) -> None:
    assert sorted(path.name for path in full.iterdir()) == ["history.csv", "model.safetensors", "plgf.csv", "pools.parquet"]
    assert {name.split(".")[0] for name in load_file(full / "model.safetensors")} == {"rgb", "plgf"}
    assert list(pd.read_csv(full / "plgf.csv").columns) == ["step", "loss"]
    for found in score(full, FULL, CLIPS, RUNTIME):
        scores = found.scores
        np.testing.assert_allclose(scores["score"], 0.8 * scores["rgb"] + 0.2 * scores["plgf"], atol=1e-6)
        assert ((scores["plgf"] >= 0) & (scores["plgf"] <= 1)).all()


def test_branches_know_nothing_of_each_other(full: Path, tmp_path: Path) -> None:
    """So each scores as it does alone, to the bit; and all saw the same pools."""
    trained(tmp_path / "rgb", changed())
    trained(tmp_path / "plgf", ALONE)
    assert (tmp_path / "rgb" / "out" / "pools.parquet").read_bytes() == (full / "pools.parquet").read_bytes()
    both, one = (pd.read_parquet(folder / "pools.parquet") for folder in (full, tmp_path / "plgf" / "out"))
    pd.testing.assert_frame_equal(one, both[both["pool"] == "labelled"])
    together = list(score(full, FULL, CLIPS, RUNTIME))
    for name, params in (("rgb", changed()), ("plgf", ALONE)):
        alone = list(score(tmp_path / name / "out", params, CLIPS, RUNTIME))
        for first, second in zip(together, alone, strict=True):
            np.testing.assert_array_equal(first.scores[name], second.scores["score"])


@pytest.mark.parametrize("plgf", ["attvlad", "no_vlad"])
def test_the_branch_alone_has_its_own_history_and_one_pool(tmp_path: Path, plgf: str) -> None:
    """More unlabelled patches than there are do not hold it up: it needs none."""
    trained(tmp_path, changed(mode="none", plgf=plgf, checkpoints=3, unlabelled=5000))
    assert set(pd.read_parquet(tmp_path / "out" / "pools.parquet")["pool"]) == {"labelled"}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["history.csv", "model.safetensors", "pools.parquet"]
    assert len(pd.read_csv(tmp_path / "out" / "history.csv")) == ALONE.plgf_steps
    assert sorted(path.name for path in (tmp_path / "scratch" / "kept").iterdir()) == ["1", "2"]


def test_fit_resumes_to_the_byte(full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed in the first training or in the second, nothing is lost or done otherwise."""
    real = PlgfTask.step

    def killed(self: PlgfTask, batch: Any, step: int, update: Any) -> Mapping[str, Any]:
        if step == 1:
            raise KeyboardInterrupt
        return real(self, batch, step, update)

    monkeypatch.setattr(PlgfTask, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path, FULL)
    monkeypatch.setattr(PlgfTask, "step", real)
    trained(tmp_path, FULL)
    for name in ("model.safetensors", "history.csv", "plgf.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (full / name).read_bytes()


def test_it_learns_from_the_faces_of_the_labelled_pool() -> None:
    faces = Pools(CLIPS, FULL, 1).faces()
    batch = plgf_task(network(FULL), faces, FULL.model_copy(update={"flip": 0.0, "shift": 0.0}), 1).batch(0)
    assert batch["live"].tolist() == [True, False] * 2
    known = {face.tobytes(): bool(live) for face, live in zip(faces.images, faces.live, strict=True)}
    for image, live in zip(batch["image"], batch["live"].tolist(), strict=True):
        assert known[(image * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous().numpy().tobytes()] is live


def test_rates_are_equation_30() -> None:
    params = MetaPseudoLabelParams(plgf_rate=0.01, plgf_switches=[200, 2000], plgf_clusters=4)
    task = plgf_task(network(params), Pools(CLIPS, FULL, 1).faces(), params, 0)
    assert [task.rate("sgd", step) for step in (0, 199, 200, 1999, 2000)] == pytest.approx([1, 1, 0.1, 0.1, 0.01])
    assert task.optimizers["sgd"].param_groups[0]["lr"] == 0.01


def test_its_cue_map_is_grad_cam_too(tmp_path: Path) -> None:
    trained(tmp_path, ALONE)
    (found,) = cue_maps(tmp_path / "out", ALONE, [(CLIPS[0], 0)], RUNTIME)
    assert found.shape == (32, 32)
    assert found.min() >= 0
