import math

import pytest
import torch
from torch import nn
from torch.nn.functional import normalize
from torch.utils.flop_counter import FlopCounterMode

from fas.errors import UserError
from fas.plgf.attvlad import AttVLAD, NetVLAD


def trainable(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters() if weight.requires_grad)


def multiplications(network: nn.Module, side: int) -> int:
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network.eval()(torch.zeros(1, 1, side, side))
    return counter.get_total_flops() // 2


def test_the_reference_has_the_size_that_the_paper_states() -> None:
    network = AttVLAD()
    assert trainable(network) == 94_364
    assert trainable(network) == pytest.approx(96_000, rel=0.02)
    assert network.vlad is not None
    assert trainable(network.vlad) == 2 * 32 * 64 + 32
    assert trainable(network.attention) == 98


def test_it_costs_what_the_paper_states() -> None:
    """Its sum over places, 0.4 million of a bare NetVLAD's products, stands in 45.14; without it there are 44.74."""
    counted = multiplications(AttVLAD(), 224)
    assert counted == 45_142_856
    assert counted - 32 * 64 * 14 * 14 == pytest.approx(44.12e6, rel=0.02)


def test_the_baseline_has_no_vlad_and_a_small_head() -> None:
    network = AttVLAD(vlad=False)
    assert network.vlad is None
    assert trainable(network) == 94_364 - trainable(NetVLAD()) - 2048 * 32 + 64 * 32
    assert network(torch.rand(2, 1, 32, 32)).shape == (2, 2)


@pytest.mark.parametrize("maps", [1, 3])
def test_any_size_from_sixteen_on_gives_two_logits(maps: int) -> None:
    network = AttVLAD(maps, width=2, clusters=4, hidden=8).eval()
    for height, width in ((16, 16), (64, 48), (33, 17)):
        assert network(torch.rand(2, maps, height, width)).shape == (2, 2)
    with pytest.raises(UserError, match="an image of 20 x 15 pixels is below 16 x 16"):
        network(torch.rand(1, maps, 15, 20))


def test_assignment_begins_as_the_softmax_of_distances() -> None:
    torch.manual_seed(0)
    vlad = NetVLAD(dim=5, clusters=3, alpha=2.0)
    centroids = torch.randn(3, 5)  # not of unit length: then the bias matters
    vlad.start(centroids)
    x = normalize(torch.randn(7, 5), dim=1)
    expected = torch.softmax(-2.0 * torch.cdist(x, centroids).square(), dim=1)
    torch.testing.assert_close(torch.softmax(vlad.assign(x), dim=1), expected, rtol=1e-4, atol=1e-6)


def test_vlad_is_its_closed_form() -> None:
    """Two clusters at the axes, hardly any doubt: three features, of which two fall to the first cluster."""
    vlad = NetVLAD(dim=2, clusters=2, alpha=1000.0)
    vlad.start(torch.eye(2))
    tilt = 0.3
    features = torch.tensor([[[2 * math.cos(tilt), 2 * math.sin(tilt)], [1.0, 0.0], [math.sin(0.1), math.cos(0.1)]]])
    first = torch.tensor([math.cos(tilt) - 1, math.sin(tilt)])  # the second feature is the centroid itself
    second = torch.tensor([math.sin(0.1), math.cos(0.1) - 1])
    expected = torch.cat([normalize(first, dim=0), normalize(second, dim=0)]) / math.sqrt(2)
    torch.testing.assert_close(vlad(features, torch.ones(1, 3))[0], expected, rtol=1e-4, atol=1e-5)


def test_vlad_is_the_sum_that_its_equation_states() -> None:
    torch.manual_seed(1)
    vlad = NetVLAD(dim=4, clusters=3, alpha=1.5)
    features, weights = torch.randn(2, 6, 4), torch.rand(2, 6)
    found = vlad(features, weights)
    for image in range(2):
        sums = torch.zeros(3, 4)
        for place in range(6):
            x = features[image, place] / features[image, place].norm()
            shares = torch.softmax(torch.stack([-1.5 * (x - c).square().sum() for c in vlad.centroids]), dim=0)
            for k in range(3):
                sums[k] += weights[image, place] * shares[k] * (x - vlad.centroids[k])
        sums = sums / sums.norm(dim=1, keepdim=True)
        torch.testing.assert_close(found[image], (sums / sums.norm()).flatten(), rtol=1e-3, atol=1e-5)


def test_vlad_has_unit_length_in_every_cluster_and_does_not_know_places() -> None:
    torch.manual_seed(2)
    vlad = NetVLAD(dim=4, clusters=3, alpha=1.0)
    features, weights = torch.randn(2, 6, 4), torch.rand(2, 6)
    found = vlad(features, weights)
    torch.testing.assert_close(found.view(2, 3, 4).norm(dim=2), torch.full((2, 3), 1 / math.sqrt(3)))
    order = torch.randperm(6)
    torch.testing.assert_close(vlad(features[:, order], weights[:, order]), found, rtol=1e-4, atol=1e-6)


def test_attention_is_learned_and_counts() -> None:
    """As a weight of places: a factor on the features would be lost in their normalisation."""
    torch.manual_seed(3)
    for vlad in (True, False):
        network = AttVLAD(width=2, clusters=4, hidden=8, alpha=1.0, vlad=vlad).eval()
        maps = torch.rand(2, 1, 64, 64)
        network(maps)[:, 1].sum().backward()
        assert network.attention.conv.weight.grad is not None
        assert float(network.attention.conv.weight.grad.abs().max()) > 0
        before = network(maps)
        with torch.no_grad():
            network.attention.conv.weight.add_(5 * torch.randn(1, 2, 7, 7))
        assert not torch.allclose(network(maps), before, atol=1e-5)


def test_the_network_is_its_two_halves() -> None:
    network = AttVLAD(width=2, clusters=4).eval()
    maps = torch.rand(2, 1, 48, 48)
    features = network.features(maps)
    assert features.shape == (2, 16, 3, 3)
    assert torch.equal(network.classify(features), network(maps))
