import pytest
import torch
from torch.nn.functional import cosine_similarity

from fas.methods.ssan.layers import ellipsoid
from fas.methods.ssan.loss import class_loss, contrastive, depth_loss


@pytest.mark.parametrize(
    ("live", "partner", "sign"), [(True, True, -1.0), (True, False, 1.0), (False, True, 1.0), (False, False, -1.0)], ids=str
)
def test_a_style_of_the_own_class_attracts_and_one_of_the_other_repels(live: bool, partner: bool, sign: float) -> None:
    own, mixed = torch.randn(2, 1, 6)
    expected = sign * cosine_similarity(own, mixed, dim=1)[0]
    torch.testing.assert_close(contrastive(own, mixed, torch.tensor([live]), torch.tensor([partner])), expected)


def test_the_contrast_is_a_mean_over_the_batch() -> None:
    own, mixed = torch.randn(2, 3, 6)
    live, partner = torch.tensor([True, True, False]), torch.tensor([True, False, True])
    each = [contrastive(own[i : i + 1], mixed[i : i + 1], live[i : i + 1], partner[i : i + 1]) for i in range(3)]
    torch.testing.assert_close(contrastive(own, mixed, live, partner), torch.stack(each).mean())


def test_no_gradient_goes_through_the_anchor() -> None:
    own, mixed = (torch.randn(4, 6, requires_grad=True) for _ in range(2))
    contrastive(own, mixed, torch.ones(4, dtype=torch.bool), torch.ones(4, dtype=torch.bool)).backward()
    assert own.grad is None
    assert mixed.grad is not None
    assert mixed.grad.abs().max() > 0


def test_depth_and_class_are_right_where_they_should_be() -> None:
    live = torch.tensor([True, False])
    right = torch.stack([ellipsoid(8, 8), torch.zeros(8, 8)])
    assert depth_loss(right, live) == 0
    torch.testing.assert_close(depth_loss(right.flip(0), live), ellipsoid(8, 8).square().mean())
    certain = torch.tensor([[-50.0, 50.0], [50.0, -50.0]])
    assert class_loss(certain, live) < 1e-6
    assert class_loss(certain, ~live) > 1
