"""What a training remembers beside its networks: their moving average, and that of the student's feedback."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm


class Average(nn.Module):
    """The exponential moving average of a network's parameters and buffers; the first update copies them. No optimiser has them."""

    updates: Tensor

    def __init__(self, network: nn.Module, decay: float) -> None:
        super().__init__()
        self.decay = decay
        self.network = deepcopy(network)
        self.register_buffer("updates", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Move towards `network`. Whole numbers (of batches seen) are copied."""
        decay = torch.where(self.updates == 0, 0.0, self.decay)
        mine = [*self.network.parameters(), *self.network.buffers()]
        theirs = [*network.parameters(), *network.buffers()]
        for own, value in zip(mine, theirs, strict=True):
            own.copy_(value + decay * (own - value) if own.is_floating_point() else value)
        self.updates += 1


class Baseline(nn.Module):
    """The moving average of h, which is subtracted from the next one; it begins at zero."""

    value: Tensor

    def __init__(self, decay: float) -> None:
        super().__init__()
        self.decay = decay
        self.register_buffer("value", torch.zeros(()))

    def subtracted(self, h: Tensor) -> Tensor:
        """h less the average of those before it, and remember h."""
        left = h - self.value
        self.value.copy_(self.decay * self.value + (1 - self.decay) * h)
        return left


@contextmanager
def measuring(network: nn.Module) -> Iterator[None]:
    """Inside, the network computes as in training, but drops nothing and leaves its running statistics alone."""
    dropouts = [module for module in network.modules() if isinstance(module, nn.Dropout) and module.training]
    norms = [(module, module.momentum) for module in network.modules() if isinstance(module, _BatchNorm)]
    for module in dropouts:
        module.eval()
    for norm, _ in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for module in dropouts:
            module.train()
        for norm, momentum in norms:
            norm.momentum = momentum
