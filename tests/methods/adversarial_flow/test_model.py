import pytest
import torch

from fas.methods import method
from fas.methods.adversarial_flow.model import CODE, Discriminator, Encoder, Generator, build, errors, networks
from fas.methods.adversarial_flow.params import AdversarialFlowParams

PICTURES = torch.rand(4, 3, 32, 32) * 2 - 1


def count(module: torch.nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def test_the_networks_have_ganomalys_parameter_counts() -> None:
    generator = Generator()
    assert (count(generator.encoder), count(generator.decoder), count(Discriminator())) == (1_068_800, 1_068_928, 663_296)
    assert count(Encoder(3, 1.0)) == 1_068_800


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("width", [1 / 64, 0.25])
def test_shapes_and_ranges(channels: int, width: float) -> None:
    built = build(channels, width, auxiliary=True)
    pictures = torch.rand(4, channels, 32, 32) * 2 - 1
    made = built["generator"](pictures)
    assert made.picture.shape == pictures.shape
    assert made.code.shape == built["auxiliary"](pictures).shape == (4, CODE)
    assert made.picture.abs().max() <= 1
    logits, features = built["discriminator"](pictures)
    assert logits.shape == (4,)
    assert features.shape[0] == 4
    assert features.shape[2:] == (4, 4)


def test_errors_are_those_of_picture_and_code() -> None:
    for auxiliary in (False, True):
        built = {name: network.eval() for name, network in build(3, 0.1, auxiliary=auxiliary).items()}
        made = built["generator"](PICTURES)
        encoder = built["auxiliary"] if auxiliary else built["generator"].encoder
        found = errors(built, PICTURES)
        assert found.shape == (4, 2)
        torch.testing.assert_close(found[:, 0], torch.stack([(a - b).abs().mean() for a, b in zip(PICTURES, made.picture, strict=True)]))
        torch.testing.assert_close(found[:, 1], (made.code - encoder(made.picture)).abs().mean(1))
        assert (found[:, 0] <= 2).all()


def test_in_evaluation_mode_a_picture_does_not_depend_on_its_neighbours() -> None:
    built = {name: network.eval() for name, network in build(3, 0.1).items()}
    torch.testing.assert_close(errors(built, PICTURES)[1:2], errors(built, PICTURES[1:2]))


def test_every_variant_builds_its_networks_and_reads_its_feature() -> None:
    card = method("adversarial_flow")
    section = card.params()
    built = {name: set(networks(section.variant("adversarial_flow", name))) for name in section.variants}
    both = {"generator", "discriminator"}
    assert built == dict.fromkeys(section.variants, both) | {"autoencoder": {"generator"}, "latent": both | {"auxiliary"}}
    assert card.inputs(section) == ("flow",)
    assert card.inputs(section.variant("adversarial_flow", "appearance")) == ("frames",)
    sgd = section.variant("adversarial_flow", "paper_sgd")
    assert (sgd.optimizer, sgd.learning_rate) == ("sgd", 0.02)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"motion_judgement": True, "input": "appearance"}, "does not go with input 'appearance'"),
        ({"motion_judgement": True, "score": "latent"}, "bounded scores"),
        ({"bandwidths": [1.0, 0.0]}, "bandwidths are above 0"),
    ],
)
def test_parameters_that_make_no_sense_are_refused(values: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AdversarialFlowParams(**values)
