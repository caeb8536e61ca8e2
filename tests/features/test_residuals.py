from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from fas.clips import FRAMES, IDENTITY
from fas.config import Runtime
from fas.errors import UserError
from fas.faces.align import TEMPLATE
from fas.features import residuals
from fas.features.cues import cue
from fas.features.cues.base import Cue, CueParams
from fas.features.cues.faces import resized
from fas.features.params import ResidualsParams
from fas.features.residuals import ResidualsWorker, face_seeds, model_digest
from fas.features.task import FeatureTask
from fas.files import read_npz, write_npz


class Echo:
    """Stands in for a cue maker's module: a reconstruction is the face, its first pixel the first token's value."""

    @staticmethod
    def load(model: Path, params: CueParams, settings: ResidualsParams, runtime: Runtime) -> "Echo":
        return Echo()

    def __call__(self, faces: np.ndarray, maps: np.ndarray | None, seeds: Sequence[int]) -> np.ndarray:
        result = faces.copy()
        if maps is not None:
            result[:, 0, 0, 0] = maps[:, 0, 0]
        return result


@pytest.fixture
def conditioned(monkeypatch: pytest.MonkeyPatch) -> None:
    use_echo(monkeypatch, (FRAMES, IDENTITY))


def use_echo(monkeypatch: pytest.MonkeyPatch, inputs: tuple[str, ...]) -> None:
    card = Cue("echo", "Echo", 1, None, CueParams, lambda params: inputs, "none")
    monkeypatch.setattr(residuals, "cue", lambda name: card)
    monkeypatch.setattr(Cue, "load", lambda self: Echo)


@pytest.fixture
def task(tmp_path: Path) -> FeatureTask:
    """Six frames, of which 0, 4, 6, 10 (four, evenly spread) have an identity map that says the frame's number."""
    faces = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), dtype=np.uint8)
    write_npz(tmp_path / "frames.npz", {"aligned": faces, "frame": np.arange(0, 12, 2, dtype=np.int32)})
    known = np.array([0, 4, 6, 10], np.int32)
    maps = np.broadcast_to(known[:, None, None], (4, 3, 5)).astype(np.float16)
    write_npz(tmp_path / "identity.npz", {"map": maps, "embedding": np.zeros((4, 2), np.float32), "frame": known})
    return FeatureTask(tmp_path / "frames.npz", tmp_path / "identity.npz")


def run(task: FeatureTask, out: Path, frames: int | None, identity_frames: int | None = 4) -> dict[str, np.ndarray]:
    worker = ResidualsWorker("echo", CueParams(), out, ResidualsParams(frames=frames), identity_frames)
    worker.setup(Runtime())
    worker.work(task, out, out)
    return read_npz(out / "residuals.npz")


