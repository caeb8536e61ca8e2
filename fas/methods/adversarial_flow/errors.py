"""What trained networks make of maps: reconstructions, and errors of frames."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from fas.adversarial.model import PATCH
from fas.methods.adversarial_flow.model import errors
from fas.methods.adversarial_flow.params import AdversarialFlowParams
from fas.methods.adversarial_flow.patches import all_patches, normalised


@torch.inference_mode()
def frame_errors(built: Mapping[str, nn.Module], maps: np.ndarray, params: AdversarialFlowParams, scale: float) -> tuple[np.ndarray, ...]:
    """The image L1 (F,) and the latent L1 (F,) of maps, float32: a frame's are the means over its windows. In evaluation mode, whatever
    mode the networks are in; windows go through in batches of one size, so that a map's errors depend on no other clip."""
    patches = all_patches(maps, params, scale)
    frames, count = patches.shape[:2]
    rows = patches.reshape(-1, *patches.shape[2:])
    training = {name: network.training for name, network in built.items()}
    for network in built.values():
        network.eval()
    batch = params.score_batch
    found = torch.cat([_errors(built, rows[start : start + batch], batch) for start in range(0, len(rows), batch)])
    for name, network in built.items():
        network.train(training[name])
    means = found.double().reshape(frames, count, 2).mean(dim=1).float().numpy()
    return means[:, 0], means[:, 1]


def _errors(built: Mapping[str, nn.Module], patches: np.ndarray, batch: int) -> Tensor:
    device = next(built["generator"].parameters()).device
    padded = np.zeros((batch, *patches.shape[1:]), np.float32)
    padded[: len(patches)] = patches
    return errors(built, torch.from_numpy(padded).to(device))[: len(patches)].float().cpu()


@torch.inference_mode()
def reconstructed(built: Mapping[str, nn.Module], pictures: np.ndarray) -> np.ndarray:
    """Pictures (F,h,w,3) uint8 as the networks, in evaluation mode, make them, window beside window without overlap; what is left at the
    right and at the bottom is cut off."""
    rows, columns = (side // PATCH for side in pictures.shape[1:3])
    whole = normalised(pictures[:, : rows * PATCH, : columns * PATCH])
    patches = whole.reshape(len(whole), 3, rows, PATCH, columns, PATCH).transpose(0, 2, 4, 1, 3, 5).reshape(-1, 3, PATCH, PATCH)
    generator = built["generator"]
    device = next(generator.parameters()).device
    made = generator(torch.from_numpy(np.ascontiguousarray(patches)).to(device)).images.float().cpu().numpy()
    joined = made.reshape(len(whole), rows, columns, 3, PATCH, PATCH).transpose(0, 1, 4, 2, 5, 3).reshape(len(whole), *whole.shape[2:], 3)
    return np.rint((np.clip(joined, -1, 1) + 1) * 127.5).astype(np.uint8)
