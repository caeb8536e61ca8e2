"""What torch computes with: device, threads and repeatable kernels, set up from the user's Runtime."""

import os

import cv2
import torch

from fas.config import Runtime
from fas.errors import UserError


def prepare(runtime: Runtime) -> torch.device:
    """Set threads and repeatable kernels for this process and return the device to compute on.

    Raises:
        UserError: a GPU is asked for and there is none, or a precision that the device cannot compute in.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic only with a fixed workspace
    torch.set_num_threads(runtime.threads)
    cv2.setNumThreads(1)
    torch.backends.cudnn.benchmark = False
    device = _device(runtime)
    if device.type == "cuda":
        repeatable()
    return device


def repeatable() -> None:
    """Only kernels that give the same bytes every time. On a CPU, forward passes do so anyway and need not wait two seconds for this."""
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # costs time, changes nothing


def _device(runtime: Runtime) -> torch.device:
    available = torch.cuda.is_available()
    if runtime.device == "cuda" and not available:
        raise UserError("device 'cuda' is asked for (fas.toml or FAS_DEVICE), but torch finds no GPU here")
    device = torch.device("cuda" if available and runtime.device != "cpu" else "cpu")
    if device.type == "cpu" and runtime.precision == "fp16":
        raise UserError("precision 'fp16' (fas.toml or FAS_PRECISION) needs a GPU; use fp32 or bf16")
    return device
