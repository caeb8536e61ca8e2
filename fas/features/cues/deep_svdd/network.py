"""The network: encoder, latent vector, decoder, and the centre that the latents are drawn to (Ruff et al., ICML 2018, equation 4)."""

import torch
from torch import Tensor, nn

from fas.features.cues.autoencoding import decoder, encoder
from fas.features.cues.deep_svdd.params import DeepSvddParams
from fas.features.cues.faces import TrainingFaces
from fas.features.cues.pictures import to_tensor

_BATCH = 32


class DeepSvdd(nn.Module):
    """(B,3,S,S) in [-1,1] -> its reconstruction, and the mean squared distance of the latents to the centre, per component."""

    centre: Tensor

    def __init__(self, params: DeepSvddParams) -> None:
        super().__init__()
        width, side = params.channels[-1], params.size // 2 ** len(params.channels)
        self.encoder = nn.Sequential(encoder(params.channels), nn.Flatten(), nn.Linear(width * side**2, params.latent, bias=False))
        self.decoder = nn.Sequential(
            nn.Linear(params.latent, width * side**2, bias=False), nn.Unflatten(1, (width, side, side)), decoder(params.channels)
        )
        self.register_buffer("centre", torch.zeros(params.latent))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        latents = self.encoder(pictures)
        return self.decoder(latents), (latents - self.centre).square().mean()


@torch.no_grad()
def find_centre(network: DeepSvdd, faces: TrainingFaces, floor: float) -> None:
    """Fix the centre: the mean latent of the training faces before the training, its components moved to at least `floor` from 0.

    At 0 a network could reach the centre by weights of 0 (Ruff et al., proposition 1).
    """
    network.eval()
    latents = [network.encoder(to_tensor(faces.pictures[faces.rows[start : start + _BATCH]])) for start in range(0, len(faces), _BATCH)]
    centre = torch.cat(latents).mean(dim=0)
    signs = torch.where(centre < 0, -1.0, 1.0)
    network.centre.copy_(signs * centre.abs().clamp_min(floor))
