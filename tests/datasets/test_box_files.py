"""What the lines of side files say, with the traps of each dataset's format."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fas.datasets.box_files import EYES_DROP, EYES_SIDE, eyes, read_boxes
from fas.datasets.registry import ADAPTERS
from fas.errors import UserError

FORMATS = {name: adapter.boxes.format for name, adapter in ADAPTERS.items() if adapter.boxes}
coordinate = st.integers(1, 2000)


@pytest.fixture
def told(tmp_path):
    """A dataset's side file with this text, as frame -> box."""

    def read(dataset, text):
        path = tmp_path / "side.face"
        path.write_bytes(text.encode())
        frames, boxes = read_boxes(path, FORMATS[dataset])
        assert (frames.dtype, boxes.dtype) == (np.int32, np.float32)
        assert boxes.shape == (len(frames), 4)
        return dict(zip(frames.tolist(), boxes.tolist(), strict=True))

    return read


def test_msu_has_two_corners_and_eyes_and_not_every_frame(told):
    text = "0, 210, 110, 430, 360, 270.5, 200.25, 370.5, 201\r\n7,211,111,431,361,270,200,370,201"
    assert told("msu_mfsd", text) == {0: [210, 110, 430, 360], 7: [211, 111, 431, 361]}


@pytest.mark.parametrize("dataset", ["replay_attack", "casia_fasd"])
def test_corner_and_size_and_zeros_where_no_face_was_found(told, dataset):
    assert told(dataset, "0 0 0 0 0\n1 100 80 60 70\n2 0 0 0 0\n\n4 101 80 60 70\n") == {1: [100, 80, 160, 150], 4: [101, 80, 161, 150]}


def test_siw_counts_frames_by_lines(told):
    assert told("siw", "10 20 110 140\n0 0 0 0\n\n12 20 112 140\n") == {0: [10, 20, 110, 140], 3: [12, 20, 112, 140]}


def test_oulu_s_undetected_eyes_are_no_box(told):
    assert told("oulu_npu", "0,0,0,0,0\n1,400,900,600,900\n2,0,0,600,900\n3,500,500,500,500\n").keys() == {1}


def test_celeba_s_box_is_in_shares_of_its_frame_and_may_begin_outside(told):
    assert told("celeba_spoof", "-28 56 112 168 0.9991") == {0: [-0.125, 0.25, 0.375, 1.0]}


@pytest.mark.parametrize("dataset", FORMATS)
def test_an_empty_file_has_no_box(told, dataset):
    assert told(dataset, "") == told(dataset, "\n \r\n") == told(dataset, "\ufeff") == {}


def test_a_byte_order_mark_is_tolerated(told):
    assert told("replay_attack", "\ufeff3 1 2 3 4\n") == {3: [1, 2, 4, 6]}


def test_of_two_boxes_of_a_frame_the_larger_counts(told):
    assert told("casia_fasd", "5 9 9 50 50\n5 0 0 60 60\n5 1 1 10 10\n2 3 3 4 4\n") == {2: [3, 3, 7, 7], 5: [0, 0, 60, 60]}


@pytest.mark.parametrize("dataset", FORMATS)
@pytest.mark.parametrize("line", ["one 2 3 4", "1", "1 2 3 4 5 6 7 8 9 10", "nan nan nan nan nan", "1 2 3 inf 5", "<html>"])
def test_a_malformed_line_is_told_with_file_and_line(told, dataset, line):
    good = " ".join("1" for _ in FORMATS[dataset].columns.split())
    with pytest.raises(UserError, match=r"side\.face line 3: not the numbers '.*'") as error:
        told(dataset, f"{good}\n\n{line}\n")
    assert FORMATS[dataset].columns in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("frame", ["-1", "1.5", "4294967296", "nan"])
def test_a_frame_s_number_is_a_number_from_0(told, frame):
    with pytest.raises(UserError, match="line 1"):
        told("casia_fasd", f"{frame} 1 1 50 50")


def test_a_file_that_is_no_text_is_told(tmp_path):
    (tmp_path / "x.face").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"x\.face: not a readable side file"):
        read_boxes(tmp_path / "x.face", FORMATS["siw"])


@given(st.lists(st.tuples(coordinate, coordinate, coordinate, coordinate), min_size=1, max_size=5))
def test_the_square_around_the_eyes(points):
    pairs = np.array(points, float)
    boxes = eyes(pairs)
    right, left = pairs[:, :2], pairs[:, 2:]
    apart = np.hypot(*(left - right).T)
    assert np.allclose(boxes[:, 2:] - boxes[:, :2], EYES_SIDE * apart[:, None])
    from_middle = (boxes[:, :2] + boxes[:, 2:]) / 2 - (left + right) / 2
    assert np.allclose(np.hypot(*from_middle.T), EYES_DROP * apart)
    assert np.allclose((from_middle * (left - right)).sum(axis=1), 0)  # at a right angle to the line through the eyes
    assert (from_middle[:, 1] > -1e-9).all()  # below it
    apart_in_x = right[:, 0] != left[:, 0]
    assert np.allclose(eyes(np.concatenate([left, right], axis=1))[apart_in_x], boxes[apart_in_x])
