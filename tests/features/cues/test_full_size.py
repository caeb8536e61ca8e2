"""The other cue makers' networks at the paper preset's sizes, random weights, one face of 256 pixels."""

from pathlib import Path

import pytest
import torch

from fas.features.cues.anoddpm.train import build_unet
from fas.features.cues.deep_svdd.network import DeepSvdd
from fas.features.cues.memae.network import Memae
from fas.params import load

PRESET = Path(__file__).parents[3] / "presets" / "paper.yaml"
FACE = torch.zeros(1, 3, 256, 256)


@pytest.mark.slow
@torch.inference_mode()
def test_anoddpm_predicts_the_noise_of_a_face() -> None:
    noise = build_unet(load(PRESET).cue("anoddpm")).eval()(FACE, 201).sample
    assert noise.shape == FACE.shape
    assert noise.isfinite().all()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), [("memae", Memae), ("deep_svdd", DeepSvdd)])
@torch.inference_mode()
def test_an_autoencoder_reconstructs_a_face(name: str, kind: type[torch.nn.Module]) -> None:
    reconstruction, _ = kind(load(PRESET).cue(name)).eval()(FACE)
    assert reconstruction.shape == FACE.shape
    assert reconstruction.isfinite().all()
