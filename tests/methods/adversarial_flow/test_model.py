import pytest
import torch

from fas.adversarial.model import networks
from fas.methods import method
from fas.methods.adversarial_flow.model import errors
from fas.methods.adversarial_flow.params import AdversarialFlowParams

PICTURES = torch.rand(4, 3, 32, 32) * 2 - 1


def test_errors_are_those_of_picture_and_code() -> None:
    for auxiliary in (False, True):
        built = {name: network.eval() for name, network in networks(AdversarialFlowParams(auxiliary=auxiliary)).items()}
        rebuilt = built["generator"](PICTURES)
        encoder = built["auxiliary"] if auxiliary else built["generator"].encoder
        found = errors(built, PICTURES)
        assert found.shape == (4, 2)
        torch.testing.assert_close(found[:, 0], torch.stack([(a - b).abs().mean() for a, b in zip(PICTURES, rebuilt.images, strict=True)]))
        torch.testing.assert_close(found[:, 1], (rebuilt.code - encoder(rebuilt.images)).abs().mean(1))
        assert (found[:, 0] <= 2).all()


def test_in_evaluation_mode_a_picture_does_not_depend_on_its_neighbours() -> None:
    built = {name: network.eval() for name, network in networks(AdversarialFlowParams()).items()}
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
