"""Weights in Keras' layout, as the `mtcnn` package carries them, in a torch network."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from fas.errors import UserError


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
