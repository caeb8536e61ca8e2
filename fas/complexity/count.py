"""How large a network is: trainable parameters, and operations by torch's own counter."""

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from fas.complexity.networks import PlgfBranch


def parameters(network: nn.Module) -> int:
    """Trainable parameters."""
    return sum(weight.numel() for weight in network.parameters() if weight.requires_grad)


def operations(network: nn.Module, images: Tensor) -> int:
    """Multiplications of convolutions and matrix products for `images`, each with its addition counted once.

    What is not counted: normalisation, activations, pooling; and of the PLGF branch the descriptor, which is no network.
    """
    if isinstance(network, PlgfBranch):
        return operations(network.network, network.describe(images))
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network.eval()(images)
    return counter.get_total_flops() // 2
