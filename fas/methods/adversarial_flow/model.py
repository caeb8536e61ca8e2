"""The errors that the networks of fas/adversarial make."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from fas.adversarial.loss import image_errors, latent_errors
from fas.adversarial.model import Generator, Rebuilt


def errors(built: Mapping[str, nn.Module], images: Tensor) -> Tensor:
    """Each image's errors (N,2): the mean absolute difference to its reconstruction, and that of their codes.

    The reconstruction's code comes from the auxiliary encoder (algorithm 1), or from the generator's own where there is none.
    """
    generator = built["generator"]
    assert isinstance(generator, Generator)
    rebuilt: Rebuilt = generator(images)
    again = built.get("auxiliary", generator.encoder)(rebuilt.images)
    return torch.stack([image_errors(images, rebuilt.images), latent_errors(rebuilt.code, again)], dim=1)
