import json
import pickle
from pathlib import Path

import cv2
import h5py
import numpy as np
import pytest
from PIL import Image

from fas.assets import find
from fas.config import Runtime
from fas.errors import NoFace, UserError
from fas.faces.align import TEMPLATE, similarity
from fas.faces.frames import Capture, FramesWorker, effective, extract
from fas.faces.hints import Hints
from fas.faces.mtcnn import Mtcnn
from fas.faces.params import DetectorParams, FramesParams, NativeParams, PairParams, SamplingParams
from fas.files import digest_file, read_npz
from fas.items.perform import Job, perform
from fas.schema import parse

GOLDEN = Path(__file__).parent / "frames_golden.json"
SMALL = FramesParams(size=64, sampling=SamplingParams(k=3), pairs=PairParams(k=4, gap=2, size=32))


def run(params: FramesParams, task: Capture, out: Path) -> Path:
    worker = FramesWorker(params)
    worker.setup(Runtime())
    worker.work(task, out, out / "scratch")
    (file,) = out.glob("*.npz")
    return file


def test_the_worker_writes_the_clip_s_arrays(clip: Path, tmp_path: Path) -> None:
    params = SMALL.model_copy(update={"views": ["aligned", "native"], "native": NativeParams(min_size=100)})
    file = run(params, Capture(clip, "train/real/face.avi"), tmp_path)
    assert file.name == "frames.npz"
    arrays = read_npz(file)
    kinds = {name: (array.shape, array.dtype.name) for name, array in arrays.items()}
    side = arrays["native"].shape[1]
    assert kinds == {
        "frame": ((3,), "int32"),
        "box": ((3, 4), "float32"),
        "landmarks": ((3, 5, 2), "float32"),
        "probability": ((3,), "float32"),
        "aligned": ((3, 64, 64, 3), "uint8"),
        "native": ((3, side, side, 3), "uint8"),
        "pairs": ((4, 2, 32, 32, 3), "uint8"),
        "pair_frame": ((4, 2), "int32"),
    }
    assert side >= 100
    assert arrays["frame"].tolist() == [2, 8, 13]
    assert arrays["pair_frame"].tolist() == [[1, 3], [5, 7], [8, 10], [12, 14]]
    assert np.all(arrays["probability"] > 0.9)


def test_the_second_frame_of_a_pair_keeps_the_first_one_s_alignment(clip: Path, detector: Mtcnn) -> None:
    """The scene moves by (-3, -2) pixels a frame: the pair must show that move under the first frame's alignment."""
    arrays = extract(clip, FramesParams(pairs=PairParams(k=13, gap=3, size=128)), detector)
    landmarks = dict(zip(arrays["frame"].tolist(), arrays["landmarks"], strict=True))
    row = next(row for row, (start, _) in enumerate(arrays["pair_frame"].tolist()) if start in landmarks)
    matrix = similarity(landmarks[int(arrays["pair_frame"][row, 0])].astype(float), TEMPLATE * 128)
    first, second = (cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64) for image in arrays["pairs"][row])
    moved, _ = cv2.phaseCorrelate(first, second, cv2.createHanningWindow((128, 128), cv2.CV_64F))
    assert np.abs(moved - matrix[:, :2] @ [-9, -6]).max() < 0.5


def test_a_clip_without_a_face_is_no_face(faceless: Path, tmp_path: Path) -> None:
    with pytest.raises(NoFace):
        run(SMALL, Capture(faceless, "wall.avi"), tmp_path)


def test_a_broken_clip_fails_with_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.avi"
    broken.write_bytes(b"")
    with pytest.raises(UserError, match=r"^broken\.avi: empty file$"):
        run(SMALL, Capture(broken, "broken.avi"), tmp_path / "out")


