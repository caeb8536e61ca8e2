"""The pose filter: what is left out, what is counted, what a key depends on, and that every cue maker gets it."""

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.faces.pose import MODEL
from fas.features.cues import worker as workers
from fas.features.cues.base import Cue, CueFit, CueParams
from fas.features.cues.dfg.params import DfgParams
from fas.features.cues.faces import gather
from fas.features.cues.facing import facing, is_turned
from fas.features.cues.worker import CueWorker
from fas.files import read_json, write_npz
from fas.items.item import Item
from fas.items.perform import Job, perform


def landmarks(yaws: Sequence[float], pitches: Sequence[float] | None = None) -> np.ndarray:
    """Faces turned by these angles, seen from afar: (F,5,2) float32 pixels."""
    yaw, pitch = np.radians(yaws), np.radians(pitches or np.zeros(len(yaws)))
    x = np.cos(yaw)[:, None] * MODEL[:, 0] + np.sin(yaw)[:, None] * MODEL[:, 2]
    z = np.cos(yaw)[:, None] * MODEL[:, 2] - np.sin(yaw)[:, None] * MODEL[:, 0]
    y = np.cos(pitch)[:, None] * MODEL[:, 1] - np.sin(pitch)[:, None] * z
    return (100 + np.stack([x, y], axis=2)).astype(np.float32)


def clip(name: str, yaws: Sequence[float], dataset: str = "faces") -> Clip:
    """A live clip with a face per yaw, frames 0, 10, 20, ...; the identity map of each, and pairs that begin at every fifth frame."""
    numbers = np.arange(len(yaws), dtype=np.int32) * 10
    starts = np.arange(0, 10 * len(yaws), 5, dtype=np.int32)
    pixels = np.broadcast_to(numbers[:, None, None, None], (len(yaws), 16, 16, 3)).astype(np.uint8)
    frames = {
        "frame": numbers,
        "landmarks": landmarks(yaws),
        "aligned": pixels,
        "pairs": np.zeros((len(starts), 2, 8, 8, 3), np.uint8),
        "pair_frame": np.stack([starts, starts + 3], axis=1),
    }
    return Clip(dataset, name, "live", features={"frames": frames, "identity": {"map": np.ones((len(yaws), 4, 6)), "frame": numbers}})


CLIPS = (
    clip("a.mp4", [0, 29, 31, -35]),
    clip("b.mp4", [80, 50]),
    clip("c.png", [3], dataset="stills"),
    clip("d.png", [-44], dataset="stills"),
)


def test_turned_frames_are_left_out_and_counted_by_dataset() -> None:
    clips, counts = facing(CLIPS, CueParams(max_yaw=30), None)
    assert [one.clip for one in clips] == ["a.mp4", "c.png"]
    assert clips[0].read("frames")["frame"].tolist() == [0, 10]
    assert counts == {"pose": {"faces": {"kept": 2, "left_out": 4}, "stills": {"kept": 1, "left_out": 1}}}


def test_every_array_of_every_feature_loses_the_same_frames() -> None:
    (one, _), _ = facing(CLIPS, CueParams(max_yaw=30), None)
    frames, identity = one.read("frames"), one.read("identity")
    assert {name: len(array) for name, array in frames.items() if not name.startswith("pair")} == {"frame": 2, "landmarks": 2, "aligned": 2}
    assert frames["aligned"][:, 0, 0, 0].tolist() == identity["frame"].tolist() == [0, 10]
    assert len(identity["map"]) == 2
    assert frames["pair_frame"][:, 0].tolist() == [0, 5, 10, 15, 25, 35]  # not those of frames 20 and 30
    assert len(frames["pairs"]) == 6


YAWS = [0, 80, 5, 10, 3, 40, 20]


@pytest.mark.parametrize(("max_yaw", "expected"), [(None, [10, 30, 50]), (30, [30])])
@pytest.mark.parametrize("conditioned", [True, False])
def test_a_maker_learns_from_the_same_frames_with_and_without_identity(
    tmp_path: Path, conditioned: bool, max_yaw: float | None, expected: list[int]
) -> None:
    """Of seven frames three have an identity, two of them turned."""
    whole = clip("a.mp4", YAWS)
    known = whole.read("identity")["frame"][[1, 3, 5]]
    identity = {"map": np.ones((3, 4, 6)), "frame": known}
    params = CueParams(size=16, frames=None, max_yaw=max_yaw)
    clips, counts = facing([Clip("faces", "a.mp4", "live", features={**whole.features, "identity": identity})], params, 3)
    assert sorted(gather(clips, params, tmp_path, conditioned).pictures[:, 0, 0, 0].tolist()) == expected
    assert counts == ({"pose": {"faces": {"kept": 1, "left_out": 2}}} if max_yaw else {})


def test_a_clip_in_a_file_is_filtered_like_one_in_memory(tmp_path: Path) -> None:
    write_npz(tmp_path / "frames.npz", CLIPS[0].read("frames"))
    stored = Clip("faces", "a.mp4", "live", features={"frames": tmp_path / "frames.npz"})
    (one,), counts = facing([stored], CueParams(max_yaw=30), None)
    assert one.read("frames")["frame"].tolist() == [0, 10]
    assert counts["pose"]["faces"] == {"kept": 2, "left_out": 2}


