from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from fas.config import Runtime
from fas.errors import UserError
from fas.features.flow import FlowWorker
from fas.features.flow_files import folder_digest, read_flo
from fas.features.params import FlowParams
from fas.features.task import FeatureTask
from fas.files import read_npz, write_npz

SIZE = 16
FLOW = np.random.default_rng(0).normal(size=(2, 2, SIZE, SIZE)).astype(np.float32)


def write_flo(path: Path, flow: np.ndarray) -> None:
    """OpenCV's own writer: (2,h,w)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.writeOpticalFlow(str(path), np.ascontiguousarray(flow.transpose(1, 2, 0)))


def work(folder: Path, files: Path | None) -> dict[str, np.ndarray]:
    """The flow of two pairs that begin at the frames 3 and 11."""
    pairs = np.zeros((2, 2, SIZE, SIZE, 3), np.uint8)
    write_npz(folder / "frames.npz", {"pairs": pairs, "pair_frame": np.array([[3, 6], [11, 14]], np.int32)})
    worker = FlowWorker(FlowParams(algorithm="precomputed"))
    worker.setup(Runtime())
    worker.work(FeatureTask(folder / "frames.npz", flow_files=files), folder, folder / "scratch")
    return read_npz(folder / "flow.npz")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "flo" / "office" / "a.mov"
    for number, flow in zip((3, 11), FLOW, strict=True):
        write_flo(folder / f"{number}.flo", flow)
    return folder


def test_the_users_flow_is_taken_as_it_is(tmp_path: Path, files: Path) -> None:
    found = work(tmp_path, files)
    np.testing.assert_array_equal(found["flow"], FLOW.astype(np.float16))
    np.testing.assert_array_equal(found["frame"], [3, 11])


def test_the_longest_flow_that_is_kept_is_finite(tmp_path: Path, files: Path) -> None:
    write_flo(files / "11.flo", np.full_like(FLOW[0], 65504))
    assert (work(tmp_path, files)["flow"][1] == 65504).all()


@given(flow=arrays.arrays(np.float32, st.tuples(st.just(2), st.integers(1, 5), st.integers(1, 5)), elements=st.floats(-999, 999, width=32)))
def test_what_opencv_writes_is_read(tmp_path_factory: pytest.TempPathFactory, flow: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("flo") / "1.flo"
    write_flo(path, flow)
    np.testing.assert_array_equal(read_flo(path), flow)


def broken(path: Path, kind: str) -> None:
    data = path.read_bytes()
    {
        "missing": path.unlink,
        "magic": lambda: path.write_bytes(b"PNG!" + data[4:]),
        "empty": lambda: path.write_bytes(b""),
        "header": lambda: path.write_bytes(data[:6]),
        "short": lambda: path.write_bytes(data[:-1]),
        "size": lambda: write_flo(path, FLOW[0][:, 1:]),
        "negative": lambda: path.write_bytes(data[:4] + np.array([-16, -16], "<i4").tobytes() + data[12:]),
        "unknown": lambda: write_flo(path, np.where(FLOW[0] > 1, np.float32(1e10), FLOW[0])),
        "nan": lambda: write_flo(path, np.where(FLOW[0] > 1, np.float32(np.nan), FLOW[0])),
        "large": lambda: write_flo(path, np.where(FLOW[0] > 1, np.float32(-65505), FLOW[0])),
    }[kind]()


REASONS = {
    "missing": "no such file",
    "magic": "not a .flo file",
    "empty": "not a .flo file",
    "header": "not those of",
    "short": "not those of 16 x 16 pixels",
    "size": "16 x 15 pixels, the pairs have 16 x 16",
    "negative": "not those of -16 x -16 pixels",
    "unknown": "pixels without a known flow",
    "nan": "pixels without a known flow",
    "large": "a flow of 65505 pixels, more than the 65504 that are kept",
}


@pytest.mark.parametrize("kind", REASONS)
def test_bad_files_are_told_in_one_line(tmp_path: Path, files: Path, kind: str) -> None:
    broken(files / "11.flo", kind)
    with pytest.raises(UserError, match=REASONS[kind]) as error:
        work(tmp_path, files)
    assert "11.flo" in str(error.value)
    assert "\n" not in str(error.value)


def test_without_a_folder_the_setting_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\[roots\] precomputed_flow"):
        work(tmp_path, None)


def test_the_digest_follows_names_and_bytes(files: Path) -> None:
    first = folder_digest(files)
    assert first == folder_digest(files)
    (files / "notes.txt").write_text("x")
    assert folder_digest(files) == first
    write_flo(files / "3.flo", FLOW[1])
    second = folder_digest(files)
    (files / "3.flo").rename(files / "4.flo")
    assert len({first, second, folder_digest(files)}) == 3
    assert folder_digest(files.parent / "nobody") == ""
