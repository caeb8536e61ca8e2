"""The networks of the paper preset at their full size, random weights, one forward each."""

from typing import Any

import pytest
import torch
from torch import nn

from fas.domains.scoring import Scorer
from fas.methods import method
from fas.methods.safas import model as safas
from fas.methods.ssan import model as ssan
from fas.methods.ssdg import model as ssdg
from fas.params import BaseParams, load
from tests.domains.captures import ROOT
from tests.full_size import count, filled

VIT_B = 85_798_656  # ViT-B/16 without a head, at 224 pixels
ADDED = 23_648_256  # by cross-attention in 12 layers
RESNET18 = 11_176_512
HEAD = 768 * 512 + 512 + 2 * 512
DISCRIMINATOR = 512 * 512 + 512 + 512 * 3 + 3

pytestmark = pytest.mark.slow


def scorer(name: str, params: Any, built: nn.ModuleDict) -> Scorer:
    """What scores with the networks that a method trains."""
    if name == "ssan":
        return ssan.Live(built["network"])
    if name == "safas":
        return safas.Live(built["network"], params.score_area)
    return ssdg.Live(built["backbone"], built["head"])


@pytest.fixture(scope="module")
def paper() -> BaseParams:
    return load(ROOT / "presets/paper.yaml")


@pytest.mark.parametrize(
    ("name", "variant", "parameters", "features"),
    [
        ("agfas", "full", VIT_B + ADDED + RESNET18 + HEAD + DISCRIMINATOR, 512),
        ("agfas", "image_only", VIT_B + HEAD + DISCRIMINATOR, 512),
        ("agfas", "residual_only", VIT_B + HEAD + DISCRIMINATOR, 512),
        ("agfas", "dual_branch", 2 * VIT_B + HEAD + 768 * 512 + DISCRIMINATOR, 512),
        ("ssdg", "full", RESNET18 + 512 * 512 + 512 + 2 * 512 + DISCRIMINATOR, 512),
        ("ssdg", "m", None, 512),
        ("ssan", "full", None, 512),
        ("ssan", "m", None, 128),
        ("ssan", "repo", None, 512),
        ("ssan", "oanet", None, 512),
        ("safas", "full", RESNET18 + 3 * (512 + 1), 512),
        ("safas", "oanet", VIT_B + ADDED + RESNET18 + 3 * (768 + 1), 768),
    ],
)
def test_full_size(paper: BaseParams, name: str, variant: str, parameters: int | None, features: int) -> None:
    params: Any = paper.method(name).variant(name, variant)
    built = filled(lambda: nn.ModuleDict(method(name).load().networks(params)))
    assert count(built) == (parameters or count(built))
    live = scorer(name, params, built)
    side = params.backbone
    images, cues = torch.randn(1, 3, side.size, side.size), torch.randn(1, 3, side.cue_side, side.cue_side)
    with torch.inference_mode():
        assert live.features(images, cues).shape == (1, features)
        score = live(images, cues)
    assert score.shape == (1,)
    assert 0 <= float(score) <= 1
