from pathlib import Path

import numpy as np
import pytest

from fas.clips import Clip, Member
from fas.files import write_npz

ARRAYS = {"native": np.zeros((3, 5, 6, 3), np.uint8), "frame": np.arange(3, dtype=np.int32), "none": np.zeros((0, 2))}


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("kept", ["memory", "file", "shared file"])
def test_a_shape_is_that_of_the_array_that_would_be_read(tmp_path: Path, kept: str, compress: bool) -> None:
    path = tmp_path / "x.npz"
    write_npz(path, {f"7/{name}" if kept == "shared file" else name: array for name, array in ARRAYS.items()}, compress)
    clip = Clip("set", "x", features={"f": {"memory": ARRAYS, "file": path, "shared file": Member(path, 7)}[kept]})
    assert {name: clip.shape("f", name) for name in ARRAYS} == {name: array.shape for name, array in clip.read("f").items()}
    with pytest.raises(KeyError):
        clip.shape("f", "other")


def test_a_shared_file_that_is_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "shared.npz"
    for value in (1, 2):
        write_npz(path, {"0/a": np.full(value, value)})
        assert Member(path, 0).read()["a"].tolist() == [value] * value