def spoilt(folder: Path, clip: Path, faceless: Path) -> dict[str, tuple[Capture, str, str]]:
    """What a copy of a dataset may hold: name -> the capture, the status it gets, and what its reason says."""
    files = {
        "whole.avi": clip.read_bytes(),
        "empty.avi": b"",
        "cut.avi": clip.read_bytes()[: clip.stat().st_size // 3],
        "beheaded.mp4": b"\x00\x00\x00\x18ftypmp42" + bytes(400),
        "text.avi": b"just text " * 50,
        "wall.avi": faceless.read_bytes(),
        "cut.hdf5": b"\x89HDF\r\n\x1a\n" + bytes(40),
        "cut.jpg": b"\xff\xd8\xff\xe0" + bytes(40),
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    Image.fromarray(np.full((90, 120, 3), 77, np.uint8)).save(folder / "grey.png")
    told = {
        "whole.avi": ("video", "ok", ""),
        "empty.avi": ("video", "failed", "empty.avi: empty file"),
        "cut.avi": ("video", "failed", "cut.avi: breaks off after "),
        "beheaded.mp4": ("video", "failed", "beheaded.mp4: not a readable video or image ("),
        "text.avi": ("video", "failed", "text.avi: not a readable video or image ("),
        "wall.avi": ("video", "no_face", "no face in 3 sampled frames"),
        "cut.hdf5": ("frames", "failed", "cut.hdf5: not a readable frame container ("),
        "cut.jpg": ("image", "failed", "cut.jpg: not a readable image ("),
        "grey.png": ("image", "no_face", "no face in 1 sampled frames"),
        "gone.avi": ("video", "failed", "gone.avi: no such file"),
    }
    return {name: (Capture(folder / name, name, media), status, error) for name, (media, status, error) in told.items()}


def test_what_is_spoilt_or_without_a_face_is_a_row_with_its_reason(clip: Path, faceless: Path, tmp_path: Path) -> None:
    """As the engine performs items: every capture gets a record, and the ones after a spoilt one are computed all the same."""
    (tmp_path / "data").mkdir()
    worker = FramesWorker(SMALL)
    worker.setup(Runtime())
    for name, (capture, status, error) in spoilt(tmp_path / "data", clip, faceless).items():
        done = perform(worker, Job(name, name, capture, tmp_path / "journal" / name, tmp_path / "scratch" / name))
        assert (name, done.record.status, done.fatal) == (name, status, "")
        assert done.record.error.startswith(error)
        assert str(tmp_path) not in done.record.error
        assert len(done.record.files) == (status == "ok")
        assert (tmp_path / "journal" / name).exists() == (status != "failed")  # a failure is tried again, the absence of a face is a result


@pytest.mark.parametrize(("matrix", "quarters"), [((-1, 0, 0, -1), 2), ((0, 1, -1, 0), 1), ((0, -1, 1, 0), 3)])
def test_a_clip_that_was_stored_turned_gives_the_upright_one_s_faces(
    save_video, set_display_matrix, moving: np.ndarray, clip: Path, tmp_path: Path, detector: Mtcnn, matrix, quarters: int
) -> None:
    """`matrix` turns the picture by `quarters` quarters clockwise when it is shown, so it was stored turned the other way."""
    turned = save_video(tmp_path / "phone.mp4", np.rot90(moving, quarters, axes=(1, 2)))
    set_display_matrix(turned, matrix)
    upright, shown = (extract(path, SMALL, detector) for path in (clip, turned))
    assert np.abs(shown["landmarks"] - upright["landmarks"]).max() < 1.5
    assert np.abs(shown["aligned"].astype(int) - upright["aligned"]).mean() < 4


def test_frames_of_a_container_with_gaps_are_numbered_as_they_come(moving: np.ndarray, tmp_path: Path, detector: Mtcnn) -> None:
    """As WMCA's: the frames without a face are missing in the file, and 12 are left of 16."""
    path = tmp_path / "wmca.hdf5"
    with h5py.File(path, "w") as file:
        for key in (0, 1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15):
            file[f"Frame_{key}/array"] = moving[key].transpose(2, 0, 1)
    arrays = extract(path, SMALL.model_copy(update={"propagate": False}), detector, media="frames")
    assert arrays["frame"].tolist() == [2, 6, 10]
    seen = detector.detect(moving[[3, 8, 13]])
    assert np.abs(arrays["landmarks"] - [faces.best(0.9).landmarks for faces in seen]).max() < 0.1


@pytest.mark.parametrize("orientation", [3, 6])
def test_a_still_that_was_stored_turned_is_seen_upright(portrait: np.ndarray, tmp_path: Path, detector: Mtcnn, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.rot90(portrait, {3: 2, 6: 1}[orientation])).save(tmp_path / "turned.png", exif=exif)
    Image.fromarray(portrait).save(tmp_path / "upright.png")
    turned, upright = (extract(tmp_path / f"{name}.png", SMALL, detector, media="image") for name in ("turned", "upright"))
    assert np.array_equal(turned["aligned"], upright["aligned"])


@pytest.mark.parametrize("propagate", [True, False])
def test_the_same_clip_gives_the_same_bytes(clip: Path, tmp_path: Path, propagate: bool) -> None:
    params = SMALL.model_copy(update={"propagate": propagate})
    first, second = (run(params, Capture(clip, "face.avi"), tmp_path / name) for name in ("a", "b"))
    assert first.read_bytes() == second.read_bytes()


def test_a_still_image_has_one_frame_and_no_pairs(portrait: np.ndarray, tmp_path: Path, detector: Mtcnn) -> None:
    path = tmp_path / "still.png"
    Image.fromarray(portrait).save(path)
    arrays = extract(path, SMALL, detector, media="image")
    assert arrays["frame"].tolist() == [0]
    assert arrays["aligned"].shape == (1, 64, 64, 3)
    assert arrays["pairs"].shape == (0, 2, 32, 32, 3)
    assert arrays["pair_frame"].shape == (0, 2)


def test_hints_are_those_of_the_frames_by_their_numbers(clip: Path, detector: Mtcnn, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the sampled frames' hints count, and where each has one no full cascade is made."""
    plain = extract(clip, SMALL.model_copy(update={"pairs": PairParams(k=0)}), detector)
    boxes = np.tile(np.array([[0, 0, 20, 20]], np.float32), (16, 1))
    boxes[plain["frame"]] = plain["box"]
    asked = []
    monkeypatch.setattr(detector, "detect", lambda frames: pytest.fail("a full cascade"))
    monkeypatch.setattr(detector, "refine", lambda frames, boxes: asked.append(boxes[0]) or Mtcnn.refine(detector, frames, boxes))
    hinted = extract(clip, SMALL.model_copy(update={"pairs": PairParams(k=0)}), detector, hints=Hints(np.arange(16, dtype=np.int32), boxes))
    assert np.array_equal(np.stack(asked), plain["box"].astype(float))
    assert hinted["frame"].tolist() == plain["frame"].tolist()
    width = np.ptp(plain["box"][:, ::2], axis=1)
    assert (np.abs(hinted["landmarks"] - plain["landmarks"]).max(axis=(1, 2)) < 0.06 * width).all()


def test_a_still_s_hint_may_be_in_shares_of_the_picture(portrait: np.ndarray, tmp_path: Path, detector: Mtcnn) -> None:
    path = tmp_path / "still.png"
    Image.fromarray(portrait).save(path)
    plain = extract(path, SMALL, detector, media="image")
    share = plain["box"] / np.array([320, 240, 320, 240], np.float32)
    cascades = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detector, "detect", cascades.append)
        hinted = extract(path, SMALL, detector, media="image", hints=Hints(np.array([0], np.int32), share, "share"))
    assert cascades == []
    assert np.abs(hinted["landmarks"] - plain["landmarks"]).max() < 0.06 * np.ptp(plain["box"][0, ::2])


def test_a_whole_picture_is_taken_as_the_face(tmp_path: Path, detector: Mtcnn) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    path = tmp_path / "tight.png"
    Image.fromarray(picture).save(path)
    arrays = extract(path, SMALL, detector, media="image", faces="whole")
    assert np.array_equal(arrays["aligned"][0], picture)
    assert arrays["box"].tolist() == [[0, 0, 64, 64]]
    with pytest.raises(NoFace):
        extract(path, SMALL, detector, media="image")


def test_a_worker_is_picklable_and_tells_what_it_depends_on() -> None:
    worker = pickle.loads(pickle.dumps(FramesWorker(SMALL)))
    depends = json.loads(json.dumps(worker.depends()))
    assert depends["params"]["size"] == 64
    assert {len(digest) for digest in depends["weights"].values()} == {64}


def test_parameters_that_are_switched_off_are_not_depended_on() -> None:
    plain = effective(FramesParams())
    assert "native" not in plain
    assert effective(FramesParams(native=NativeParams(margin=2.0))) == plain
    assert effective(FramesParams(views=["native"], native=NativeParams(margin=2.0))) != effective(FramesParams(views=["native"]))
    assert effective(FramesParams(detector=DetectorParams(batch=2))) == plain
    assert effective(FramesParams(detector=DetectorParams(confident=0.5))) != plain
    without = [effective(FramesParams(pairs=PairParams(k=0, gap=gap))) for gap in (1, 3)]
    assert without[0] == without[1] != plain


@pytest.mark.parametrize(
    ("values", "told"),
    [({"sizes": 3}, "sizes: unknown key"), ({"sampling": {"policy": "random"}}, "sampling.policy"), ({"views": []}, "views")],
)
def test_wrong_parameters_are_told_with_their_place(values: dict, told: str) -> None:
    with pytest.raises(UserError, match=f"params.yaml: {told}"):
        parse(FramesParams, values, "params.yaml")


def summary(arrays: dict[str, np.ndarray]) -> dict:
    """What the golden file keeps: landmarks, and the faces averaged down to 8x8 grey values."""
    faces = np.concatenate([arrays["aligned"].astype(float), arrays["pairs"].reshape(-1, *arrays["pairs"].shape[2:]).astype(float)])
    blocks = faces.shape[1] // 8
    coarse = faces.mean(axis=3).reshape(len(faces), 8, blocks, 8, blocks).mean(axis=(2, 4))
    return {
        "version": FramesWorker.version,
        "frame": arrays["frame"].tolist(),
        "pair_frame": arrays["pair_frame"].tolist(),
        "landmarks": arrays["landmarks"].round(3).tolist(),
        "faces": coarse.round(1).tolist(),
    }


@pytest.mark.parametrize("propagate", [True, False])
def test_golden(detector: Mtcnn, propagate: bool) -> None:
    """The output for a fixed clip is the one kept. If a change is meant, raise `FramesWorker.version` and keep the new `summary`."""
    params = FramesParams(size=64, sampling=SamplingParams(k=2), pairs=PairParams(k=1, size=64), propagate=propagate)
    got = summary(extract(find("talking_face"), params, detector))
    kept = json.loads(GOLDEN.read_text(encoding="utf-8"))["propagated" if propagate else "detected"]
    assert got["version"] == kept["version"]
    assert got["frame"] == kept["frame"]
    assert got["pair_frame"] == kept["pair_frame"]
    assert np.abs(np.subtract(got["landmarks"], kept["landmarks"])).max() < 0.05
    assert np.abs(np.subtract(got["faces"], kept["faces"])).max() < 2


def test_a_file_that_changed_since_it_was_scanned_is_refused(portrait: np.ndarray, tmp_path: Path, detector: Mtcnn) -> None:
    path = tmp_path / "face.png"
    Image.fromarray(portrait).save(path)
    worker = FramesWorker(FramesParams())
    worker._detector = detector
    scanned = Capture(path, path.name, "image", content=digest_file(path))
    assert len(worker.arrays(scanned)["frame"]) == 1
    Image.fromarray(portrait[::-1]).save(path)
    with pytest.raises(UserError, match="not the file that was scanned"):
        worker.arrays(scanned)
