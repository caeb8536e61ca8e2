import pytest
import torch
from torch import nn

from fas.backbones.build import build
from fas.backbones.oanet import GuidedBlock, OANet
from fas.backbones.params import BackboneParams
from fas.backbones.vit import Vit

SIZES = {"size": 32, "cue_size": 64, "cue_width": 4, "transformer": {"layers": 3, "heads": 2, "hidden": 8, "mlp": 16}}


def parameters(module: nn.Module) -> int:
    return sum(one.numel() for one in module.parameters())


def pair() -> tuple[Vit, OANet]:
    """A Vision Transformer and an OA-Net with its weights."""
    plain = build(BackboneParams.model_validate({"name": "vit", **SIZES})).eval()
    guided = build(BackboneParams.model_validate({"name": "oanet", "cue": "dfg", **SIZES})).eval()
    assert isinstance(plain, Vit)
    assert isinstance(guided, OANet)
    missing, unexpected = guided.load_state_dict(plain.state_dict(), strict=False)
    assert not unexpected
    assert all(name.startswith("cue_encoder.") or "cross" in name for name in missing)
    return plain, guided


def test_oanet_is_at_first_exactly_the_plain_transformer() -> None:
    plain, guided = pair()
    images, cues = torch.randn(3, 3, 32, 32), 100 * torch.randn(3, 3, 64, 64)
    for ours, theirs in zip(guided(images, cues), plain(images), strict=True):
        pairs = zip(ours, theirs, strict=True)
        assert all(torch.equal(one, other) for one, other in pairs)


def test_the_first_step_already_moves_what_the_cue_says() -> None:
    """The projection is zero, its gradient is not."""
    _, guided = pair()
    images, cues = torch.randn(3, 3, 32, 32), torch.randn(3, 3, 64, 64)
    guided(images, cues).vector.square().sum().backward()
    assert all(block.cross_attention.out_proj.weight.grad.abs().max() > 0 for block in guided.vit.encoder.layers)


def test_a_layer_of_vit_b_gains_1970688_parameters() -> None:
    """methods.md 3.4: layer normalisation, queries and output 768 to 768, keys and values 512 to 768."""
    block = GuidedBlock(hidden=768, heads=12, mlp=3072, cue=512)
    added = [one for name, one in block.named_parameters() if "cross" in name]
    assert sum(one.numel() for one in added) == 1_970_688
    assert not block.cross_attention.out_proj.weight.any()
    assert not block.cross_attention.out_proj.bias.any()


@pytest.mark.parametrize(("size", "width", "stages", "shape"), [(256, 64, 4, (64, 512)), (256, 8, 3, (256, 32)), (64, 8, 4, (4, 64))])
def test_cue_tokens(size: int, width: int, stages: int, shape: tuple[int, int]) -> None:
    """64 tokens of 512 at the paper's 256 pixels."""
    values = {"name": "oanet", "cue": "dfg", **SIZES, "cue_size": size, "cue_width": width, "cue_stages": stages}
    network = build(BackboneParams.model_validate(values))
    assert isinstance(network, OANet)
    assert network.cue_tokens(torch.randn(2, 3, size, size)).shape == (2, *shape)


def test_attention_is_a_share_for_every_place_of_the_cue() -> None:
    _, guided = pair()
    images, cues = torch.randn(2, 3, 32, 32), torch.randn(2, 3, 64, 64)
    before = guided(images, cues).vector
    attention = guided.attention(images, cues)
    assert attention.shape == (2, 2, 2)
    torch.testing.assert_close(attention.sum(dim=(1, 2)), torch.ones(2))
    assert (attention >= 0).all()
    assert torch.equal(guided(images, cues).vector, before)
