"""The PLGF branch of a run: its network, its training on the whole faces of the labelled pool, and what it says of faces."""

import numpy as np
import torch
from torch import Tensor, nn

from fas.methods.meta_pseudo_label.batches import LabelledBatches
from fas.methods.meta_pseudo_label.images import computed
from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams
from fas.methods.meta_pseudo_label.pools import Labelled
from fas.plgf.attvlad import AttVLAD
from fas.plgf.plgf import Plgf
from fas.plgf.task import Optimisation, PlgfTask, score


def network(params: MetaPseudoLabelParams) -> AttVLAD:
    """AttVLAD, or its baseline without VLAD, with random weights."""
    maps = descriptor(params).maps
    return AttVLAD(maps, params.plgf_width, params.plgf_clusters, vlad=params.plgf == "attvlad")


def descriptor(params: MetaPseudoLabelParams) -> Plgf:
    """The PLGF that the network reads."""
    return Plgf(params.plgf_radius, channels=params.plgf_channels)


def plgf_task(built: AttVLAD, faces: Labelled, params: MetaPseudoLabelParams, seed: int) -> PlgfTask:
    """The branch's training, live and attack 1:1, faces flipped and shifted as weak views of patches are.

    Raises:
        UserError: the first batch has fewer local features than there are clusters.
    """
    batches = LabelledBatches(faces, params.plgf_batch, params, seed)

    def drawn(step: int) -> tuple[Tensor, Tensor]:
        batch = batches(step)
        return (batch["labelled"] + 1) / 2, batch["live"].bool()

    switches = tuple(params.plgf_switches)
    optimisation = Optimisation(params.plgf_rate, params.momentum, switches)
    return PlgfTask(built, drawn, optimisation, descriptor(params), params.plgf_centroids, seed)


def probabilities(built: nn.Module, faces: np.ndarray, params: MetaPseudoLabelParams, device: torch.device) -> np.ndarray:
    """The probability of live (F,) float32 of faces (F,S,S,3) uint8 RGB."""
    plgf = descriptor(params)
    images = faces.transpose(0, 3, 1, 2).astype(np.float32) / 255
    return computed(lambda batch: score(built, batch, plgf), images, params.score_batch, device).astype(np.float32)
