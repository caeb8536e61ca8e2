"""The centre, and the distance to it."""

import numpy as np
import pytest
import torch

from fas.features.cues.deep_svdd.network import DeepSvdd, find_centre
from fas.features.cues.deep_svdd.params import DeepSvddParams
from fas.features.cues.faces import TrainingFaces
from fas.features.cues.pictures import to_tensor

PARAMS = DeepSvddParams(size=16, channels=[4, 8], latent=6)


@pytest.fixture
def faces() -> TrainingFaces:
    pictures = np.random.default_rng(0).integers(0, 256, (40, 16, 16, 3), dtype=np.uint8)
    return TrainingFaces(pictures, None, np.arange(40))


@pytest.fixture
def network() -> DeepSvdd:
    torch.manual_seed(0)
    return DeepSvdd(PARAMS)


def test_parameters_in_closed_form(network: DeepSvdd) -> None:
    coder = 16 * 3 * 4 + 2 * 4 + 16 * 4 * 8 + 2 * 8
    back = 16 * 8 * 4 + 2 * 4 + 16 * 4 * 3 + 3
    assert sum(weight.numel() for weight in network.parameters()) == coder + back + 2 * 6 * 8 * 4 * 4


def test_the_centre_is_the_mean_latent_away_from_zero(network: DeepSvdd, faces: TrainingFaces) -> None:
    with torch.no_grad():
        mean = network.eval().encoder(to_tensor(faces.pictures)).mean(dim=0)
    find_centre(network, faces, floor=0.0)
    torch.testing.assert_close(network.centre, mean, atol=1e-5, rtol=1e-4)
    find_centre(network, faces, floor=0.1)
    assert (network.centre.abs() >= 0.1).all()
    assert (network.centre.sign() == torch.where(mean < 0, -1.0, 1.0)).all()


def test_the_penalty_is_the_squared_distance_to_the_centre(network: DeepSvdd, faces: TrainingFaces) -> None:
    network.eval()
    pictures = to_tensor(faces.pictures[:4])
    with torch.no_grad():
        latents = network.encoder(pictures)
        network.centre.copy_(latents[0])
        reconstruction, penalty = network(pictures)
        assert network(pictures[:1])[1] < 1e-10
    assert reconstruction.shape == pictures.shape
    torch.testing.assert_close(penalty, (latents - latents[0]).square().mean())


def test_the_centre_is_fixed_and_saved_with_the_network(network: DeepSvdd) -> None:
    assert "centre" in network.state_dict()
    assert "centre" not in dict(network.named_parameters())
