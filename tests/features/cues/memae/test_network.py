"""The memory: what its equations say."""

import torch

from fas.features.cues.memae.network import Memae, Memory, entropy
from fas.features.cues.memae.params import MemaeParams


def memory(items: int = 7, width: int = 5, shrink: float = 0.0) -> Memory:
    torch.manual_seed(0)
    return Memory(items, width, shrink)


def queries(count: int = 9, width: int = 5) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(1))


def test_parameters_in_closed_form() -> None:
    params = MemaeParams(size=32, channels=[4, 8], memory=11)
    coder = 16 * 3 * 4 + 2 * 4 + 16 * 4 * 8 + 2 * 8  # two convolutions without bias, two batch norms
    back = 16 * 8 * 4 + 2 * 4 + 16 * 4 * 3 + 3
    assert sum(weight.numel() for weight in Memae(params).parameters()) == coder + 11 * 8 + back


def test_weights_are_convex_whatever_is_cut() -> None:
    for shrink in (0.0, 1 / 7, 0.16):
        answers, weights = memory(shrink=shrink)(queries())
        assert (weights >= 0).all()
        torch.testing.assert_close(weights.sum(dim=1), torch.ones(9))
        torch.testing.assert_close(answers, weights @ memory().items)


def test_shrinking_cuts_what_is_below_and_keeps_the_rest_in_proportion() -> None:
    _, plain = memory()(queries())
    _, cut = memory(shrink=1 / 7)(queries())
    assert ((cut == 0) == (plain <= 1 / 7)).all()
    kept = torch.where(plain > 1 / 7, plain, 0)
    torch.testing.assert_close(cut, kept / kept.sum(dim=1, keepdim=True))


def test_a_query_s_length_is_no_matter() -> None:
    torch.testing.assert_close(memory()(queries())[0], memory()(3 * queries())[0])


def test_without_shrinking_it_is_the_softmax_of_cosines() -> None:
    _, weights = memory()(queries())
    cosines = torch.cosine_similarity(queries()[:, None], memory().items[None], dim=2)
    torch.testing.assert_close(weights, cosines.softmax(dim=1))


def test_entropy_is_0_for_one_prototype_and_log_n_for_all_alike() -> None:
    assert entropy(torch.eye(4)) < 1e-6
    torch.testing.assert_close(entropy(torch.full((2, 4), 0.25)), torch.tensor(4.0).log())


def test_each_place_of_the_map_asks_for_itself() -> None:
    """Pictures in another order are reconstructed in that order."""
    network = Memae(MemaeParams(size=16, channels=[4, 4], memory=5)).eval()
    pictures = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(2)) * 2 - 1
    whole, turned = network(pictures)[0], network(pictures.flip(0))[0]
    assert whole.shape == pictures.shape
    torch.testing.assert_close(turned, whole.flip(0))
