"""The side files of the official layouts, and what the dataset adapters make of them."""

from pathlib import Path

import numpy as np
import pytest

from fas.datasets.boxes import Boxes, scan_boxes
from fas.datasets.registry import ADAPTERS
from fas.datasets.scan import scan
from fas.simulate.catalog import NO_FACE, captures
from fas.simulate.domains import DOMAINS
from fas.simulate.layout import in_protocol, side_files
from fas.simulate.params import SimulateParams
from fas.simulate.take import plan

PARAMS = SimulateParams(frames=4)
CAPTURES = captures(PARAMS)
FILES = side_files(PARAMS, CAPTURES)


@pytest.mark.parametrize("name", DOMAINS)
def test_an_adapter_reads_back_what_was_meant(name: str, tmp_path: Path) -> None:
    mine = [capture for capture in CAPTURES if capture.dataset == name]
    for capture in mine:
        path = tmp_path / name / capture.clip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(capture.clip)
    for file, text in FILES.items():
        if file.startswith(f"{name}/"):
            path = tmp_path / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
    table = scan(ADAPTERS[DOMAINS[name].adapter], tmp_path / name, name)
    told = {row.clip: (row.label, row.split) for row in table.itertuples()}
    assert told == {capture.clip: (capture.label, capture.split) for capture in mine}
    assert table.subject.nunique() == len({capture.person for capture in mine})


@pytest.mark.parametrize("name", ["sim_msu_mfsd", "sim_replay_attack", "sim_oulu_npu"])
def test_the_boxes_read_back_are_where_the_faces_are(name: str, tmp_path: Path) -> None:
    mine = {capture.clip: capture for capture in CAPTURES if capture.dataset == name}
    for file, text in {f"{name}/{clip}": clip for clip in mine}.items() | {
        item for item in FILES.items() if item[0].startswith(f"{name}/")
    }:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    boxes = Boxes(scan_boxes(ADAPTERS[DOMAINS[name].adapter], tmp_path / name, name))
    for clip, capture in mine.items():
        hints = boxes.hints(clip)
        assert (hints is None) == (capture.planted == NO_FACE)
        if hints:
            points = plan(PARAMS, capture).landmarks()
            assert hints.frames.tolist() == [0, 1, 2, 3]
            assert ((hints.boxes[:, None, :2] < points) & (points < hints.boxes[:, None, 2:])).all()


def test_msu_lists_are_written_as_the_official_ones() -> None:
    assert FILES["sim_msu_mfsd/train_sub_list.txt"] == "02\r\n03\r\n05\r\n06"
    assert FILES["sim_msu_mfsd/test_sub_list.txt"] == "01\r\n13\r\n14\r\n23"


def test_boxes_hold_the_eyes() -> None:
    faces = [text for file, text in FILES.items() if file.startswith("sim_msu_mfsd/") and file.endswith(".face")]
    assert len(faces) == 40
    for text in faces:
        rows = np.array([[int(value) for value in line.split(",")] for line in text.splitlines()])
        assert rows[:, 0].tolist() == [0, 1, 2, 3]
        left, top, right, bottom, *eyes = rows[:, 1:].T
        assert ((left < eyes[0]) & (eyes[0] < eyes[2]) & (eyes[2] < right)).all()
        assert all(((top < eye) & (eye < bottom)).all() for eye in eyes[1::2])


def test_replay_boxes_are_corner_and_size_and_zero_without_a_face() -> None:
    for capture in CAPTURES:
        if capture.dataset == "sim_replay_attack":
            text = FILES[f"{capture.dataset}/face-locations/{capture.clip.removesuffix('.mov')}.face"]
            rows = np.array([[int(value) for value in line.split(" ")] for line in text.splitlines()])
            assert len(rows) == PARAMS.frames
            assert (rows[:, 1:] == 0).all() if capture.planted == NO_FACE else (rows[:, 3:] >= 50).all()


def test_replay_protocols_list_what_is_there() -> None:
    clips = {c.clip for c in CAPTURES if c.dataset == "sim_replay_attack"}
    root = "sim_replay_attack/protocols"

    def listed(kind: str) -> list[str]:
        return [line for split in ("train", "devel", "test") for line in FILES[f"{root}/{kind}-{split}.txt"].splitlines()]

    assert sorted(listed("real") + listed("attack-grandtest-allsupports")) == sorted(clips)
    assert sorted(listed("attack-photo-allsupports") + listed("attack-video-allsupports")) == sorted(listed("attack-grandtest-allsupports"))
    for protocol in ("grandtest", "digitalphoto", "video"):
        both = listed(f"attack-{protocol}-fixed") + listed(f"attack-{protocol}-hand")
        assert sorted(both) == sorted(listed(f"attack-{protocol}-allsupports"))


@pytest.mark.parametrize(
    ("protocol", "train", "test"),  # of one user's ninety videos: six phones, three sessions, five types
    [(1, 60, 30), (2, 54, 54), (3, 75, 15), (4, 30, 3)],
)
def test_the_oulu_rules_give_the_published_shares(protocol: int, train: int, test: int) -> None:
    videos = [(phone, session, kind) for phone in range(1, 7) for session in range(1, 4) for kind in range(1, 6)]
    for testing, expected in ((False, train), (True, test)):
        assert sum(in_protocol(protocol, testing, phone == 2, session, kind) for phone, session, kind in videos) == expected


def test_oulu_lists_are_all_there_and_name_what_is_there() -> None:
    lists = {file: text for file, text in FILES.items() if "/Protocols/" in file}
    assert len(lists) == 42
    stems = {Path(c.clip).stem: c for c in CAPTURES if c.dataset == "sim_oulu_npu"}
    for file, text in lists.items():
        for line in text.splitlines():
            label, name = line.split(",")
            capture = stems[name]
            assert Path(file).name.lower().startswith(capture.split)
            assert (label == "+1") == (capture.label == "live")
            assert (label == "-2") == (capture.split == "test" and capture.instrument.startswith("display"))
    for protocol, folds in ((1, [""]), (2, [""]), (3, ["_1", "_2", "_3"])):
        for fold in folds:
            labels = {line[:2] for line in lists[f"sim_oulu_npu/Protocols/Protocol_{protocol}/Test{fold}.txt"].splitlines()}
            assert "+1" in labels and len(labels) > 1
