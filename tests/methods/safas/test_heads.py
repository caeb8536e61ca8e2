from itertools import pairwise

import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.nn.functional import cosine_similarity, normalize

from fas.methods.safas.heads import Heads, align, farthest, live_score, smallest_cosine


def heads(count: int, seed: int = 0, features: int = 6) -> Heads:
    built = Heads(features, count)
    with torch.no_grad():
        built.linear.weight.copy_(torch.randn(count, features, generator=torch.Generator().manual_seed(seed)))
    return built


def test_the_farthest_head_has_the_smallest_cosine() -> None:
    directions = torch.tensor([[1.0, 0.0], [2.0, 1.0], [-1.0, 0.1], [0.0, 5.0]])
    assert farthest(directions).tolist() == [2, 2, 0, 0]
    for e, far in enumerate(farthest(directions).tolist()):
        others = [float(cosine_similarity(directions[e], directions[k], dim=0)) for k in range(4) if k != e]
        assert float(cosine_similarity(directions[e], directions[far], dim=0)) == min(others)


@given(st.integers(0, 999), st.integers(2, 5), st.floats(0.5, 0.999))
def test_alignment_keeps_lengths_and_brings_each_head_nearer_to_its_farthest(seed: int, count: int, alpha: float) -> None:
    one = heads(count, seed)
    before, bias, far = one.directions.detach().clone(), one.linear.bias.detach().clone(), farthest(one.directions)
    assume(float(smallest_cosine(one)) > -0.99)
    align(one, alpha)
    after = one.directions.detach()
    torch.testing.assert_close(after.norm(dim=1), before.norm(dim=1))
    assert torch.equal(one.linear.bias, bias)
    assert (cosine_similarity(after, before[far]) > cosine_similarity(before, before[far])).all()
    expected = normalize(alpha * normalize(before[0], dim=0) + (1 - alpha) * normalize(before[far[0]], dim=0), dim=0)
    torch.testing.assert_close(normalize(after[0], dim=0), expected)


def test_two_heads_meet_and_one_is_left_alone() -> None:
    two = heads(2, seed=3)
    apart = []
    for _ in range(400):
        apart.append(float(smallest_cosine(two)))
        align(two, 0.99)
    assert all(now > before - 1e-6 for before, now in pairwise(apart))
    assert apart[-1] > 0.99
    one = heads(1)
    before = one.directions.detach().clone()
    align(one, 0.9)
    assert torch.equal(one.directions, before)
    torch.testing.assert_close(smallest_cosine(one), torch.tensor(1.0))


def test_the_score_is_the_mean_of_the_heads() -> None:
    assert live_score(torch.tensor([[0.0, 0.0, 0.0], [50.0, 50.0, -50.0]])).tolist() == [0.5, torch.tensor(2 / 3).item()]