@pytest.mark.usefixtures("conditioned")
@pytest.mark.parametrize(("frames", "expected"), [(None, [0, 4, 6, 10]), (2, [4, 10]), (1, [6]), (9, [0, 4, 6, 10])])
def test_faces_meet_their_own_maps(task: FeatureTask, tmp_path: Path, frames: int | None, expected: list[int]) -> None:
    arrays = run(task, tmp_path, frames)
    np.testing.assert_array_equal(arrays["frame"], expected)
    np.testing.assert_array_equal(arrays["reconstruction"][:, 0, 0, 0], expected)
    faces = read_npz(task.source)["aligned"][np.array(expected) // 2]
    np.testing.assert_array_equal(arrays["reconstruction"][:, 1:], faces[:, 1:])


@pytest.mark.parametrize("frames", [None, 1, 2, 3, 9])
def test_a_maker_without_identity_reconstructs_the_same_frames(
    task: FeatureTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: int | None
) -> None:
    use_echo(monkeypatch, (FRAMES, IDENTITY))
    conditioned = run(task, tmp_path, frames)["frame"]
    use_echo(monkeypatch, (FRAMES,))
    np.testing.assert_array_equal(run(FeatureTask(task.source), tmp_path, frames)["frame"], conditioned)


def test_of_frames_that_all_have_an_identity_so_many_are_chosen(task: FeatureTask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_echo(monkeypatch, (FRAMES,))
    np.testing.assert_array_equal(run(FeatureTask(task.source), tmp_path, 3, None)["frame"], [2, 6, 10])


@pytest.mark.usefixtures("conditioned")
def test_what_is_missing_is_told(task: FeatureTask, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="needs the clip's identity"):
        run(FeatureTask(task.source), tmp_path, None)
    write_npz(tmp_path / "identity.npz", {"map": np.zeros((1, 3, 5), np.float16), "frame": np.array([3], np.int32)})
    with pytest.raises(UserError, match=r"identity\.npz: no frame 0 of .*frames\.npz in it"):
        run(task, tmp_path, None)


def test_seeds_are_the_faces_own() -> None:
    faces = np.random.default_rng(0).integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    seeds = face_seeds(faces)
    assert len(set(seeds)) == 3
    assert face_seeds(faces[::-1]) == seeds[::-1]
    assert face_seeds(np.asfortranarray(faces)) == seeds
    assert all(0 <= seed < 2**64 for seed in seeds)


@pytest.mark.usefixtures("conditioned")
def test_depends_on_the_models_bytes(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no trained cue maker"):
        model_digest(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"one")
    (tmp_path / "config.json").write_text("{}")
    worker = ResidualsWorker("echo", CueParams(), tmp_path, ResidualsParams(), None)
    first = worker.depends()
    (tmp_path / "history.csv").write_text("step")
    assert worker.depends() == first
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert worker.depends() != first


def test_depends_on_the_frames_that_it_chooses_from(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"one")
    params = cue("memae").params()
    keys = [str(ResidualsWorker("memae", params, tmp_path, ResidualsParams(), frames).depends()) for frames in (None, 2, 3)]
    assert len(set(keys)) == 3


def clip_of(folder: Path, seed: int, frames: int) -> FeatureTask:
    faces = np.random.default_rng(seed).integers(0, 256, (frames, 8, 8, 3), dtype=np.uint8)
    numbers = np.arange(frames, dtype=np.int32)
    landmarks = np.repeat(TEMPLATE[None] * 8, frames, axis=0).astype(np.float32)
    write_npz(folder / f"{seed}.npz", {"aligned": faces, "frame": numbers, "landmarks": landmarks})
    return FeatureTask(folder / f"{seed}.npz")


def test_a_group_gives_what_each_gives_alone_and_a_broken_clip_hinders_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_echo(monkeypatch, (FRAMES,))
    tasks = [clip_of(tmp_path, seed, frames) for seed, frames in enumerate((3, 1, 5))]
    tasks.insert(1, FeatureTask(tmp_path / "nothing.npz"))
    worker = ResidualsWorker("echo", CueParams(), tmp_path, ResidualsParams(frames=None), None)
    worker.setup(Runtime())
    together = worker.together(tasks)
    assert isinstance(together[1], UserError)
    for place in (0, 2, 3):
        alone, found = worker.arrays(tasks[place]), together[place]
        assert isinstance(found, dict)
        for name, array in alone.items():
            np.testing.assert_array_equal(found[name], array)
    assert isinstance(worker.together(tasks[1:2])[0], UserError)


def test_outside_the_face_the_picture_itself_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_echo(monkeypatch, (FRAMES,))
    monkeypatch.setattr(Echo, "__call__", lambda self, faces, maps, seeds: np.zeros((len(faces), 4, 4, 3), np.uint8))
    task = clip_of(tmp_path, 0, 2)
    worker = ResidualsWorker("echo", CueParams(background="landmarks"), tmp_path, ResidualsParams(), None)
    worker.setup(Runtime())
    made, faces = worker.arrays(task)["reconstruction"], read_npz(task.source)["aligned"]
    assert (made[:, 2, 2] == 0).all()
    for corner in ((0, 0), (0, 3), (3, 0), (3, 3)):
        np.testing.assert_array_equal(made[:, *corner], [resized(face, 4)[corner] for face in faces])


def test_networks_see_several_batches_of_faces_at_once() -> None:
    def group(**sizes: int | None) -> int:
        return ResidualsWorker("dfg", cue("dfg").params(), Path(), ResidualsParams(**sizes), None).group  # type: ignore[arg-type]

    assert group(frames=1, batch=10) == 80
    assert group(frames=10, batch=10) == group(frames=None, batch=10) == 8
    assert group(frames=100, batch=1) == 1
