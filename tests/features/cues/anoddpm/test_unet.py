"""The denoising network's shape."""

import pytest
import torch

from fas.features.cues.anoddpm.params import AnoddpmParams
from fas.features.cues.anoddpm.train import BETAS, build_unet
from fas.features.cues.diffusion import schedule


@pytest.mark.parametrize("attention", [0, 1, 2])
def test_noise_has_the_picture_s_shape(attention: int) -> None:
    unet = build_unet(AnoddpmParams(size=16, channels=[8, 8], attention=attention))
    noise = unet(torch.zeros(2, 3, 16, 16), torch.tensor([5, 900])).sample
    assert noise.shape == (2, 3, 16, 16)
    assert any("attentions" in name for name, _ in unet.named_parameters()) == (attention > 0)


def test_the_schedule_is_that_of_ddpm() -> None:
    kept = schedule(1000, *BETAS).alphas_cumprod
    assert kept[0].item() == pytest.approx(1 - 1e-4)
    assert kept[999].item() == pytest.approx(4.04e-5, rel=1e-2)
