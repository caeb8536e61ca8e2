"""Parameters of the networks, losses and optimisers of paper 003. Sizes and weights that it does not give are GANomaly's."""

from typing import Literal

from pydantic import Field

from fas.schema import Section


class AdversarialParams(Section):
    """Sizes, weights and optimisers; a method or an experiment extends it."""

    # networks
    width: float = Field(1.0, gt=0)  # factor on the channels 64-128-256
    latent: int = Field(100, ge=1)  # length of the code
    auxiliary: bool = False  # a second encoder on the reconstruction: algorithm 1's latent distance
    discriminator: bool = True  # false: a plain autoencoder (tables 2 and 3)

    # loss, eq. 1
    reconstruction_weight: float = Field(50.0, ge=0)  # w_i; the paper gives neither weight, 50:1 is GANomaly's
    adversarial_weight: float = Field(1.0, ge=0)  # w_a
    latent_weight: float = Field(1.0, ge=0)  # L1 between the two codes, with `auxiliary` only
    adversary: Literal["non_saturating", "saturating", "feature_matching"] = "non_saturating"  # saturating: eq. 2 as printed

    # optimiser
    optimizer: Literal["adam", "sgd"] = "adam"  # the paper names none, only its learning rate 0.02
    learning_rate: float = Field(2e-4, gt=0)
    beta1: float = Field(0.5, ge=0, lt=1)  # Adam's
