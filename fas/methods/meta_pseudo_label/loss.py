"""The losses of teacher and student. N patches, two classes; logits (N,2) of (attack, live)."""

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy


def soft_labels(logits: Tensor, temperature: float) -> Tensor:
    """softmax(logits / temperature), without gradient: what a network thinks of weak views, (N,2)."""
    return torch.softmax(logits.detach().float() / temperature, dim=1)


def confident(labels: Tensor, threshold: float) -> Tensor:
    """1 where a soft label's greater share reaches the threshold t, else 0: (N,) float."""
    return (labels.amax(dim=1) >= threshold).to(labels.dtype)


def pseudo_label_loss(labels: Tensor, logits: Tensor, threshold: float) -> Tensor:
    """Pseudo-labels (Lee 2013): cross entropy with the more probable class, over confident patches; a mean over all."""
    return (confident(labels, threshold) * cross_entropy(logits, labels.argmax(dim=1), reduction="none")).mean()


def consistency_loss(labels: Tensor, logits: Tensor, threshold: float) -> Tensor:
    """UDA (Xie et al. 2020): cross entropy of strong views with the soft labels of weak ones, over confident patches; a mean over all."""
    return (confident(labels, threshold) * cross_entropy(logits, labels, reduction="none")).mean()


def feedback(old: Tensor, new: Tensor, form: Literal["original", "improved"]) -> Tensor:
    """h, what the student tells the teacher, of its losses on labelled patches before and after its step.

    `improved`: old - new, positive where the student has become better, as first-order theory asks. `original`: its negative.
    """
    return old - new if form == "improved" else new - old


def self_label_loss(logits: Tensor, labels: Literal["hard", "soft"]) -> Tensor:
    """The meta term without its factor h: cross entropy of the teacher's strong views with its own labels, held fixed.

    With soft labels its gradient, softmax - labels, is zero.
    """
    held = logits.detach()
    return cross_entropy(logits, held.argmax(dim=1) if labels == "hard" else torch.softmax(held, dim=1))
