"""Pictures as tensors and back, noise that belongs to a face, and fixed batches: what all cue makers need to reconstruct."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from torch import Tensor

from fas.features.cues.faces import resized

_DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def to_tensor(pictures: np.ndarray) -> Tensor:
    """(B,S,S,3) uint8 RGB as (B,3,S,S) float32 in [-1,1]."""
    return torch.from_numpy(pictures.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1)


def to_pictures(tensor: Tensor) -> Tensor:
    """(B,3,S,S) in [-1,1] as (B,S,S,3) uint8 RGB, on the same device; what lies outside is clipped."""
    values = ((tensor.float() + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return values.permute(0, 2, 3, 1)


def shrunk(faces: np.ndarray, size: int) -> Tensor:
    """Faces (F,S,S,3) uint8 at a cue maker's size: (F,3,size,size) float32 in [-1,1]."""
    return to_tensor(np.stack([resized(face, size) for face in faces]))


def noise(shape: Sequence[int], seeds: Sequence[int]) -> Tensor:
    """Standard normal noise (F,*shape) that depends on each face's seed alone, on every device."""
    return torch.stack([torch.randn(tuple(shape), generator=torch.Generator().manual_seed(seed)) for seed in seeds])


def in_batches(compute: Callable[..., Tensor], size: int, *inputs: Tensor) -> Tensor:
    """`compute` of the inputs' rows, always `size` at once, the last time with rows of zeros behind: no row's result has a trace of how
    many others there are, nor (batch by batch) of which."""
    parts = []
    for start in range(0, len(inputs[0]), size):
        rows = [tensor[start : start + size] for tensor in inputs]
        count = len(rows[0])
        parts.append(compute(*(_filled(tensor, size) for tensor in rows))[:count])
    return torch.cat(parts)


def _filled(tensor: Tensor, size: int) -> Tensor:
    return torch.cat([tensor, tensor.new_zeros(size - len(tensor), *tensor.shape[1:])]) if len(tensor) < size else tensor


def mixed(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Mixed precision as the user has it (`runtime.precision`)."""
    dtype = _DTYPES.get(precision)
    return torch.autocast(device.type, dtype) if dtype else nullcontext()
