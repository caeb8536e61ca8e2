"""The weights that the `mtcnn` package carries in its wheel, read without TensorFlow and without trusting the file.

A weight file is an lz4 frame around a joblib pickle of a list of arrays in Keras' layout. The unpickler here admits plain numpy
arrays and nothing else, so a doctored file cannot run code.
"""

import io
import math
import pickle
from collections.abc import Mapping, Sequence
from pathlib import Path

import lz4.frame
import numpy as np
import torch
from joblib.numpy_pickle import NumpyUnpickler
from torch import nn

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


def load_keras(network: nn.Module, arrays: Sequence[np.ndarray], name: str) -> None:
    """Copy Keras arrays into a torch network whose parameters come in the same order.

    Convolutions are HWIO there and OIHW here. A dense layer after a flatten reads (W,H,C) there and (C,H,W) here.

    Raises:
        UserError: another number of arrays, or one of another size.
    """
    parameters = list(network.parameters())
    if [parameter.numel() for parameter in parameters] != [array.size for array in arrays]:
        raise UserError(f"{name}: not the weights of this network")
    flattened = 0  # channels of the last convolution, until a dense layer has read its flattened map
    for parameter, array in zip(parameters, arrays, strict=True):
        values = array
        if array.ndim == 4:
            values, flattened = array.transpose(3, 2, 0, 1), array.shape[3]
        elif array.ndim == 2 and flattened:
            side = math.isqrt(array.shape[0] // flattened)
            values, flattened = array.reshape(side, side, flattened, -1).transpose(3, 2, 1, 0), 0
        elif array.ndim == 2:
            values = array.T
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(values).reshape(tuple(parameter.shape))))
