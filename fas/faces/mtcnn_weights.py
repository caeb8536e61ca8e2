"""The weights that the `mtcnn` package carries in its wheel, read without TensorFlow and without trusting the file.

A weight file is an lz4 frame around a joblib pickle of a list of arrays in Keras' layout. The unpickler here admits plain numpy
arrays and nothing else, so a doctored file cannot run code.
"""

import io
import pickle
from collections.abc import Mapping
from pathlib import Path

import lz4.frame
import numpy as np
from joblib.numpy_pickle import NumpyUnpickler

from fas import assets
from fas.errors import UserError

NAMES = ("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet")
_ADMITTED = {("joblib.numpy_pickle", "NumpyArrayWrapper"), ("numpy", "ndarray"), ("numpy", "dtype")}


class _ArrayUnpickler(NumpyUnpickler):
    def find_class(self, module: str, name: str) -> type:
        if (module, name) not in _ADMITTED:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed in a weight file")
        return super().find_class(module, name)


def files(given: Mapping[str, str]) -> dict[str, Path]:
    """The three weight files: those in `given` (name -> path), else the packaged ones.

    Raises:
        UserError: one is missing or is not the expected one.
    """
    return {name: assets.find(name, given) for name in NAMES}


def read_arrays(path: Path) -> list[np.ndarray]:
    """The arrays of a weight file.

    Raises:
        UserError: the file is no such file, or holds anything but arrays.
    """
    try:
        stream = io.BytesIO(lz4.frame.decompress(path.read_bytes()))
        arrays = _ArrayUnpickler(path.name, stream, ensure_native_byte_order=True).load()
    except (RuntimeError, ValueError, EOFError, pickle.UnpicklingError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise UserError(f"{path.name}: not an MTCNN weight file ({str(error).splitlines()[0]})") from None
    if not isinstance(arrays, list) or not all(isinstance(array, np.ndarray) and array.dtype.kind == "f" for array in arrays):
        raise UserError(f"{path.name}: not an MTCNN weight file (not a list of arrays)")
    return arrays
