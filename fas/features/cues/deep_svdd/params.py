"""Parameters of Deep SVDD with reconstruction."""

from pydantic import Field

from fas.features.cues.base import ReconstructionParams


class DeepSvddParams(ReconstructionParams):
    """The latent and its centre, beside the autoencoder's own parameters."""

    latent: int = Field(128, ge=1)  # numbers in the latent (Ruff et al.: 128 for CIFAR-10)
    floor: float = Field(0.1, ge=0)  # the centre's components are at least so far from 0 (Ruff et al.'s code: 0.1)
    distance: float = Field(0.1, ge=0)  # weight of the squared distance to the centre
