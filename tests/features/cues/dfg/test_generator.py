"""The trained generator at work."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.features.cues import cue, cues
from fas.features.cues.dfg.cue import Generator, load
from fas.features.cues.dfg.params import DfgParams
from fas.features.cues.diffusion import noised as module_noised
from fas.features.params import ResidualsParams

Params = Callable[..., DfgParams]
GOLDEN = [125.53, 43.46, 125.15, 128.27]


@pytest.fixture
def generator(model: Path, params: Params) -> Generator:
    return load(model, params(), ResidualsParams(), Runtime())


@pytest.fixture
def faces(clips: list[Clip]) -> np.ndarray:
    return np.concatenate([clip.read("frames")["aligned"][1:] for clip in clips])[:6]


@pytest.fixture
def maps(clips: list[Clip]) -> np.ndarray:
    return np.concatenate([clip.read("identity")["map"] for clip in clips])[:6]


SEEDS = [5, 2**64 - 1, 7, 0, 11, 12]


def test_it_is_found() -> None:
    assert cue("dfg") is cues()["dfg"]
    with pytest.raises(UserError, match="no cue maker 'nothing'"):
        cue("nothing")


def test_shapes(generator: Generator, faces: np.ndarray, maps: np.ndarray) -> None:
    result = generator(faces, maps, SEEDS)
    assert result.shape == (6, 16, 16, 3)
    assert result.dtype == np.uint8
    assert len(np.unique(result)) > 10


def test_a_face_is_reconstructed_by_itself(generator: Generator, faces: np.ndarray, maps: np.ndarray) -> None:
    """Bit for bit: alone, in another order, or among other neighbours."""
    together = generator(faces, maps, SEEDS)
    order = [4, 1, 5, 0, 3, 2]
    shuffled = generator(faces[order], maps[order], [SEEDS[place] for place in order])
    np.testing.assert_array_equal(shuffled, together[order])
    for place in range(6):
        alone = generator(faces[place : place + 1], maps[place : place + 1], SEEDS[place : place + 1])
        np.testing.assert_array_equal(alone[0], together[place])


def test_global_generators_do_not_matter(generator: Generator, faces: np.ndarray, maps: np.ndarray) -> None:
    torch.manual_seed(0)
    first = generator(faces, maps, SEEDS)
    torch.manual_seed(1)
    np.testing.assert_array_equal(generator(faces, maps, SEEDS), first)


def test_noise_identity_and_start_matter(model: Path, params: Params, faces: np.ndarray, maps: np.ndarray) -> None:
    def redraw(t_start: int, tokens: np.ndarray, seeds: list[int]) -> np.ndarray:
        return load(model, params(), ResidualsParams(t_start=t_start), Runtime())(faces, tokens, seeds).astype(int)

    first = redraw(400, maps, SEEDS)
    assert np.abs(redraw(400, maps, SEEDS[::-1]) - first).mean() > 1
    assert np.abs(redraw(400, maps[::-1], SEEDS) - first).max() > 0
    assert np.abs(redraw(800, maps, SEEDS) - first).mean() > 1


def test_a_perfect_network_redraws_the_autoencoders_picture(
    generator: Generator, faces: np.ndarray, maps: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the true noise in the U-Net's place nothing but the autoencoder's own loss is left."""
    from fas.features.cues.dfg import cue as module

    drawn: list[torch.Tensor] = []
    monkeypatch.setattr(module, "noised", lambda z, noise, *rest: drawn.append(noise) or module_noised(z, noise, *rest))
    monkeypatch.setattr(generator.unet, "forward", lambda z, time, tokens: type("Output", (), {"sample": drawn[-1]}))
    redrawn = generator(faces, maps, SEEDS).astype(int)
    monkeypatch.setattr(module, "denoised", lambda z, *rest: drawn[-1])
    monkeypatch.setattr(module, "noised", lambda z, noise, *rest: drawn.append(z))
    direct = generator(faces, maps, SEEDS).astype(int)
    assert np.abs(redrawn - direct).max() <= 1


def test_maps_must_come_with_the_faces(generator: Generator, faces: np.ndarray) -> None:
    with pytest.raises(UserError, match="come without maps"):
        generator(faces, None, SEEDS)


def test_no_model_is_told(params: Params, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no trained cue maker"):
        load(tmp_path, params(), ResidualsParams(), Runtime())


def test_golden(generator: Generator, faces: np.ndarray, maps: np.ndarray) -> None:
    """Raise the version of the cue (training) or of ResidualsWorker (reconstruction) when this changes."""
    assert cue("dfg").version == 2
    result = generator(faces, maps, SEEDS).astype(float)
    found = [result.mean(), result.std(), result[0].mean(), result[5, :8].mean()]
    np.testing.assert_allclose(found, GOLDEN, atol=2)
