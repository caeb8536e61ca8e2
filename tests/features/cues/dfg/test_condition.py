import numpy as np
import pytest
import torch

from fas.errors import UserError
from fas.features.cues.dfg.condition import condition, pad_tokens


def maps(channels: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(2, 49, channels)).astype(np.float16)


def test_the_papers_padding() -> None:
    tokens = condition(maps(512), 2, 768, unit=False)
    assert tokens.shape == (2, 49, 768)
    assert not tokens[:, :, 512:].any()
    torch.testing.assert_close(tokens[:, :, :512], torch.from_numpy(maps(512).astype(np.float32)))


def test_tokens_that_are_too_wide_are_refused() -> None:
    with pytest.raises(UserError, match="1024 channels, the generator takes 768"):
        pad_tokens(torch.zeros(1, 49, 1024), 768)


def test_without_identity_there_is_one_zero_token() -> None:
    tokens = condition(None, 3, 16, unit=True)
    assert tokens.shape == (3, 1, 16)
    assert not tokens.any()


def test_unit_tokens_forget_the_maps_scale() -> None:
    small, large = (condition(maps(8) * np.float16(scale), 2, 8, unit=True) for scale in (0.0625, 4))
    torch.testing.assert_close(small, large, atol=2e-2, rtol=2e-2)
    torch.testing.assert_close(small.square().mean(dim=(1, 2)), torch.ones(2))
