"""What the trained methods share: images as tensors, shuffled batches, scores in evaluation mode."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from fas.adversarial.model import PATCH
from fas.config import Runtime
from fas.sampling import generator
from fas.training import Batch, Task, train

_TOGETHER = 256


def tensor(images: np.ndarray) -> Tensor:
    """(N,H,W,C) in [0, 1] -> (N,C,H,W)."""
    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))


def patches(images: np.ndarray) -> Tensor:
    """(N,H,W,C) in [0, 1] -> (N,C,32,32) in [-1, 1]; smaller pictures get a black border."""
    height, width = PATCH - images.shape[1], PATCH - images.shape[2]
    sides = (width // 2, width - width // 2, height // 2, height - height // 2)
    return pad(tensor(images) * 2 - 1, sides, value=-1.0)


def batches(images: Tensor, size: int, seed: int) -> Callable[[int], Batch]:
    """Batches `image` of `size`, as a function of the step: the images in shuffled rounds, each once before any comes again."""

    @lru_cache(maxsize=4)
    def order(turn: int) -> np.ndarray:
        return generator("one-class order", seed, turn).permutation(len(images))

    def batch(step: int) -> Batch:
        places = [divmod(step * size + slot, len(images)) for slot in range(size)]
        return {"image": images[[int(order(turn)[position]) for turn, position in places]]}

    return batch


def steps(images: int, size: int, epochs: int) -> int:
    """Steps of `size` images that see every image `epochs` times."""
    return -(-images * epochs // size)


def fit(task: Task, *, steps: int, seed: int, scratch: Path, runtime: Runtime, label: str) -> None:
    """Train, and leave the networks in evaluation mode: batch statistics of test images must not enter a score."""
    train(task, steps=steps, seed=seed, scratch=scratch / label, runtime=runtime, label=label)
    for module in task.modules.values():
        module.eval()


def apply(function: Callable[[Tensor], Tensor], images: Tensor, network: nn.Module) -> Tensor:
    """`function` over all images in pieces, on the network's device; the results on the CPU."""
    device = next(network.parameters()).device
    with torch.inference_mode():
        return torch.cat([function(part.to(device)).float().cpu() for part in images.split(_TOGETHER)])
