"""The network: encoder, memory, decoder (Gong et al., "Memorizing Normality to Detect Anomaly", ICCV 2019, sections 3.2 to 3.4)."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fas.features.cues.autoencoding import decoder, encoder
from fas.features.cues.memae.params import MemaeParams

_EPSILON = 1e-12


class Memory(nn.Module):
    """`items` prototypes of `width` numbers; a query is answered by a sparse, convex combination of them."""

    def __init__(self, items: int, width: int, shrink: float) -> None:
        super().__init__()
        self.items = nn.Parameter(torch.randn(items, width) / width**0.5)
        self.shrink = shrink

    def forward(self, queries: Tensor) -> tuple[Tensor, Tensor]:
        """Queries (Q,C) -> answers (Q,C) and addressing weights (Q,items), which are not negative and sum to one.

        Softmax of cosine similarities (equations 4 and 5), weights below `shrink` cut to zero (7), the rest brought to a sum of one.
        """
        weights = F.softmax(F.normalize(queries, dim=1) @ F.normalize(self.items, dim=1).T, dim=1)
        above = weights - self.shrink
        weights = F.relu(above) * weights / (above.abs() + _EPSILON)
        weights = weights / weights.sum(dim=1, keepdim=True).clamp_min(_EPSILON)
        return weights @ self.items, weights


def entropy(weights: Tensor) -> Tensor:
    """Mean entropy of addressing weights (Q,N) (equation 9)."""
    return -(weights * weights.clamp_min(_EPSILON).log()).sum(dim=1).mean()


class Memae(nn.Module):
    """(B,3,S,S) in [-1,1] -> its reconstruction, and the mean entropy of the addressing. Each place of the latent map asks for itself."""

    def __init__(self, params: MemaeParams) -> None:
        super().__init__()
        self.encoder = encoder(params.channels)
        self.memory = Memory(params.memory, params.channels[-1], 1 / params.memory if params.shrink is None else params.shrink)
        self.decoder = decoder(params.channels)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        latents = self.encoder(pictures)
        places = latents.permute(0, 2, 3, 1)
        answers, weights = self.memory(places.flatten(0, 2).float())
        return self.decoder(answers.view_as(places).permute(0, 3, 1, 2)), entropy(weights)
