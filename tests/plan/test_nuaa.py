"""NUAA from its folder to optical flow: keys that hold an image's neighbour, and the flow between the two."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from fas.config import Runtime
from fas.datasets.manifest import write_manifest
from fas.datasets.registry import ADAPTERS
from fas.datasets.scan import scan
from fas.faces.align import TEMPLATE, similarity
from fas.faces.frames import FramesWorker
from fas.features.flow import NO_PAIR, FlowWorker
from fas.features.task import read_arrays
from fas.items.bundle import BundleWorker, told
from fas.items.worker import ArraysWorker
from fas.plan.index import Entry, Index
from fas.plan.items import feature_work, frames_work
from fas.plan.samples import Sample

CLIP = "ClientRaw/0001/0001_00_00_01_{}.jpg"
NUMBERS = (7, 11, 12, 60)
SHIFT = np.array([4, 2])  # pixels from an image to the next one, x and y


@pytest.fixture
def nuaa(bench, tmp_path):
    """Saves images of one recording, scans them and gives what is wanted. `dataset`: more of its line in params.yaml."""
    face = data.astronaut()[20:260, 60:380]
    for place, number in enumerate(NUMBERS):
        path = tmp_path / "raw" / CLIP.format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        x, y = place * SHIFT
        Image.fromarray(face[16 - y : 216 - y, 32 - x : 272 - x]).save(path, quality=95)

    def wanted(**dataset):
        bench.values["datasets"]["nuaa"] = {"adapter": "nuaa", "collection": "real", **dataset}
        bench.values |= {"tables": [], "extract": {"nuaa": ["flow"]}}
        write_manifest(Path("data/manifests/nuaa.csv"), scan(ADAPTERS["nuaa"], tmp_path / "raw"))
        return bench.wanted(roots={"nuaa": str(tmp_path / "raw")})

    wanted.root = tmp_path / "raw"
    return wanted


def keys(wanted):
    """Number -> its key in the frames stage."""
    worker = FramesWorker(wanted.params.frames)
    made = {item.ids["clip"]: item.key(worker) for item in frames_work(wanted).single}
    return {number: made[CLIP.format(number)] for number in NUMBERS}


def changed(before, after):
    return [number for number in NUMBERS if before[number] != after[number]]


def test_an_image_s_key_holds_its_neighbour_and_that_of_one_without_is_as_ever(nuaa):
    off, on = keys(nuaa(neighbours=0)), keys(nuaa())
    assert changed(off, on) == [7, 11, 12]
    (nuaa.root / CLIP.format(12)).write_bytes(b"another image")
    assert changed(on, keys(nuaa())) == [11, 12]
    (nuaa.root / CLIP.format(11)).unlink()
    (item,) = (item for item in frames_work(nuaa()).single if item.ids["clip"] == CLIP.format(7))
    assert item.task.neighbour.path == nuaa.root / CLIP.format(12)
    assert item.inputs["neighbour"] == {"content": nuaa().rows["nuaa", CLIP.format(12)]["content"], "step": 5, "size": 96}


def test_without_pairs_there_are_no_neighbours(nuaa, bench):
    off = nuaa(neighbours=0)
    bench.values["frames"]["pairs"]["k"] = 0
    assert all(item.task.neighbour is None for item in frames_work(nuaa()).single)
    assert [item.inputs for item in frames_work(nuaa()).single] == [item.inputs for item in frames_work(off).single]


def test_a_bundle_s_key_holds_the_size_of_its_members_pairs(nuaa, bench):
    def key():
        wanted = nuaa(buckets=1)
        (item,) = frames_work(wanted).bundles
        return item.key(BundleWorker(FramesWorker(wanted.params.frames).stills()))

    before = key()
    bench.values["frames"]["pairs"] |= {"k": 3, "gap": 9}  # of videos alone
    assert key() == before
    bench.values["frames"]["pairs"]["size"] = 64
    assert key() != before


def computed(worker: ArraysWorker, item, out: Path) -> Path:
    out.mkdir()
    made = BundleWorker(worker)
    made.setup(Runtime())
    made.work(item.task, out, out)
    return out / worker.file


def test_neighbouring_images_have_the_flow_between_them(nuaa, tmp_path):
    wanted = nuaa(buckets=1)
    (item,) = frames_work(wanted).bundles
    file = computed(FramesWorker(wanted.params.frames).stills(), item, tmp_path / "frames")
    members = told(file)
    assert {status for _, status, _ in members} == {"ok"}
    entries = {Sample("nuaa", clip): Entry(file.name, "digest", number) for number, (clip, _, _) in enumerate(members)}
    frames = Index(file.parent, entries)
    (item,) = feature_work(wanted, "flow", frames).bundles
    file = computed(FlowWorker(wanted.params.flow), item, tmp_path / "flow")
    found = {clip: (status, error) for clip, status, error in told(file)}
    assert found.pop(CLIP.format(60)) == ("no_face", NO_PAIR)
    assert set(found.values()) == {("ok", "")}
    index = Index(file.parent, {Sample("nuaa", clip): Entry(file.name, "", number) for number, (clip, _, _) in enumerate(told(file))})
    steps = {}
    for number, sign in ((7, 1), (11, 1), (12, -1)):
        sample = Sample("nuaa", CLIP.format(number))
        landmarks, numbers = read_arrays(frames.source(sample), ("landmarks", "pair_frame"))
        flow, first = read_arrays(index.source(sample), ("flow", "frame"))
        assert flow.shape == (1, 2, 96, 96)
        assert first.tolist() == [0]
        steps[number] = numbers.tolist()
        moved = similarity(landmarks[0].astype(float), TEMPLATE * 96)[:, :2] @ SHIFT  # in pixels of the aligned face
        middle = np.median(flow[0, :, 24:72, 24:72].astype(float), axis=(1, 2))
        assert np.abs(middle - sign * moved).max() < 0.3
    assert steps == {7: [[0, 4]], 11: [[0, 1]], 12: [[0, -1]]}
