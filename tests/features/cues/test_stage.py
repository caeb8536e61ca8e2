"""The residuals stage as a whole: a key's bytes are the same whatever else is computed in the run, in any order, or was before."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fas.clips import Clip
from fas.config import Config, Runtime
from fas.features.cues.anoddpm.params import AnoddpmParams
from fas.features.cues.worker import CueWorker
from fas.features.params import ResidualsParams
from fas.features.residuals import ResidualsWorker
from fas.features.task import FeatureTask
from fas.files import write_npz
from fas.items.bundle import Bundle, BundleWorker
from fas.items.engine import INDEX, Stage
from fas.items.item import Item

PARAMS = AnoddpmParams(size=16, frames=None, channels=[8, 8], steps=2, batch=4, grid=10)
OUTPUT = "data/residuals"


@pytest.fixture
def worker(clips: list[Clip], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ResidualsWorker:
    """Of a tiny trained cue maker, with the working directory in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    training = CueWorker("anoddpm", PARAMS, None)
    training.setup(Runtime())
    (tmp_path / "model").mkdir()
    training.work(tuple(clips), tmp_path / "model", tmp_path / "scratch")
    for number in range(5):
        faces = np.random.default_rng(number).integers(0, 256, (1 + number % 3, 16, 16, 3), dtype=np.uint8)
        write_npz(tmp_path / f"{number}.npz", {"aligned": faces, "frame": np.arange(len(faces), dtype=np.int32)})
    return ResidualsWorker("anoddpm", PARAMS, tmp_path / "model", ResidualsParams(frames=None, batch=4), None)


def items(numbers: Sequence[int]) -> list[Item]:
    paths = {number: Path(f"{number}.npz").absolute() for number in numbers}
    return [
        Item(str(number), {"clip": str(number)}, {"frames": number}, FeatureTask(path), file=f"{number}.npz")
        for number, path in paths.items()
    ]


def digests(worker: ResidualsWorker, numbers: Sequence[int], reuse: bool = False) -> dict[str, str]:
    with Stage("residuals", OUTPUT, 1.0, Config(executor="serial"), reuse=reuse) as stage:
        stage.run(worker, items(numbers))
    index = pd.read_parquet(Path(OUTPUT) / INDEX)
    assert set(index["status"]) == {"ok"}
    return dict(zip(index["key"], index["digest"], strict=True))


def test_a_key_s_bytes_are_the_same_in_every_run(worker: ResidualsWorker) -> None:
    whole = digests(worker, range(5))
    assert len(set(whole.values())) == 5
    assert digests(worker, [3, 0, 4, 2, 1]) == whole
    for numbers in ([2], [4, 1], [0, 3, 2]):
        assert digests(worker, numbers).items() <= whole.items()
    assert digests(worker, range(5), reuse=True) == whole, "some were computed before, in other company"


def test_members_of_a_shared_file_are_reconstructed_as_if_alone(worker: ResidualsWorker) -> None:
    digests(worker, range(5))
    alone = {number: dict(np.load(Path(OUTPUT) / f"{number}.npz")) for number in range(5)}
    members = tuple((str(number), FeatureTask(Path(f"{number}.npz").absolute())) for number in (4, 0, 9, 2))
    item = Item("bundle", {"clip": ""}, {"members": "all"}, Bundle(members), file="bundle.npz")
    with Stage("residuals", OUTPUT, 1.0, Config(executor="serial")) as stage:
        stage.run(BundleWorker(worker), [item])
    with np.load(Path(OUTPUT) / "bundle.npz") as made:
        assert made["status"].tolist() == ["ok", "ok", "failed", "ok"]
        for place, number in ((0, 4), (1, 0), (3, 2)):
            np.testing.assert_array_equal(made[f"{place}/reconstruction"], alone[number]["reconstruction"])
