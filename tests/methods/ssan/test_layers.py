import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fas.methods.ssan.layers import AdaINBlock, ClassHead, DepthHead, Discriminator, Style, adain, ellipsoid


@given(st.integers(0, 99), st.integers(1, 3), st.integers(1, 4), st.integers(2, 6))
def test_adain_gives_each_channel_its_mean_and_deviation(seed: int, count: int, channels: int, side: int) -> None:
    """The closed form: mean beta, deviation |gamma|, whatever the content's own were."""
    generator = torch.Generator().manual_seed(seed)
    content = torch.randn(count, channels, side, side, generator=generator, dtype=torch.float64) * 40 + 7
    gamma, beta = torch.randn(2, count, channels, generator=generator, dtype=torch.float64)
    styled = adain(content, gamma, beta)
    mean, variance = styled.mean(dim=(2, 3)), styled.var(dim=(2, 3), correction=0)
    own = content.var(dim=(2, 3), correction=0)
    torch.testing.assert_close(mean, beta, atol=1e-9, rtol=0)
    torch.testing.assert_close(variance, gamma**2 * own / (own + 1e-5), atol=1e-9, rtol=1e-9)


def test_adain_forgets_the_scale_and_offset_of_the_content() -> None:
    content, gamma, beta = torch.randn(2, 3, 8, 8, dtype=torch.float64), torch.rand(2, 3).double(), torch.rand(2, 3).double()
    torch.testing.assert_close(adain(5 * content - 2, gamma, beta), adain(content, gamma, beta), atol=1e-4, rtol=1e-4)


def test_a_block_without_style_is_the_identity() -> None:
    content, zero = torch.randn(2, 4, 5, 5), torch.zeros(2, 4)
    for repo in (False, True):
        assert torch.equal(AdaINBlock(4, repo)(content, zero, zero), content)


def test_the_original_s_block_drops_its_first_convolution_and_normalisation() -> None:
    content, gamma, beta = torch.randn(2, 4, 5, 5), torch.rand(2, 4), torch.rand(2, 4)
    block = AdaINBlock(4, repo=True)
    assert [name for name, _ in block.named_parameters()] == ["second.weight"]
    expected = content + adain(block.second(content.relu()), gamma, beta)
    torch.testing.assert_close(block(content, gamma, beta), expected)
    whole = AdaINBlock(4)
    whole.second.load_state_dict(block.second.state_dict())
    inner = adain(whole.first(content), gamma, beta).relu()  # type: ignore[misc]
    torch.testing.assert_close(whole(content, gamma, beta), content + adain(whole.second(inner), gamma, beta))


@pytest.mark.parametrize("sides", [(16, 8, 4), (6, 6, 6), (14, 7, 4)])
def test_style_reads_levels_that_halve_and_levels_that_do_not(sides: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    levels = [torch.randn(2, channels, side, side) for channels, side in zip((3, 4, 5), sides, strict=True)]
    style = Style((3, 4, 5), 16)
    gamma, beta = style(levels)
    assert gamma.shape == beta.shape == (2, 16)
    alone = style([level[:1] for level in levels])
    torch.testing.assert_close(alone[0], gamma[:1], atol=1e-5, rtol=1e-4)  # instance normalisation: no image sees another
    for number in range(3):
        other = [torch.randn_like(level) if number == index else level for index, level in enumerate(levels)]
        assert not torch.allclose(style(other)[0], gamma)


def test_heads_give_what_they_say() -> None:
    feature, logits = ClassHead(4)(torch.randn(2, 4, 8, 8))
    assert (feature.shape, logits.shape) == ((2, 8), (2, 2))
    feature, depth = DepthHead(4)(torch.randn(2, 4, 8, 8))
    assert (feature.shape, depth.shape) == ((2, 4), (2, 8, 8))
    assert 0 < depth.min().item() < depth.max().item() < 1
    for convolutional in (False, True):
        assert Discriminator(4, 3, convolutional)(torch.randn(2, 4, 8, 8)).shape == (2, 3)


def test_the_depth_of_a_face_is_upright_symmetric_and_nearest_in_the_middle() -> None:
    depth = ellipsoid(33, 33)
    assert torch.allclose(depth, depth.flip(0), atol=1e-6)
    assert torch.allclose(depth, depth.flip(1), atol=1e-6)
    assert depth.max() == depth[16, 16] == 1
    assert depth[0, 0] == depth[0, -1] == 0
    assert (depth > 0).sum(dim=0).max() > (depth > 0).sum(dim=1).max()
