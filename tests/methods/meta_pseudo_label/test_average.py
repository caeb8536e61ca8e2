import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from fas.methods.meta_pseudo_label.average import Average, Baseline, measuring


def network() -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Dropout(0.5), nn.Linear(4, 2))


def moved(net: nn.Sequential, by: float) -> nn.Sequential:
    with torch.no_grad():
        for one in [*net.parameters(), net[1].running_mean, net[1].running_var]:
            one.add_(by)
    return net


def test_the_first_update_copies_and_later_ones_move() -> None:
    net = network()
    average = Average(net, 0.9)
    average.update(moved(net, 1.0))
    assert all(torch.equal(own, value) for own, value in zip(average.network.parameters(), net.parameters(), strict=True))
    first = [one.clone() for one in (*average.network.parameters(), average.network[1].running_var)]
    average.update(moved(net, 1.0))
    for own, before in zip((*average.network.parameters(), average.network[1].running_var), first, strict=True):
        torch.testing.assert_close(own, before + 0.1)
    assert int(average.updates) == 2


def test_without_memory_it_is_the_network() -> None:
    net = network()
    average = Average(net, 0.0)
    for _ in range(3):
        average.update(moved(net, 0.3))
    assert torch.equal(average.network[3].weight, net[3].weight)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=6), st.floats(0, 0.99))
def test_the_baseline_is_the_average_of_what_came_before(values: list[float], decay: float) -> None:
    baseline, before = Baseline(decay), 0.0
    for value in values:
        assert baseline.subtracted(torch.tensor(value)).item() == pytest.approx(value - before, abs=1e-5)
        before = decay * before + (1 - decay) * value


def test_measuring_leaves_no_trace_and_drops_nothing() -> None:
    net = network().train()
    state = {name: value.clone() for name, value in net.state_dict().items() if name != "1.num_batches_tracked"}
    values = torch.randn(8, 3)
    with measuring(net):
        assert torch.equal(net(values), net(values))
        assert net[1].training
    assert all(torch.equal(net.state_dict()[name], value) for name, value in state.items())
    assert net[2].training
    assert net[1].momentum == 0.1
    assert not torch.equal(net(values), net(values))
