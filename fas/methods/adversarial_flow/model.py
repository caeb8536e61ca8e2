"""The networks of fas/adversarial as the method's parameters ask for them, and the errors that they make."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from fas.adversarial import model
from fas.adversarial.loss import image_errors, latent_errors
from fas.methods.adversarial_flow.params import AdversarialFlowParams, training


def networks(params: AdversarialFlowParams) -> dict[str, nn.Module]:
    """The networks that the parameters train, for three channels, with random weights from torch's generator."""
    return model.networks(training(params))


def errors(built: Mapping[str, nn.Module], images: Tensor) -> Tensor:
    """Each image's errors (N,2): the mean absolute difference to its reconstruction, and that of their codes.

    The reconstruction's code comes from the auxiliary encoder (algorithm 1), or from the generator's own where there is none.
    """
    generator = built["generator"]
    assert isinstance(generator, model.Generator)
    rebuilt: model.Rebuilt = generator(images)
    again = built.get("auxiliary", generator.encoder)(rebuilt.images)
    return torch.stack([image_errors(images, rebuilt.images), latent_errors(rebuilt.code, again)], dim=1)
