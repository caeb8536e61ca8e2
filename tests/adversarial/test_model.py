"""Paper 003's networks: parameter counts (methods.md), shapes and ranges."""

import pytest
import torch

from fas.adversarial.model import PATCH, Decoder, Discriminator, Encoder, Generator, networks
from fas.adversarial.params import AdversarialParams


def count(module: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def test_parameter_counts_of_the_paper_s_ancestor() -> None:
    assert count(Encoder(3, 100)) == 1_068_800
    assert count(Decoder(3, 100)) == 1_068_928
    assert count(Discriminator(3)) == 663_296


def test_the_auxiliary_encoder_is_another_encoder() -> None:
    assert count(networks(AdversarialParams(auxiliary=True))["auxiliary"]) == 1_068_800


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("width", [0.01, 0.25, 1.0])
@pytest.mark.parametrize("auxiliary", [False, True])
def test_shapes_and_ranges(channels: int, width: float, auxiliary: bool) -> None:
    built = networks(AdversarialParams(width=width, latent=7, auxiliary=auxiliary), channels)
    images = torch.rand(3, channels, PATCH, PATCH) * 2 - 1
    rebuilt = built["generator"](images)
    assert rebuilt.images.shape == images.shape
    assert rebuilt.images.abs().max() <= 1
    assert rebuilt.code.shape == (3, 7)
    assert ("auxiliary" in built) == auxiliary
    if auxiliary:
        assert built["auxiliary"](rebuilt.images).shape == rebuilt.code.shape
    logits, features = built["discriminator"](images)
    assert logits.shape == (3,)
    assert features.shape[2:] == (4, 4)


def test_convolutions_begin_small() -> None:
    for network in networks(AdversarialParams(width=0.5, auxiliary=True)).values():
        large = [weight for weight in network.parameters() if weight.dim() == 4 and weight.numel() > 5000]
        assert large
        assert all(weight.std().item() == pytest.approx(0.02, rel=0.1) for weight in large)


def test_no_discriminator_is_built_for_a_plain_autoencoder() -> None:
    assert set(networks(AdversarialParams(discriminator=False))) == {"generator"}


def test_in_evaluation_an_image_s_reconstruction_does_not_depend_on_its_batch() -> None:
    generator = Generator(1, 8, 0.1).eval()
    images = torch.rand(5, 1, PATCH, PATCH)
    with torch.no_grad():
        torch.testing.assert_close(generator(images).images[:1], generator(images[:1]).images)
