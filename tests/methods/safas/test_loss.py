import math

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import binary_cross_entropy_with_logits, normalize

from fas.methods.safas.loss import domain_bce, supervised_contrast


def by_hand(features: torch.Tensor, group: list[int], temperature: float, base: float) -> float:
    """The definition, anchor by anchor and positive by positive."""
    z = normalize(features, dim=1).tolist()

    def similar(i: int, j: int) -> float:
        return math.exp(sum(a * b for a, b in zip(z[i], z[j], strict=True)) / temperature)

    total = 0.0
    for i in range(len(z)):
        others = sum(similar(i, j) for j in range(len(z)) if j != i)
        positives = [math.log(similar(i, j) / others) for j in range(len(z)) if j != i and group[j] == group[i]]
        total += sum(positives) / len(positives)
    return -temperature / base * total / len(z)


@given(st.integers(0, 999), st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_supervised_contrast_is_its_definition(seed: int, labels: list[int]) -> None:
    group = labels * 2  # two views of each face
    features = torch.randn(len(group), 5, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    computed = supervised_contrast(features, torch.tensor(group), 0.1, 0.07)
    assert math.isclose(float(computed), by_hand(features, group, 0.1, 0.07), rel_tol=1e-4, abs_tol=1e-4)


def test_supervised_contrast_falls_as_groups_gather() -> None:
    group = torch.tensor([0, 0, 1, 1])
    apart = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    mixed = apart[[0, 2, 1, 3]]
    assert supervised_contrast(apart, group, 0.1, 0.07) < supervised_contrast(mixed, group, 0.1, 0.07)
    torch.testing.assert_close(supervised_contrast(9 * apart, group, 0.1, 0.07), supervised_contrast(apart, group, 0.1, 0.07))


def test_a_face_trains_its_head_alone_and_every_head_counts_once() -> None:
    logits = torch.randn(5, 3, requires_grad=True)
    live, head = torch.tensor([True, False, True, True, False]), torch.tensor([0, 0, 0, 1, 0])
    loss = domain_bce(logits, live, head)
    first = binary_cross_entropy_with_logits(logits[[0, 1, 2, 4], 0], live[[0, 1, 2, 4]].float())
    second = binary_cross_entropy_with_logits(logits[3, 1], torch.tensor(1.0))
    torch.testing.assert_close(loss, (first + second) / 2)  # the third head has no face in this batch
    loss.backward()
    assert logits.grad is not None
    assert {tuple(place) for place in logits.grad.nonzero().tolist()} == {(0, 0), (1, 0), (2, 0), (4, 0), (3, 1)}
