import pytest
import torch
from torch import Tensor, nn

from fas.backbones.build import KINDS, build
from fas.backbones.params import BackboneParams
from fas.errors import UserError
from fas.schema import parse

TRANSFORMER = {"patch": 16, "layers": 3, "heads": 2, "hidden": 8, "mlp": 16}
TINY = {"cue": "dfg", "size": 32, "cue_size": 64, "width": 4, "cue_width": 4, "transformer": TRANSFORMER}
MAPS = {"resnet18": 1, "maddg": 1, "vit": 2, "residual": 2, "dual": 2, "oanet": 2}  # sides of the last map at 32 pixels


def tiny(name: str, **values: object) -> BackboneParams:
    return BackboneParams.model_validate({"name": name, **TINY, **values})


def seen(params: BackboneParams, count: int = 2) -> tuple[Tensor, Tensor]:
    return torch.randn(count, 3, params.size, params.size), torch.randn(count, 3, params.cue_side, params.cue_side)


@pytest.mark.parametrize("name", KINDS)
def test_a_backbone_is_as_wide_as_it_says(name: str) -> None:
    params = tiny(name)
    backbone = build(params)
    vector, last, levels = backbone(*seen(params))
    assert vector.shape == (2, backbone.width)
    assert last.shape == (2, backbone.channels, MAPS[name], MAPS[name])
    assert tuple(level.shape[1] for level in levels) == backbone.level_channels
    assert len(levels) == 3
    assert backbone.sees_cue == params.sees_cue


@pytest.mark.parametrize("name", KINDS)
def test_an_image_s_features_depend_on_what_the_backbone_sees(name: str) -> None:
    params = tiny(name)
    backbone = build(params).eval()
    images, cues = seen(params)
    if name == "oanet":  # asks nothing of the cue at first
        for block in backbone.vit.encoder.layers:
            nn.init.normal_(block.cross_attention.out_proj.weight)
    before = backbone(images, cues).vector
    assert torch.equal(before, backbone(images, cues + 1).vector) == (name not in ("residual", "dual", "oanet"))
    assert torch.equal(before, backbone(images + 1, cues).vector) == (name == "residual")


@pytest.mark.parametrize("name", ["residual", "dual", "oanet"])
def test_a_backbone_that_sees_a_cue_wants_one(name: str) -> None:
    with pytest.raises(ValueError, match="hand it cues"):
        build(tiny(name))(torch.randn(1, 3, 32, 32))
    with pytest.raises(UserError, match=f"cue: backbone '{name}' sees a residual: name its cue maker"):
        parse(BackboneParams, {"name": name, **TINY, "cue": ""}, "here")


def test_resnet18_ends_where_it_is_told() -> None:
    """Three stages, as SSAN-R has them: the last map is layer3's, the third level."""
    params = tiny("resnet18", stages=3, size=64)
    backbone = build(params)
    _, last, levels = backbone(torch.randn(1, 3, 64, 64))
    assert last.shape == (1, 16, 4, 4)
    assert torch.equal(last, levels[2])
    assert not any(name.startswith("encoder.layer4") for name, _ in backbone.named_parameters())


def test_resnet18_is_torchvision_s() -> None:
    """11,176,512 parameters: torchvision's 11,689,512 less the head of 1,000 classes."""
    assert sum(one.numel() for one in build(BackboneParams()).parameters()) == 11_176_512


def test_maddg_has_its_ten_convolutions_and_three_more() -> None:
    backbone = build(BackboneParams(name="maddg", size=64))
    shapes = [(m.in_channels, m.out_channels) for m in backbone.modules() if isinstance(m, nn.Conv2d)]
    block = [(128, 196), (196, 128)]
    assert shapes == [(3, 64), (64, 128), *block, *2 * [(128, 128), *block], (128, 128), (128, 256), (256, 512)]
    first, second, third = backbone(torch.randn(1, 3, 64, 64)).levels
    assert [level.shape[1:] for level in (first, second, third)] == [(128, 32, 32), (128, 16, 16), (128, 8, 8)]


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"heads": 3}, "transformer: heads: 3 do not divide hidden, 8"),
        ({"stem": [4, 8]}, "transformer: stem: 2 convolutions of stride 2 make patches of 4 pixels, not 16"),
    ],
)
def test_sizes_that_do_not_fit_are_told_in_one_line(values: dict[str, object], told: str) -> None:
    with pytest.raises(UserError, match=told):
        parse(BackboneParams, {"name": "vit", **TINY, "transformer": {**TRANSFORMER, **values}}, "here")


def test_patches_must_fill_the_image() -> None:
    with pytest.raises(UserError, match="size: 40 pixels are not a whole number of patches of 16"):
        parse(BackboneParams, {"name": "vit", **TINY, "size": 40}, "here")


def test_a_stem_gives_as_many_tokens() -> None:
    params = tiny("vit", transformer={**TRANSFORMER, "stem": [2, 4, 8, 8]})
    assert build(params)(torch.randn(2, 3, 32, 32)).map.shape == (2, 8, 2, 2)