def test_without_a_bound_the_clips_are_the_same_and_nothing_is_counted() -> None:
    clips, counts = facing(CLIPS, CueParams(), None)
    assert all(one is other for one, other in zip(clips, CLIPS, strict=True))
    assert counts == {}


@pytest.mark.parametrize(
    ("bounds", "turned"),
    [
        ({}, [False] * 5),
        ({"max_yaw": 30.0}, [False, True, True, False, False]),
        ({"max_pitch": 30.0}, [False, False, False, True, True]),
        ({"max_yaw": 30.0, "max_pitch": 30.0}, [False, True, True, True, True]),
    ],
)
def test_each_bound_holds_to_both_sides(bounds: dict, turned: list[bool]) -> None:
    faces = landmarks([29, 31, -31, 0, 0], [29, 0, 0, 31, -31])
    assert is_turned(faces, CueParams(**bounds)).tolist() == turned


def test_a_face_without_a_pose_is_left_out() -> None:
    assert is_turned(np.zeros((1, 5, 2)), CueParams(max_yaw=90)).all()


def test_a_bound_changes_the_key_and_no_bound_none() -> None:
    def key(params: DfgParams) -> str:
        return Item("dfg", {}, {}, None).key(CueWorker("dfg", params, None))

    unset = {"max_yaw", "max_pitch", "variants", "t_start", "grid", "background", "shape"}
    assert CueWorker("dfg", DfgParams(), 3).depends() == DfgParams().model_dump(mode="json", exclude=unset) | {"identity_frames": 3}
    assert len({key(DfgParams(**bounds)) for bounds in ({}, {"max_yaw": 30}, {"max_yaw": 31}, {"max_pitch": 30})}) == 4


def test_the_generator_takes_its_frames_from_those_that_stay(tmp_path: Path) -> None:
    params = DfgParams(size=16, frames=2, max_yaw=30)
    clips, _ = facing([clip("a.mp4", [0, 80, 80, 80, 10, 20])], params, None)
    faces = gather(clips, params, tmp_path, conditioned=True)
    assert sorted(faces.pictures[:, 0, 0, 0].tolist()) == [0, 50]


@pytest.fixture
def another(monkeypatch: pytest.MonkeyPatch) -> list[CueFit]:
    """A cue maker that knows nothing of poses; the list holds what it was given."""
    given: list[CueFit] = []

    def fit(task: CueFit) -> dict:
        given.append(task)
        return {"faces": sum(len(one.read("frames")["frame"]) for one in task.clips)}

    card = Cue("another", "Another", 1, None, CueParams, lambda params: ("frames",), "none")
    monkeypatch.setattr(workers, "cue", lambda name: card)
    monkeypatch.setattr(Cue, "load", lambda self: SimpleNamespace(fit=fit))
    return given


def prepared(params: CueParams, folder: Path) -> CueWorker:
    worker = CueWorker("another", params, None)
    worker.setup(Runtime())
    (folder / "out").mkdir()
    return worker


def test_any_cue_maker_is_given_facing_clips_and_its_card_tells_the_counts(another: list[CueFit], tmp_path: Path) -> None:
    prepared(CueParams(max_yaw=30), tmp_path).work(CLIPS, tmp_path / "out", tmp_path)
    config = read_json(tmp_path / "out/config.json")
    assert [one.clip for one in another[0].clips] == ["a.mp4", "c.png"]
    assert (config["clips"], config["faces"]) == (2, 3)
    assert config["pose"]["faces"] == {"kept": 2, "left_out": 4}
    assert config["params"]["max_yaw"] == 30
    assert "max_pitch" not in config["params"]


def test_without_a_filter_the_card_is_what_it_was(another: list[CueFit], tmp_path: Path) -> None:
    prepared(CueParams(), tmp_path).work(CLIPS, tmp_path / "out", tmp_path)
    assert set(read_json(tmp_path / "out/config.json")) == {"cue", "version", "params", "clips", "faces"}
    assert read_json(tmp_path / "out/config.json")["params"] == {"faces": [], "seed": 0, "size": 64, "share": 1.0, "frames": 8}


def test_a_filter_that_leaves_no_face_fails_in_one_line(another: list[CueFit], tmp_path: Path) -> None:
    worker = prepared(CueParams(max_yaw=30), tmp_path)
    told = r"^cue maker 'another': its pose filter leaves no face in any of 1 clips \(params\.yaml: cues\.another\.max_yaw, max_pitch\)$"
    with pytest.raises(UserError, match=told):
        worker.work(CLIPS[1:2], tmp_path / "out", tmp_path)
    done = perform(worker, Job("k", "another", CLIPS[1:2], tmp_path / "journal", tmp_path / "scratch"))
    assert (done.record.status, done.record.files, done.fatal) == ("failed", (), "")
    assert "leaves no face" in done.record.error
