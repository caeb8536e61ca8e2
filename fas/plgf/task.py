"""The training of the PLGF branch (paper 004, section 4.2.2), and what it says of images."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize

from fas.errors import UserError
from fas.plgf.attvlad import AttVLAD
from fas.plgf.plgf import Plgf
from fas.training import Batch, Update

Faces = Callable[[int], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Optimisation:
    """SGD with momentum; from each of the `switches` on the rate is a tenth of what it was (equations 29 and 30)."""

    learning_rate: float = 0.01
    momentum: float = 0.9
    switches: tuple[int, ...] = (200, 2000)

    def factor(self, step: int) -> float:
        """1, 0.1, 0.01 (equation 30) at `step`, counted from 0."""
        return 0.1 ** sum(step >= switch for switch in self.switches)


class PlgfTask:
    """A training of AttVLAD on labelled faces, by cross-entropy.

    Args:
        network: with random weights.
        faces: step -> images (N,3,H,W) in [0, 1] and whether each is live (N,) bool; a pure function, on the CPU.
        plgf: the descriptor; its number of maps must be the network's.
        centroids: where NetVLAD's come from: `kmeans` of the local features of the first batch, or `random` unit vectors.
        seed: of k-means.

    Raises:
        UserError: descriptor and network do not fit, or the first batch has fewer local features than there are clusters.
    """

    def __init__(
        self,
        network: AttVLAD,
        faces: Faces,
        optimisation: Optimisation | None = None,
        plgf: Plgf | None = None,
        centroids: Literal["kmeans", "random"] = "kmeans",
        seed: int = 0,
    ) -> None:
        self.optimisation = optimisation or Optimisation()
        self.plgf = plgf or Plgf()
        self.faces = faces
        if self.plgf.maps != network.maps:
            raise UserError(f"PLGF: an image gives {self.plgf.maps} maps, the network reads {network.maps}")
        if network.vlad is not None and centroids == "kmeans":
            network.vlad.start(clustered(network, self.plgf(faces(0)[0]), seed))
        self.modules: dict[str, nn.Module] = {"plgf": network}
        sgd = torch.optim.SGD(network.parameters(), lr=self.optimisation.learning_rate, momentum=self.optimisation.momentum)
        self.optimizers: dict[str, torch.optim.Optimizer] = {"sgd": sgd}

    def batch(self, step: int) -> Batch:
        """`image` (N,3,H,W) in [0, 1] and `live` (N,) bool."""
        images, live = self.faces(step)
        return {"image": images, "live": live}

    def rate(self, optimizer: str, step: int) -> float:
        """Equation 30."""
        return self.optimisation.factor(step)

    def step(self, batch: Batch, step: int, update: Update) -> Mapping[str, Tensor]:
        """Cross entropy of live against attack (paper 004)."""
        network = self.modules["plgf"].train()
        loss = cross_entropy(network(self.plgf(batch["image"])).float(), batch["live"].long())
        update("sgd", loss)
        return {"loss": loss}


@torch.no_grad()
def clustered(network: AttVLAD, plgf: Tensor, seed: int) -> Tensor:
    """The centroids (K,D) of the unit local features of PLGF maps (N,C,H,W), by seeded k-means; the network is left as it was.

    Raises:
        UserError: fewer different features than clusters.
    """
    from sklearn.cluster import KMeans

    assert network.vlad is not None
    features = deepcopy(network).train().features(plgf)  # a copy: its running statistics are not to be touched
    vectors = normalize(features.permute(0, 2, 3, 1).flatten(0, 2), dim=1).double()
    clusters = len(network.vlad.centroids)
    different = len(torch.unique(vectors, dim=0))
    if different < clusters:
        raise UserError(f"AttVLAD: the first batch has {different} different local features, fewer than its {clusters} clusters")
    found = KMeans(clusters, n_init=1, random_state=seed % 2**32).fit(vectors.cpu().numpy())
    return torch.from_numpy(found.cluster_centers_).float()


@torch.inference_mode()
def score(network: nn.Module, images: Tensor, plgf: Plgf | None = None) -> Tensor:
    """The probability of live (N,) of images (N,3,H,W) in [0, 1]; the network is put into evaluation mode."""
    return torch.softmax(network.eval()((plgf or Plgf())(images)).float(), dim=1)[:, 1]
