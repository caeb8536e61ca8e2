"""What AG-FAS sees of a face, for the report's galleries."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from fas.backbones.oanet import OANet
from fas.clips import Clip
from fas.compute import prepare
from fas.config import Runtime
from fas.domains.views import Views
from fas.methods.agfas.params import AgfasParams
from fas.methods.ssdg.score import trained


def cue_maps(model: Path, params: AgfasParams, shown: Sequence[tuple[Clip, int]], runtime: Runtime) -> list[np.ndarray]:
    """For OA-Net where in the cue the class token looks in the last layer: the attention less that of an even look, in even looks, at
    least 0, (h,w) float32 (0 = no more than elsewhere). For the other structures the magnitude of the standardised residual,
    mean over colours, (T,T) float32; of image alone there is none and the map is zero.

    Raises:
        UserError: no model, or one of other parameters.
    """
    device = prepare(runtime)
    backbone = trained(model, params).backbone.to(device)
    views = Views(params)
    maps = []
    for clip, number in shown:
        view = views.nearest(clip, number)
        if view.cue is None:
            maps.append(np.zeros((1, 1), np.float32))
        elif isinstance(backbone, OANet):
            image, cue = (torch.from_numpy(one)[None].to(device) for one in (view.image, view.cue))
            attention = backbone.attention(image, cue)[0].float().cpu().numpy()
            maps.append(np.maximum(attention * attention.size - 1, 0))
        else:
            maps.append(np.abs(view.cue).mean(axis=0))
    return maps
