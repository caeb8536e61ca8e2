from itertools import product

import pytest
import torch
from torch import Tensor

from fas.compute import prepare
from fas.config import Runtime
from fas.methods.lgsc.loss import LgscLoss, hinge_loss, regression_loss, triplet_loss, triplets
from fas.methods.lgsc.model import auxiliary, cue_magnitude, networks
from fas.methods.lgsc.params import LgscParams


def triplets_by_hand(vectors: Tensor, live: Tensor, margin: float) -> list[float]:
    """What each violating triplet costs."""
    unit = vectors / vectors.norm(dim=1, keepdim=True)
    losses = []
    for a, p, n in product(range(len(live)), repeat=3):
        if live[a] and live[p] and a != p and not live[n]:
            losses.append(float((unit[a] - unit[p]).norm() - (unit[a] - unit[n]).norm() + margin))
    return [loss for loss in losses if loss > 0]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("margin", [0.0, 0.5])
def test_triplets_are_those_of_a_count_by_hand(seed: int, margin: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(9, 6, generator=generator)
    live = torch.tensor([True, False, True, True, False, False, True, False, True])
    by_hand = triplets_by_hand(vectors, live, margin)
    losses, violating = triplets(vectors, live, margin)
    assert losses.shape == violating.shape == (5, 5, 4)
    assert int(violating.sum()) == len(by_hand) > 0
    assert float(triplet_loss(vectors, live, margin)) == pytest.approx(sum(by_hand) / len(by_hand), abs=1e-5)


@pytest.mark.parametrize(("lives", "attacks"), [(2, 1), (3, 4), (16, 16)])
def test_every_valid_triplet_violates_a_wide_margin(lives: int, attacks: int) -> None:
    live = torch.arange(lives + attacks) < lives
    _, violating = triplets(torch.randn(lives + attacks, 3), live, 2.1)
    assert int(violating.sum()) == lives * (lives - 1) * attacks


def test_triplet_loss_of_separated_classes_is_zero() -> None:
    vectors = torch.tensor([[1.0, 0.0], [2.0, 0.0], [-3.0, 0.0], [-1.0, 0.0]], requires_grad=True)
    loss = triplet_loss(vectors, torch.tensor([True, True, False, False]), 0.5)
    assert float(loss.detach()) == 0.0


def test_coinciding_vectors_cost_the_margin_and_have_finite_gradients() -> None:
    vectors = torch.ones(6, 4, requires_grad=True)
    loss = triplet_loss(vectors, torch.tensor([True, True, True, False, False, False]), 0.5)
    loss.backward()
    assert float(loss.detach()) == pytest.approx(0.5)
    assert vectors.grad is not None
    assert torch.isfinite(vectors.grad).all()


@pytest.mark.parametrize("live", [[True, False, False], [True, True, True], [False, False, False]])
def test_no_triplet_without_two_live_images_and_an_attack(live: list[bool]) -> None:
    vectors = torch.randn(3, 4, requires_grad=True)
    loss = triplet_loss(vectors, torch.tensor(live), 0.5)
    loss.backward()
    assert float(loss.detach()) == 0.0
    assert vectors.grad is not None
    assert torch.count_nonzero(vectors.grad) == 0


def test_live_regression_leaves_attacks_alone() -> None:
    cue = torch.full((4, 3, 2, 2), 0.25, requires_grad=True)
    live = torch.tensor([True, False, True, False])
    loss = regression_loss(cue, live)
    loss.backward()
    assert float(loss.detach()) == pytest.approx(0.25)
    assert cue.grad is not None
    assert torch.count_nonzero(cue.grad[~live]) == 0
    torch.testing.assert_close(cue.grad[live], torch.full((2, 3, 2, 2), 1 / (2 * 12)))


def test_regression_on_both_wants_an_all_one_cue_of_attacks() -> None:
    live = torch.tensor([True, False])
    assert float(regression_loss(torch.stack([torch.zeros(3, 2, 2), torch.ones(3, 2, 2)]), live, both=True)) == 0.0
    assert float(regression_loss(torch.stack([torch.ones(3, 2, 2), -torch.ones(3, 2, 2)]), live, both=True)) == pytest.approx(1.5)


def test_hinge_pushes_weak_attacks_only() -> None:
    cue = torch.zeros(3, 3, 2, 2)
    cue[0], cue[1] = 0.05, -0.3
    live = torch.tensor([False, False, True])
    assert float(hinge_loss(cue, live, 0.2)) == pytest.approx((0.15 + 0.0) / 2)


def test_total_is_the_weighted_sum() -> None:
    cue = torch.rand(4, 3, 2, 2)
    maps = {level: torch.randn(4, 5, 2, 2) for level in ("E5", "D1", "D2", "D3", "D4")}
    logits, live = torch.randn(4, 2), torch.tensor([True, False, True, False])
    terms = LgscLoss(LgscParams(regression_weight=2.0, triplet_weight=3.0, auxiliary_weight=4.0, hinge_weight=0.5))(cue, maps, logits, live)
    expected = 2 * terms["regression"] + 3 * terms["triplet"] + 4 * terms["auxiliary"] + 0.5 * terms["hinge"]
    torch.testing.assert_close(terms["loss"], expected)


def test_a_term_of_no_weight_is_not_reported() -> None:
    params = LgscParams(triplet_weight=0.0, hinge_weight=0.0)
    terms = LgscLoss(params)(torch.rand(2, 3, 2, 2), {}, None, torch.tensor([True, False]))
    assert set(terms) == {"loss", "regression"}


def test_overfitted_on_a_few_pictures_the_live_cue_is_zero_and_the_attacks_is_not() -> None:
    """Eq. 9 and nothing else: plain pictures are live, striped ones attacks."""
    prepare(Runtime())  # one thread
    params = LgscParams(width=4, patch=32, dropout=0.0, hinge_weight=0.0)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        built = networks(params)
        images, live = torch.rand(4, 3, 1, 1).expand(4, 3, 32, 32) / 2, torch.tensor([True, False, True, False])
    images = torch.where(live[:, None, None, None], images, images + 0.4 * (torch.arange(32) % 2 * 2 - 1))
    optimizer = torch.optim.Adam([weight for network in built.values() for weight in network.parameters()], lr=0.02)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=80)
    loss = LgscLoss(params)
    magnitudes = []
    for _ in range(80):
        cue, maps = built["generator"](images)
        optimizer.zero_grad()
        loss(cue, maps, auxiliary(built, images, cue, params), live)["loss"].backward()
        optimizer.step()
        schedule.step()
        magnitudes.append(cue_magnitude(cue.detach()))
    assert magnitudes[0][live].min() > 0.1
    assert magnitudes[-1][live].max() < 0.03
    assert magnitudes[-1][~live].min() > 0.1
