import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from fas.assets import package_folder
from fas.faces.mtcnn import Faces, Mtcnn, crop
from fas.faces.params import DetectorParams

REFERENCE = Path(__file__).parent / "mtcnn_reference.json"


@pytest.fixture(scope="module")
def group() -> np.ndarray:
    """insightface's test photograph of six people."""
    return cv2.cvtColor(cv2.imread(str(package_folder("insightface") / "data/images/t1.jpg")), cv2.COLOR_BGR2RGB)


@pytest.fixture(scope="module")
def original() -> list[dict]:
    """What the TensorFlow original finds there: six faces and a false one (the file says how it was made)."""
    return json.loads(REFERENCE.read_text(encoding="utf-8"))["faces"]


def test_same_faces_as_the_tensorflow_original(group: np.ndarray, original: list[dict]) -> None:
    (faces,) = Mtcnn(params=DetectorParams(min_face_share=0.0)).detect(group[None])
    assert len(faces) == len(original) == 7
    for index, expected in enumerate(original):
        assert np.abs(faces.boxes[index] - expected["box"]).max() < 0.02
        assert np.abs(faces.landmarks[index] - expected["landmarks"]).max() < 0.02
        assert abs(faces.probability[index] - expected["probability"]) < 1e-3


def test_a_share_of_the_frame_as_smallest_face_drops_only_small_ones(detector: Mtcnn, group: np.ndarray, original: list[dict]) -> None:
    (faces,) = detector.detect(group[None])
    large = [face for face in original if face["box"][2] - face["box"][0] > 0.1 * min(group.shape[:2])]
    assert len(faces) == len(large) == 6
    for expected in large:
        errors = np.abs(faces.landmarks - expected["landmarks"]).max(axis=(1, 2)) / (expected["box"][2] - expected["box"][0])
        assert errors.min() < 0.12  # of the face's width: another pyramid proposes other boxes


def test_a_frame_s_faces_do_not_depend_on_its_batch_mates(detector: Mtcnn, moving: np.ndarray) -> None:
    together = Mtcnn(params=DetectorParams(batch=5)).detect(moving[:5])
    for frame, expected in zip(moving, together, strict=False):
        (alone,) = detector.detect(frame[None])
        assert len(alone) == len(expected) > 0
        assert np.abs(alone.boxes - expected.boxes).max() < 1e-3
        assert np.abs(alone.landmarks - expected.landmarks).max() < 1e-3


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_finds_the_same_faces(detector: Mtcnn, moving: np.ndarray) -> None:
    for faces, expected in zip(Mtcnn("cuda").detect(moving), detector.detect(moving), strict=True):
        assert np.abs(faces.boxes - expected.boxes).max() < 0.02
        assert np.abs(faces.landmarks - expected.landmarks).max() < 0.02


def test_nothing_is_found_in_a_flat_or_tiny_picture(detector: Mtcnn) -> None:
    assert [len(faces) for faces in detector.detect(np.full((2, 90, 120, 3), 128, np.uint8))] == [0, 0]
    assert [len(faces) for faces in detector.detect(np.zeros((1, 5, 7, 3), np.uint8))] == [0]


@pytest.mark.parametrize("moved", [0.0, 0.1])
def test_refining_a_nearby_box_agrees_with_detection(detector: Mtcnn, moving: np.ndarray, moved: float) -> None:
    found = [faces.best(0.9) for faces in detector.detect(moving[:4])]
    widths = np.array([face.box[2] - face.box[0] for face in found])
    boxes = np.stack([face.box for face in found]) + moved * widths[:, None]
    for face, refined, width in zip(found, detector.refine(moving[:4], boxes), widths, strict=True):
        assert refined.probability > 0.95
        assert np.abs(refined.landmarks - face.landmarks).max() < 0.06 * width


def test_refining_where_no_face_is_gives_none(detector: Mtcnn, moving: np.ndarray) -> None:
    face = detector.detect(moving[:1])[0].best(0.9)
    boxes = np.stack([face.box, [0, 150, 40, 190]])
    refined = detector.refine(moving[[0, 0]], boxes)
    assert refined[0] is not None
    assert refined[1] is None


def test_the_best_face_is_the_largest_confident_one() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 20, 20], [0, 0, 90, 90]], float)
    faces = Faces(boxes, np.array([0.99, 0.95, 0.85]), np.zeros((3, 5, 2)))
    assert faces.best(0.9).box.tolist() == [0, 0, 20, 20]
    assert faces.best(0.999).box.tolist() == [0, 0, 10, 10]  # none is confident: the most probable
    assert Faces(boxes[:0], np.empty(0), np.empty((0, 5, 2))).best(0.9) is None


def test_crops_sample_between_the_corners_and_are_zero_outside() -> None:
    y, x = np.mgrid[:100, :200]
    frames = torch.from_numpy(np.stack([np.stack([x, y, 0 * x], 2), np.stack([0 * x, x, y], 2)]).astype(np.uint8))
    boxes = np.array([[20.0, 10.0, 80.0, 70.0], [-50.0, 0.0, 50.0, 60.0]])
    crops = crop(frames, boxes, np.array([0, 1]), 24) * 128 + 127.5
    columns = np.linspace(20, 80, 24) * 199 / 200
    rows = np.linspace(10, 70, 24) * 99 / 100
    assert np.allclose(crops[0, 0].numpy(), np.tile(columns, (24, 1)), atol=1e-3)
    assert np.allclose(crops[0, 1].numpy(), np.tile(rows[:, None], (1, 24)), atol=1e-3)
    assert np.allclose(crops[1, :, :, :11].numpy(), 127.5)
    assert not np.allclose(crops[1, :, :, 12:].numpy(), 127.5)
