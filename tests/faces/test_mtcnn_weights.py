import io
from pathlib import Path

import joblib
import lz4.frame
import numpy as np
import pytest
from torch import nn

from fas.errors import UserError
from fas.faces.keras_weights import load_keras
from fas.faces.mtcnn_weights import NAMES, files, read_arrays


class Evil:
    """Unpickling this would create the file `done`."""

    def __init__(self, done: Path) -> None:
        self.done = done

    def __reduce__(self):
        return Path.touch, (self.done,)


def weight_file(path: Path, value) -> Path:
    stream = io.BytesIO()
    joblib.dump(value, stream)
    path.write_bytes(lz4.frame.compress(stream.getvalue()))
    return path


def test_the_packaged_files_hold_plain_float_arrays() -> None:
    found = files({})
    assert tuple(found) == NAMES
    assert [len(read_arrays(path)) for path in found.values()] == [13, 16, 21]


@pytest.mark.parametrize("nested", [False, True])
def test_code_in_a_weight_file_is_refused_and_not_run(tmp_path: Path, nested: bool) -> None:
    done = tmp_path / "done"
    evil = np.array([Evil(done)], dtype=object) if nested else Evil(done)
    path = weight_file(tmp_path / "pnet.lz4", [np.zeros(3, np.float32), evil])
    with pytest.raises(UserError, match=r"pnet\.lz4: not an MTCNN weight file"):
        read_arrays(path)
    assert not done.exists()


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", lz4.frame.compress(b"nor this")])
def test_another_file_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "pnet.lz4"
    path.write_bytes(content)
    with pytest.raises(UserError, match="not an MTCNN weight file"):
        read_arrays(path)


def test_a_user_s_file_wins_and_a_missing_one_is_named(tmp_path: Path) -> None:
    path = weight_file(tmp_path / "own.lz4", [np.zeros(3, np.float32)])
    assert files({"mtcnn_pnet": str(path)})["mtcnn_pnet"] == path
    with pytest.raises(UserError, match="mtcnn_onet"):
        files({"mtcnn_onet": str(tmp_path / "nowhere.lz4")})


def test_weights_of_another_network_are_refused() -> None:
    with pytest.raises(UserError, match="not the weights of this network"):
        load_keras(nn.Linear(3, 2), [np.zeros((3, 3)), np.zeros(2)], "rnet.lz4")
