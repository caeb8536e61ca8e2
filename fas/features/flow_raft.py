"""RAFT (Teed and Deng 2020) in torchvision's form, with weights that the user names by path. Nothing is downloaded."""

import cv2
import numpy as np
import torch
from torchvision.models import optical_flow

from fas.compute import prepare
from fas.config import Runtime
from fas.errors import UserError
from fas.features.params import FlowParams
from fas.weights import load_pretrained

_SMALLEST = 128  # pixels: of smaller pictures the coarsest level of RAFT's correlations would be empty
_STEP = 8  # RAFT works at an eighth of the resolution


def expected_digest(params: FlowParams) -> str:
    """The SHA-256 that the weight file must have.

    Raises:
        UserError: params.yaml does not say.
    """
    if not params.sha256:
        raise UserError(f"params.yaml: flow.sha256: give the SHA-256 of weights '{params.model}'")
    return params.sha256


class Raft:
    """Computes the pairs one by one, so that no result depends on its neighbours.

    Raises:
        UserError: the weights are missing, other ones, or do not fit.
    """

    def __init__(self, params: FlowParams, runtime: Runtime) -> None:
        network = getattr(optical_flow, params.model)(weights=None)
        load_pretrained(network, params.model, expected_digest(params), runtime, unnamed="refuse")
        self.device = prepare(runtime)
        self.network = network.to(self.device).eval()

    @torch.inference_mode()
    def __call__(self, pairs: np.ndarray) -> np.ndarray:
        """(P,2,h,w,3) uint8 RGB -> (P,2,h,w) float32 pixels; small and odd sizes are enlarged for it, and the flow shrunk again."""
        height, width = pairs.shape[2:4]
        size = tuple(max(_SMALLEST, -(-side // _STEP) * _STEP) for side in (width, height))
        return np.stack([self._one(pair, size, (width, height)) for pair in pairs])

    def _one(self, pair: np.ndarray, inside: tuple[int, ...], outside: tuple[int, int]) -> np.ndarray:
        enlarged = np.stack([cv2.resize(picture, inside, interpolation=cv2.INTER_LINEAR) for picture in pair])
        first, second = (torch.from_numpy(enlarged).permute(0, 3, 1, 2).float() / 127.5 - 1).to(self.device).split(1)
        flow = self.network(first, second)[-1][0].permute(1, 2, 0).float().cpu().numpy()
        shrunk = cv2.resize(flow, outside, interpolation=cv2.INTER_AREA) * np.divide(outside, inside, dtype=np.float32)
        return shrunk.transpose(2, 0, 1)
