from itertools import product

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from fas.methods.meta_pseudo_label.loss import (
    confident,
    consistency_loss,
    feedback,
    pseudo_label_loss,
    self_label_loss,
    soft_labels,
)

seeds = st.integers(0, 10_000)


def logits_of(seed: int, count: int = 6) -> Tensor:
    return torch.randn(count, 2, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@given(seeds)
def test_soft_self_labels_teach_nothing_and_hard_ones_do(seed: int) -> None:
    logits = logits_of(seed).requires_grad_()
    (soft,) = torch.autograd.grad(self_label_loss(logits, "soft"), logits)
    torch.testing.assert_close(soft, torch.zeros_like(soft), atol=1e-12, rtol=0)
    (hard,) = torch.autograd.grad(self_label_loss(logits, "hard"), logits)
    assert (hard.abs() > 0).all()
    assert (hard.gather(1, logits.argmax(dim=1, keepdim=True)) < 0).all()  # a step makes the teacher surer of its labels


@given(st.floats(0, 10), st.floats(0, 10))
def test_h_is_positive_exactly_if_the_labelled_loss_dropped(old: float, new: float) -> None:
    improved = feedback(torch.tensor(old), torch.tensor(new), "improved")
    assert (improved > 0).item() == (torch.tensor(new) < torch.tensor(old)).item()
    assert feedback(torch.tensor(old), torch.tensor(new), "original") == -improved


@given(seeds, st.sampled_from([0.5, 1.0, 2.0]))
def test_soft_labels_are_probabilities_without_gradient(seed: int, temperature: float) -> None:
    logits = logits_of(seed).requires_grad_()
    labels = soft_labels(logits, temperature)
    assert not labels.requires_grad
    torch.testing.assert_close(labels.sum(dim=1), torch.ones(len(logits)))
    assert (labels.argmax(dim=1) == logits.argmax(dim=1)).all()


def test_a_lower_temperature_is_surer() -> None:
    logits = torch.tensor([[0.0, 1.0]])
    assert soft_labels(logits, 0.5).max() > soft_labels(logits, 1.0).max() > soft_labels(logits, 2.0).max()


def test_only_confident_patches_count() -> None:
    labels = torch.tensor([[0.1, 0.9], [0.45, 0.55], [0.6, 0.4]])
    assert confident(labels, 0.6).tolist() == [1, 0, 1]
    assert confident(labels, 0.0).tolist() == [1, 1, 1]
    logits = torch.zeros(3, 2)
    log2 = float(torch.log(torch.tensor(2.0)))
    for loss in (pseudo_label_loss, consistency_loss):
        assert loss(labels, logits, 0.6).item() == pytest.approx(2 / 3 * log2)
        assert loss(labels, logits, 0.95).item() == 0


@given(st.lists(st.tuples(st.floats(-100, 100, width=32), st.floats(-100, 100, width=32)), min_size=1), st.floats(0.1, 2))
def test_of_two_classes_a_threshold_of_one_half_leaves_nothing_out(logits: list[tuple[float, float]], temperature: float) -> None:
    """So t = 0.5 trains as t = 0 does."""
    labels = soft_labels(torch.tensor(logits), temperature)
    assert confident(labels, 0.5).equal(confident(labels, 0.0))
    assert confident(labels, 0.5).all()


@given(seeds)
def test_consistency_is_least_where_the_views_agree(seed: int) -> None:
    logits = logits_of(seed).float()
    labels = soft_labels(logits, 1.0)
    agreed = logits.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(consistency_loss(labels, agreed, 0.0), agreed)
    torch.testing.assert_close(gradient, torch.zeros_like(gradient), atol=1e-6, rtol=0)


class Toy(nn.Module):
    """Two layers on three numbers, in double precision."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.layers = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2)).double()

    def forward(self, values: Tensor) -> Tensor:
        return self.layers(values)


RATE = 0.3


def labelled_losses(student: Toy, unlabelled: Tensor, labels: Tensor, labelled: Tensor, truth: Tensor) -> tuple[Tensor, Tensor]:
    """The student's labelled loss before and after one step on pseudo-labels."""
    weights = dict(student.named_parameters())
    gradients = torch.autograd.grad(cross_entropy(student(unlabelled), labels), list(weights.values()))
    moved = {name: weight - RATE * gradient for (name, weight), gradient in zip(weights.items(), gradients, strict=True)}
    with torch.no_grad():
        return cross_entropy(student(labelled), truth), cross_entropy(functional_call(student, moved, (labelled,)), truth)


def outcomes(teacher: Toy, unlabelled: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Every labelling of the unlabelled values, and its probability under the teacher."""
    shares = torch.softmax(teacher(unlabelled), dim=1)
    labellings = [torch.tensor(labels) for labels in product((0, 1), repeat=len(unlabelled))]
    return [(labels, shares.gather(1, labels[:, None]).prod()) for labels in labellings]


@pytest.mark.parametrize("form", ["improved", "original"])
@pytest.mark.parametrize("baseline", [0.0, 0.05])
def test_the_meta_term_is_the_gradient_of_the_students_loss(form: str, baseline: float) -> None:
    """With labels drawn from the teacher, the mean of h * CE(label, T(x)) over all draws, times their number, has the gradient of the
    student's expected labelled loss after its step, which finite differences give; the original form has its negative. A baseline
    changes nothing. (In training the most probable labels take the place of drawn ones: that of the weak view teaches the student, that
    of the strong view is the term's.)"""
    teacher, student = Toy(1), Toy(2)
    random = torch.Generator().manual_seed(3)
    unlabelled, labelled = (torch.randn(count, 3, generator=random, dtype=torch.float64) for count in (3, 5))
    truth = torch.tensor([0, 1, 1, 0, 1])

    def expected() -> float:
        seen = [share * labelled_losses(student, unlabelled, labels, labelled, truth)[1] for labels, share in outcomes(teacher, unlabelled)]
        return torch.stack(seen).sum().item()

    weights = list(teacher.parameters())
    total = torch.zeros((), dtype=torch.float64)
    for labels, share in outcomes(teacher, unlabelled):
        h = feedback(*labelled_losses(student, unlabelled, labels, labelled, truth), form) - baseline
        total = total + share.detach() * h * cross_entropy(teacher(unlabelled), labels)
    gradients = torch.autograd.grad(len(unlabelled) * total, weights)
    sign, small = (1 if form == "improved" else -1), 1e-6
    for weight, gradient in zip(weights, gradients, strict=True):
        flat = weight.data.view(-1)
        for place in range(len(flat)):
            flat[place] += small
            above = expected()
            flat[place] -= 2 * small
            below = expected()
            flat[place] += small
            assert sign * gradient.reshape(-1)[place].item() == pytest.approx((above - below) / (2 * small), abs=1e-8)


def test_for_hard_labels_the_meta_term_is_the_self_label_loss() -> None:
    logits = logits_of(5)
    assert self_label_loss(logits, "hard") == cross_entropy(logits, logits.argmax(dim=1))
