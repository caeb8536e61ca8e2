"""Paper 003's losses (eqs. 1-3) and its two errors of an image (algorithm 1 and section 4.2.1)."""

from torch import Tensor
from torch.nn.functional import logsigmoid, mse_loss

# The discriminator gives logits: D(x) = sigmoid(logit), log D = logsigmoid(logit), log(1 - D) = logsigmoid(-logit).


def reconstruction_loss(images: Tensor, rebuilt: Tensor) -> Tensor:
    """L_irec, eq. 3: the L1 distance of (N,C,H,W) images, as a mean over pixels (the paper's sum is another weight)."""
    return (images - rebuilt).abs().mean()


def game_loss(real: Tensor, rebuilt: Tensor) -> Tensor:
    """What D minimises: minus the value of eq. 2, from the logits (N,) of training images and of reconstructions."""
    return -(logsigmoid(real).mean() + logsigmoid(-rebuilt).mean())


def saturating_loss(rebuilt: Tensor) -> Tensor:
    """What G minimises by the letter of eq. 2: E log(1 - D(G(x))), nearly flat where D is sure."""
    return logsigmoid(-rebuilt).mean()


def non_saturating_loss(rebuilt: Tensor) -> Tensor:
    """What G minimises in practice: -E log D(G(x)), which has the same fixed point and a gradient where D is sure."""
    return -logsigmoid(rebuilt).mean()


def feature_matching_loss(real: Tensor, rebuilt: Tensor) -> Tensor:
    """GANomaly's adversarial loss: the mean squared distance of D's last feature maps (N,C,4,4)."""
    return mse_loss(rebuilt, real)


def latent_loss(code: Tensor, again: Tensor) -> Tensor:
    """The L1 distance of an image's code and its reconstruction's, (N,Z) each, as a mean: algorithm 1's score, trained."""
    return (code - again).abs().mean()


def image_errors(images: Tensor, rebuilt: Tensor) -> Tensor:
    """Section 4.2.1's score of each image, higher = less normal: mean |x - G(x)|; (N,C,H,W) -> (N,)."""
    return (images - rebuilt).abs().flatten(1).mean(1)


def latent_errors(code: Tensor, again: Tensor) -> Tensor:
    """Algorithm 1's score of each image, higher = less normal: mean |G_e(x) - G_e'(G(x))|; (N,Z) -> (N,)."""
    return (code - again).abs().mean(1)
