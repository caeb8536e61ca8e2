import pytest
import torch
from torch import nn

from fas.methods import method
from fas.methods.meta_pseudo_label.model import WideResNet, networks, probability
from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams


def count(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters() if weight.requires_grad)


def test_wrn_28_2_has_the_papers_parameters() -> None:
    """Table 14: 1.47 M; with ten classes, as on CIFAR-10, it would have 1,467,610."""
    network = WideResNet(28, 2)
    assert count(network) == 1_466_578
    network.fc = nn.Linear(128, 10)
    assert count(network) == 1_467_610


@pytest.mark.parametrize("side", [64, 224])
def test_the_papers_network_takes_patches_and_whole_faces(side: int) -> None:
    network = WideResNet().eval()
    with torch.inference_mode():
        images = torch.rand(1, 3, side, side) * 2 - 1
        assert network.maps(images).shape == (1, 128, side // 4, side // 4)
        logits = network(images)
    assert logits.shape == (1, 2)
    assert torch.isfinite(logits).all()


def test_batch_norm_and_relu_are_the_papers() -> None:
    network = WideResNet(10, 1)
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    assert {norm.momentum for norm in norms} == {0.001}
    assert network.slope == 0.1


def test_the_classifier_is_linear_in_the_averaged_maps() -> None:
    network = WideResNet(10, 1).eval()
    images = torch.rand(3, 3, 16, 20)
    maps = network.maps(images)
    torch.testing.assert_close(network.fc(maps.mean(dim=(2, 3))), network(images))


@pytest.mark.parametrize(
    ("mode", "plgf", "names"),
    [
        ("pl", "none", {"rgb"}),
        ("pl_uda", "none", {"rgb"}),
        ("mpl_uda", "none", {"rgb", "teacher"}),
        ("mpl_uda", "attvlad", {"rgb", "teacher", "plgf"}),
        ("none", "attvlad", {"plgf"}),
        ("none", "no_vlad", {"plgf"}),
    ],
)
def test_networks_by_branch(mode: str, plgf: str, names: set[str]) -> None:
    params = MetaPseudoLabelParams.model_validate({"mode": mode, "plgf": plgf})
    assert set(networks(params)) == names


def test_the_papers_networks_have_the_papers_sizes() -> None:
    params = MetaPseudoLabelParams(depth=28, width=2)
    assert count(networks(params)["rgb"]) == count(networks(params)["teacher"]) == 1_466_578


def test_probability_is_of_live() -> None:
    torch.testing.assert_close(probability(torch.tensor([[0.0, 100.0], [100.0, 0.0], [1.0, 1.0]])), torch.tensor([1.0, 0.0, 0.5]))


def test_every_variant_of_the_card_can_be_built() -> None:
    card = method("meta_pseudo_label")
    section = card.params()
    for name in section.variants:
        assert networks(section.variant(card.name, name)), name
