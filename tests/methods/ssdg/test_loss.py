import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fas.methods.ssdg.loss import adversarial_loss, asymmetric_classes, distances, triplet_loss

LIVE = torch.tensor([True, False, True, False, False])
DOMAIN = torch.tensor([0, 0, 2, 2, 1])


def test_live_faces_are_one_class_and_attacks_one_a_domain() -> None:
    assert asymmetric_classes(LIVE, DOMAIN).tolist() == [0, 1, 0, 3, 2]


def written_out(features: torch.Tensor, classes: torch.Tensor, margin: float) -> float:
    losses = []
    for anchor in range(len(classes)):
        for positive in range(len(classes)):
            for negative in range(len(classes)):
                if anchor != positive and classes[anchor] == classes[positive] != classes[negative]:
                    near = (features[anchor] - features[positive]).norm()
                    far = (features[anchor] - features[negative]).norm()
                    losses.append(float(near - far + margin))
    violating = [loss for loss in losses if loss > 0]
    return sum(violating) / max(1, len(violating))


@given(st.integers(0, 2**31), st.lists(st.integers(0, 3), min_size=1, max_size=8), st.floats(0, 1))
def test_batch_all_is_the_mean_over_violating_triplets(seed: int, classes: list[int], margin: float) -> None:
    features = torch.randn(len(classes), 4, generator=torch.Generator().manual_seed(seed))
    found = triplet_loss(features, torch.tensor(classes), margin)
    assert float(found) == pytest.approx(written_out(features, torch.tensor(classes), margin), abs=1e-5)


def test_closed_forms() -> None:
    """Two classes on two points: far apart nothing violates, at one point every triplet costs the margin."""
    classes = torch.tensor([0, 0, 1, 1])
    apart = torch.tensor([[0.0], [0.0], [3.0], [3.0]])
    assert float(triplet_loss(apart, classes, 0.1)) == 0
    assert float(triplet_loss(torch.zeros(4, 2), classes, 0.1)) == pytest.approx(0.1)
    swapped = torch.tensor([[0.0], [3.0], [0.0], [3.0]])  # positives 3 away, negatives 0 and 3
    assert float(triplet_loss(swapped, classes, 0.1)) == pytest.approx((3.1 + 0.1) / 2)


def test_the_gradient_is_finite_where_features_are_equal() -> None:
    features = torch.zeros(4, 3, requires_grad=True)
    triplet_loss(features, torch.tensor([0, 0, 1, 1]), 0.1).backward()
    assert torch.isfinite(features.grad).all()


def test_distances_are_euclidean() -> None:
    features = torch.tensor([[0.0, 0.0], [3.0, 4.0]])
    assert distances(features).tolist() == [[0, 5], [5, 0]]


def test_a_discriminator_that_knows_nothing_costs_the_logarithm_of_the_domains() -> None:
    assert float(adversarial_loss(torch.zeros(6, 3), torch.tensor([0, 1, 2, 0, 1, 2]))) == pytest.approx(1.0986, abs=1e-4)
