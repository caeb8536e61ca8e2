"""What holds for every cue maker that reads faces alone: deterministic bytes, resuming, and faces that do not depend on each other."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.features.cues import anoddpm, cue, deep_svdd, memae
from fas.features.cues.anoddpm.train import DenoisingTask
from fas.features.cues.autoencoding import ReconstructionTask
from fas.features.cues.base import CueParams
from fas.features.cues.worker import CueWorker
from fas.features.params import ResidualsParams
from fas.files import read_json

FILES = ("model.safetensors", "config.json", "history.csv")
SIZES: dict[str, CueParams] = {
    "memae": memae.MemaeParams(size=16, frames=None, channels=[4, 8], steps=4, batch=4, memory=5),
    "deep_svdd": deep_svdd.DeepSvddParams(size=16, frames=None, channels=[4, 8], steps=4, batch=4, latent=6),
    "anoddpm": anoddpm.AnoddpmParams(size=16, frames=None, channels=[8, 8], steps=4, batch=4, grid=10),
    "anoddpm-simplex": anoddpm.AnoddpmParams(size=16, frames=None, channels=[8, 8], steps=4, batch=4, grid=10, noise="simplex"),
}
MAKERS = list(SIZES)
RESIDUALS = ResidualsParams(t_start=200, grid=10, batch=4)


def fit(name: str, clips: list[Clip], folder: Path, **changes: object) -> Path:
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    worker = CueWorker(name, SIZES[name].model_copy(update=changes), None)
    worker.setup(Runtime())
    worker.work(tuple(clips), out, folder / "scratch")
    return out


@pytest.fixture(scope="module")
def model(clips: list[Clip], tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a trained tiny maker."""
    made: dict[str, Path] = {}

    def trained(name: str) -> Path:
        if name not in made:
            made[name] = fit(name, clips, tmp_path_factory.mktemp(name))
        return made[name]

    return trained


@pytest.fixture
def faces(clips: list[Clip]) -> np.ndarray:
    return np.concatenate([clip.read("frames")["aligned"] for clip in clips])[:7]


SEEDS = [5, 2**64 - 1, 7, 0, 11, 12, 13]


def load(name: str, folder: Path, residuals: ResidualsParams = RESIDUALS):
    return cue(name).load().load(folder, SIZES[name], SIZES[name].sampled(residuals), Runtime())


@pytest.mark.parametrize("name", MAKERS)
def test_same_faces_in_any_order_same_bytes(name: str, model: Callable[[str], Path], clips: list[Clip], tmp_path: Path) -> None:
    again = fit(name, clips[::-1], tmp_path)
    for file in FILES:
        assert (again / file).read_bytes() == (model(name) / file).read_bytes(), file
    assert read_json(again / "config.json")["faces"] == 12
    assert pd.read_csv(again / "history.csv")["step"].tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("name", MAKERS)
def test_another_seed_is_another_model(name: str, model: Callable[[str], Path], clips: list[Clip], tmp_path: Path) -> None:
    assert (fit(name, clips, tmp_path, seed=1) / FILES[0]).read_bytes() != (model(name) / FILES[0]).read_bytes()


@pytest.mark.parametrize("name", MAKERS)
def test_a_killed_training_resumes_to_the_same_bytes(
    name: str, model: Callable[[str], Path], clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = DenoisingTask if name.startswith("anoddpm") else ReconstructionTask
    step = task.step
    done: list[int] = []

    def stopping(self, batch, number, update):
        done.append(number)
        if number == 2 and done.count(2) == 1:
            raise KeyboardInterrupt
        return step(self, batch, number, update)

    monkeypatch.setattr("fas.features.cues.training.CHECKPOINT_STEPS", 1)
    monkeypatch.setattr(task, "step", stopping)
    with pytest.raises(KeyboardInterrupt):
        fit(name, clips, tmp_path)
    out = fit(name, clips, tmp_path)
    assert done.count(0) == 1, "the second run began anew"
    for file in FILES:
        assert (out / file).read_bytes() == (model(name) / file).read_bytes(), file


@pytest.mark.parametrize("name", MAKERS)
def test_a_face_is_reconstructed_by_itself(name: str, model: Callable[[str], Path], faces: np.ndarray) -> None:
    """Bit for bit: alone, in another order, or among other neighbours; whatever torch's own generator says."""
    redraw = load(name, model(name))
    together = redraw(faces, None, SEEDS)
    assert together.shape == (7, 16, 16, 3)
    assert together.dtype == np.uint8
    assert len(np.unique(together)) > 5
    torch.manual_seed(3)
    order = [4, 1, 6, 5, 0, 3, 2]
    np.testing.assert_array_equal(redraw(faces[order], None, [SEEDS[place] for place in order]), together[order])
    for place in range(7):
        np.testing.assert_array_equal(redraw(faces[[place]], None, [SEEDS[place]])[0], together[place])


@pytest.mark.parametrize("name", MAKERS)
def test_no_model_is_told(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no trained cue maker"):
        load(name, tmp_path)


@pytest.mark.parametrize("name", ["anoddpm", "anoddpm-simplex"])
def test_noise_and_start_matter(name: str, model: Callable[[str], Path], faces: np.ndarray) -> None:
    def redraw(seeds: list[int], t_start: int) -> np.ndarray:
        params = SIZES[name].model_copy(update={"t_start": t_start})
        return cue(name).load().load(model(name), params, params.sampled(RESIDUALS), Runtime())(faces, None, seeds).astype(int)

    first = redraw(SEEDS, 200)
    assert np.abs(redraw(SEEDS[::-1], 200) - first).mean() > 0.5
    assert np.abs(redraw(SEEDS, 600) - first).mean() > 0.5


@pytest.mark.parametrize("name", ["memae", "deep_svdd", "anoddpm"])
def test_it_learns(name: str, clips: list[Clip], tmp_path: Path) -> None:
    history = pd.read_csv(fit(name, clips, tmp_path, steps=30, lr=4e-3) / "history.csv")
    losses = history["loss" if name == "anoddpm" else "error"]
    assert losses.tail(5).mean() < 0.8 * losses.head(5).mean()


@pytest.mark.parametrize(
    ("name", "changes", "message"),
    [
        ("memae", {"size": 60}, "size 60 cannot be halved 3 times"),
        ("anoddpm", {"size": 31}, "size 31 cannot be halved 1 times"),
        ("anoddpm", {"attention": 3}, "attention at 3 resolutions, and there are 2"),
    ],
)
def test_sizes_must_fit(name: str, changes: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cue(name).params(**changes)


GOLDEN = {
    "memae": [125.21, 5.28, 125.25, 125.23],
    "deep_svdd": [121.56, 9.36, 121.50, 121.53],
    "anoddpm": [126.48, 89.44, 126.66, 121.09],
    "anoddpm-simplex": [126.10, 83.67, 126.17, 120.98],
}


@pytest.mark.parametrize("name", MAKERS)
def test_golden(name: str, model: Callable[[str], Path], faces: np.ndarray) -> None:
    """Raise the version of the cue maker when this changes."""
    assert cue(name).version == 2
    result = load(name, model(name))(faces, None, SEEDS).astype(float)
    np.testing.assert_allclose([result.mean(), result.std(), result[0].mean(), result[5, :8].mean()], GOLDEN[name], atol=1)
