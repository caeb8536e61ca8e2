from typing import Any

import pytest
import torch
from torch import nn
from torchvision.models import alexnet

from fas.methods.pseudo_negative.model import Classifier, Extractor, Live, feature_size, imagenet_layers, networks, side
from fas.methods.pseudo_negative.params import PseudoNegativeParams

PAPER: dict[str, Any] = {"width": 64, "norm": "none", "size": 224}
LAYERS = ["fc7", "fc6", "conv5"]


def trainable(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters() if weight.requires_grad)


def counts(**values: Any) -> dict[str, int]:
    with torch.device("meta"):
        return {name: trainable(network) for name, network in networks(PseudoNegativeParams(**PAPER | values)).items()}


def test_the_paper_s_form_has_alexnet_s_parameters_and_a_head_of_two() -> None:
    built = counts()
    assert built == {"extractor": 61_100_840 - (4096 + 1) * 1000, "classifier": (4096 + 1) * 2, "generator": 2 * 4096}
    assert built["extractor"] + built["classifier"] == 57_012_034
    assert counts(layer="fc6")["extractor"] + counts(layer="fc6")["classifier"] == 57_012_034
    assert counts(layer="conv5") == {"extractor": 2_469_696, "classifier": (256 + 1) * 2, "generator": 2 * 256}


def test_without_a_weight_there_is_no_generator() -> None:
    assert set(counts(pseudo_weight=0.0)) == {"extractor", "classifier"}


@pytest.mark.parametrize("layer", ["fc7", "fc6"])
def test_it_is_torchvision_s_alexnet(layer: str) -> None:
    params = PseudoNegativeParams(layer=layer, **PAPER)
    reference = alexnet().eval()
    with torch.device("meta"):  # built without weights: they are to be the reference's
        extractor, classifier = Extractor(params), Classifier(params)
    extractor.to_empty(device="cpu"), classifier.to_empty(device="cpu")
    imagenet_layers(extractor, classifier).load_state_dict({k: v for k, v in reference.state_dict().items() if k[:13] != "classifier.6."})
    classifier.head.load_state_dict({name: tensor[:2] for name, tensor in reference.classifier[6].state_dict().items()})
    image = torch.randn(1, 3, 224, 224, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        torch.testing.assert_close(classifier.eval()(extractor.eval()(image)), reference(image)[:, :2])


@pytest.mark.parametrize("size", [63, 64, 96, 112, 127, 160, 224])
def test_any_size_of_image_fits(size: int) -> None:
    params = PseudoNegativeParams(width=1, size=size)
    extractor = Extractor(params).eval()
    maps = extractor.features(torch.zeros(1, 3, size, size))
    assert maps.shape == (1, 4, side(size), side(size))
    assert extractor(torch.zeros(2, 3, size, size)).shape == (2, 64)
    assert side(224) == 6


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("norm", ["none", "batch"])
def test_the_activation_moves_the_features_and_not_the_logits(layer: str, norm: str) -> None:
    before = PseudoNegativeParams(width=2, size=64, layer=layer, norm=norm, activation="before")
    first, second = Extractor(before).eval(), Extractor(before.model_copy(update={"activation": "after"})).eval()
    second.load_state_dict(first.state_dict())
    classifier = Classifier(before).eval()
    images = torch.randn(3, 3, 64, 64)
    with torch.inference_mode():
        assert first(images).shape == (3, feature_size(before))
        assert (first(images) < 0).any()
        assert (second(images) >= 0).all()
        assert torch.equal(classifier(first(images)), classifier(second(images)))


def test_random_weights_keep_the_signal() -> None:
    """He's initial weights: the features of noise are neither dead nor huge after seven layers."""
    torch.manual_seed(0)
    features = Extractor(PseudoNegativeParams(width=16, norm="none")).eval()(torch.randn(8, 3, 112, 112))
    assert 0.1 < float(features.detach().std()) < 10


def test_the_network_as_a_whole_gives_probabilities() -> None:
    params = PseudoNegativeParams(width=1, size=64)
    extractor, classifier = Extractor(params).eval(), Classifier(params).eval()
    images = torch.randn(4, 3, 64, 64)
    with torch.inference_mode():
        logits = classifier(extractor(images))
        torch.testing.assert_close(Live(extractor, classifier)(images), torch.sigmoid(logits[:, 1] - logits[:, 0]))
