"""Time per frame, of several networks side by side."""

from collections.abc import Mapping
from time import perf_counter

import numpy as np
import torch
from torch import Tensor, nn


def interleaved(networks: Mapping[str, nn.Module], images: Tensor, repeats: int, warm_up: int) -> dict[str, np.ndarray]:
    """Milliseconds of every forward pass of `images`, (repeats,) for each network, after `warm_up` passes that do not count.

    The networks take turns, and another one begins each round: what else the machine does falls on all of them alike.
    """
    for network in networks.values():
        network.eval()
    names = list(networks)
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(warm_up + repeats):
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            times[name].append(_once(networks[name], images))
    return {name: 1000 * np.array(values[warm_up:]) for name, values in times.items()}


def _once(network: nn.Module, images: Tensor) -> float:
    """Seconds of one forward pass, to its end on a GPU too."""
    _wait(images)
    start = perf_counter()
    with torch.inference_mode():
        network(images)
    _wait(images)
    return perf_counter() - start


def _wait(images: Tensor) -> None:
    if images.is_cuda:
        torch.cuda.synchronize(images.device)
