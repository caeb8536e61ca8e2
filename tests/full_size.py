"""Networks of the papers' sizes for tests, without the time that drawing each of their weights takes."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import nn

N = TypeVar("N", bound=nn.Module)


def count(network: nn.Module) -> int:
    """The network's parameters."""
    return sum(weight.numel() for weight in network.parameters())


@torch.no_grad()
def filled(build: Callable[[], N]) -> N:
    """The network, built without memory, in evaluation mode, with small random weights: the same million again and again."""
    with torch.device("meta"):
        network = build()
    network = network.to_empty(device="cpu").eval()
    drawn = 0.02 * torch.randn(2**20, generator=torch.Generator().manual_seed(0))
    for weight in network.parameters():
        for part in weight.view(-1).split(len(drawn)):
            part.copy_(drawn[: len(part)])
    for name, buffer in network.named_buffers():
        buffer.fill_(1 if name.endswith("running_var") else 0)
    return network
