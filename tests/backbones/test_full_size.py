"""The networks of the paper preset at their full size, random weights."""

from pathlib import Path

import pytest
import torch

from fas.methods import method
from fas.methods.ssdg.model import Live
from fas.params import load

PAPER = load(Path(__file__).resolve().parents[2] / "presets/paper.yaml")
VIT_B = 85_798_656  # ViT-B/16 without a head, at 224 pixels
ADDED = 23_648_256  # by cross-attention in 12 layers
RESNET18 = 11_176_512
HEAD = 768 * 512 + 512 + 2 * 512
DISCRIMINATOR = 512 * 512 + 512 + 512 * 3 + 3

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "variant", "count"),
    [
        ("agfas", "full", VIT_B + ADDED + RESNET18 + HEAD + DISCRIMINATOR),
        ("agfas", "image_only", VIT_B + HEAD + DISCRIMINATOR),
        ("agfas", "residual_only", VIT_B + HEAD + DISCRIMINATOR),
        ("agfas", "dual_branch", 2 * VIT_B + HEAD + 768 * 512 + DISCRIMINATOR),
        ("ssdg", "full", RESNET18 + 512 * 512 + 512 + 2 * 512 + DISCRIMINATOR),
        ("ssdg", "m", None),
    ],
)
def test_full_size(name: str, variant: str, count: int | None) -> None:
    params = PAPER.method(name).variant(name, variant)
    networks = method(name).load().networks(params)
    trained = sum(one.numel() for network in networks.values() for one in network.parameters())
    assert trained == (count or trained)
    side = params.backbone
    images, cues = torch.randn(1, 3, side.size, side.size), torch.randn(1, 3, side.cue_side, side.cue_side)
    with torch.inference_mode():
        live = Live(networks["backbone"], networks["head"]).eval()(images, cues)
    assert live.shape == (1,)
    assert 0 <= float(live) <= 1
