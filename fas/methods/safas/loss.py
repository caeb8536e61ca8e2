"""The losses of SA-FAS: a binary cross entropy per domain, and supervised contrast between groups of one domain and class."""

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, normalize, one_hot


def domain_bce(logits: Tensor, live: Tensor, head: Tensor) -> Tensor:
    """The mean over domains of each head's binary cross entropy on the faces that train it.

    Args:
        logits: (N,E), one column per head.
        live: (N,) bool.
        head: (N,) int64 in [0, E): the head that a face trains. A head without a face in the batch does not count.
    """
    own = logits.gather(1, head[:, None])[:, 0]
    each = binary_cross_entropy_with_logits(own, live.to(own), reduction="none")
    member = one_hot(head, logits.shape[1]).to(each)
    counts = member.sum(dim=0)
    means = (each[:, None] * member).sum(dim=0) / counts.clamp_min(1)
    return means.sum() / (counts > 0).sum()


def supervised_contrast(features: Tensor, group: Tensor, temperature: float, base_temperature: float) -> Tensor:
    """-(T / T_base) times the mean, over anchors and each one's positives, of log softmax over all others of z_i z_j / T.

    z are the features at unit length; the positives of an anchor are all others of its group (Khosla et al. 2020, equation 2).

    Args:
        features: (N,D), both views of every face among them, so that each anchor has a positive.
        group: (N,) int64: domain and class.
    """
    unit = normalize(features.float(), dim=1)
    itself = torch.eye(len(unit), dtype=torch.bool, device=unit.device)
    similar = (unit @ unit.T / temperature).masked_fill(itself, -torch.inf)
    log_share = (similar - similar.logsumexp(dim=1, keepdim=True)).masked_fill(itself, 0.0)
    positive = (group[:, None] == group[None]) & ~itself
    mean = (log_share * positive).sum(dim=1) / positive.sum(dim=1).clamp_min(1)
    return -temperature / base_temperature * mean.mean()
