"""A step's views of the pools. Everything random derives from (seed, step, row), so a resumed training sees what another would."""

import numpy as np
import torch

from fas.methods.meta_pseudo_label.augment import strong
from fas.methods.meta_pseudo_label.images import normalised, weak
from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams
from fas.methods.meta_pseudo_label.pools import Labelled
from fas.sampling import GroupSampler
from fas.training import Batch

Groups = dict[str, list[int]]


class LabelledBatches:
    """Weak views of labelled patches, live and attack 1:1; a batch is a pure function of its step."""

    def __init__(self, pool: Labelled, size: int, params: MetaPseudoLabelParams, seed: int) -> None:
        self.pool = pool
        self.params = params
        members: Groups = {name: np.flatnonzero(pool.live == live).tolist() for name, live in (("live", True), ("attack", False))}
        self.sampler = GroupSampler(members, dict.fromkeys(members, size // 2), seed)

    def __call__(self, step: int) -> Batch:
        """`labelled` (B,3,P,P) in [-1, 1] and `live` (B,) int64, alternating between the classes."""
        draws = self.sampler.draw(step)
        views = [normalised(weak(self.pool.images[draw.member], self.params, draw.random)) for draw in draws]
        return {"labelled": torch.from_numpy(np.stack(views)), "live": torch.tensor([int(draw.group == "live") for draw in draws])}


class UnlabelledBatches:
    """Weak and strong views of unlabelled patches; a batch is a pure function of its step."""

    def __init__(self, images: np.ndarray, size: int, params: MetaPseudoLabelParams, seed: int) -> None:
        self.images = images
        self.params = params
        self.sampler = GroupSampler({"unlabelled": range(len(images))}, {"unlabelled": size}, seed)

    def __call__(self, step: int) -> Batch:
        """`weak` and, where UDA needs it, `strong` (U,3,P,P) in [-1, 1]: two views of each patch."""
        views: dict[str, list[np.ndarray]] = {"weak": [], **({} if self.params.mode == "pl" else {"strong": []})}
        for draw in self.sampler.draw(step):
            image = self.images[draw.member]
            views["weak"].append(normalised(weak(image, self.params, draw.random)))
            if "strong" in views:
                moved = weak(image, self.params, draw.random)
                views["strong"].append(normalised(strong(moved, self.params, draw.random)))
        return {name: torch.from_numpy(np.stack(images)) for name, images in views.items()}
