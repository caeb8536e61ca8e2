"""Identity tokens as the denoising network takes them."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from fas.errors import UserError


def condition(maps: np.ndarray | None, count: int, width: int, unit: bool) -> Tensor:
    """The tokens of `count` faces: (count,T,width) float32; one zero token each, (count,1,width), without identity.

    Args:
        maps: (count,T,C) identity maps, or None for a generator that is not conditioned on identity.
        width: the network's token width; tokens are padded with zeros to it.
        unit: bring each face's tokens to a mean square of 1 first (a recogniser whose map is not normalised has far smaller ones).
    """
    if maps is None:
        return torch.zeros(count, 1, width)
    tokens = torch.from_numpy(maps.astype(np.float32))
    if unit:
        tokens = tokens / tokens.square().mean(dim=(1, 2), keepdim=True).sqrt().clamp_min(1e-6)
    return pad_tokens(tokens, width)


def pad_tokens(tokens: Tensor, width: int) -> Tensor:
    """Identity tokens (B,T,C) with zeros behind: (B,T,width). Paper 001: 49 tokens of 512 to the 768 of Stable Diffusion.

    Raises:
        UserError: they are wider than that.
    """
    if tokens.shape[-1] > width:
        raise UserError(f"identity tokens have {tokens.shape[-1]} channels, the generator takes {width} (params.yaml: cues.dfg.unet.width)")
    return F.pad(tokens, (0, width - tokens.shape[-1]))
