"""The pixel diffusion model as a cue maker: noise a face, and draw it back."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.models.unets.unet_2d import UNet2DModel
from torch import Tensor

from fas.compute import prepare
from fas.config import Runtime
from fas.features.cues.anoddpm.params import AnoddpmParams
from fas.features.cues.anoddpm.train import BETAS, DenoisingTask, build_unet, noise_of
from fas.features.cues.base import MODEL, CueFit
from fas.features.cues.diffusion import denoised, noised, schedule, timesteps
from fas.features.cues.faces import gather
from fas.features.cues.pictures import in_batches, mixed, noise, shrunk, to_pictures
from fas.features.cues.training import load_trained, trained
from fas.features.params import ResidualsParams
from fas.files import write_table
from fas.training import seeded
from fas.weights import save_networks


def fit(task: CueFit) -> dict[str, Any]:
    """Train on the live faces of `task.clips`; the averaged weights are written.

    Returns:
        For config.json: the number of faces and the last loss.

    Raises:
        UserError: no face, or a device or precision that is not there.
        FloatingPointError: a loss that is not finite.
    """
    params: AnoddpmParams = task.params
    with seeded("anoddpm", params.seed):
        unet = build_unet(params)
    faces = gather(task.clips, params, task.scratch / "faces", conditioned=False)
    training = DenoisingTask(unet, faces, params)
    history = trained(training, task, "unet", params.steps, "anoddpm")
    save_networks(task.out / MODEL, {"unet": training.average.module})
    write_table(task.out / "history.csv", history)
    return {"faces": len(faces), "losses": {"loss": round(float(history["loss"].iloc[-20:].mean()), 6)}}


def load(model: Path, params: AnoddpmParams, residuals: ResidualsParams, runtime: Runtime) -> "Denoiser":
    """The trained network of the folder `model`.

    Raises:
        UserError: the folder holds none, or another one.
    """
    unet = build_unet(params)
    load_trained(model, {"unet": unet})
    return Denoiser(unet, params, residuals, runtime)


class Denoiser:
    """Redraws faces: add noise to the picture, take it away again. See `fas.features.cues.base.Reconstruct`."""

    def __init__(self, unet: UNet2DModel, params: AnoddpmParams, residuals: ResidualsParams, runtime: Runtime) -> None:
        self.device = prepare(runtime)
        self.unet = unet.to(self.device).eval()  # type: ignore[arg-type]
        self.predict = torch.compile(self.unet) if runtime.compile else self.unet
        self.params = params
        self.residuals = residuals
        self.precision = runtime.precision
        self.schedule = schedule(residuals.grid, *BETAS)

    @torch.inference_mode()
    def __call__(self, faces: np.ndarray, maps: np.ndarray | None, seeds: Sequence[int]) -> np.ndarray:
        """Every call of the network sees `residuals.batch` faces, blank ones if need be."""
        pictures = shrunk(faces, self.params.size)
        shape = pictures.shape[1:]
        drawn = noise_of(self.params, shape, seeds) if self.params.noise == "simplex" else noise(shape, seeds)
        with mixed(self.device, self.precision):
            return in_batches(self._redraw, self.residuals.batch, pictures, drawn).cpu().numpy()

    def _redraw(self, pictures: Tensor, drawn: Tensor) -> Tensor:
        pictures, drawn = pictures.to(self.device), drawn.to(self.device)
        t_start, grid = self.residuals.t_start, self.residuals.grid
        start = noised(pictures, drawn, t_start, grid, self.schedule)
        predict = self.predict
        return to_pictures(denoised(start, lambda x, time: predict(x, time).sample.float(), timesteps(t_start, grid), self.schedule))
