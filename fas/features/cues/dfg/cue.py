"""The de-fake face generator as a cue maker: train it on live faces, then redraw any face from noise and its identity."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from torch import Tensor

from fas.compute import prepare
from fas.config import Runtime
from fas.errors import UserError
from fas.features.cues.base import MODEL, CueFit
from fas.features.cues.dfg.condition import condition
from fas.features.cues.dfg.networks import (
    build_autoencoder,
    build_unet,
    description,
    load_pretrained,
    token_width,
)
from fas.features.cues.dfg.params import DfgParams
from fas.features.cues.dfg.train import AutoencoderTask, UnetTask, encoded
from fas.features.cues.diffusion import denoised, noised, schedule, timesteps
from fas.features.cues.faces import TrainingFaces, gather
from fas.features.cues.pictures import in_batches, mixed, noise, shrunk, to_pictures
from fas.features.cues.training import card, load_trained, trained
from fas.features.params import ResidualsParams
from fas.files import write_table
from fas.training import seeded
from fas.weights import save_networks

FROM_SCRATCH = "cues.dfg.pretrained names no weights: networks of Stable Diffusion 1.5's shape started from random ones"


def fit(task: CueFit) -> dict[str, Any]:
    """Train the generator on the live faces of `task.clips` and write model.safetensors and history.csv.

    Returns:
        For config.json: the networks' shapes, the number of faces, the last losses, and a warning where networks of Stable Diffusion's
        shape started from random weights.

    Raises:
        UserError: no face, tokens that are wider than the network takes, a device or precision that is not there, or the folder to start
            from is missing or another one.
        FloatingPointError: a loss that is not finite.
    """
    params: DfgParams = task.params
    device = prepare(task.runtime)
    given = load_pretrained(params.pretrained, task.runtime) if params.pretrained.weights else None
    faces = gather(task.clips, params, task.scratch / "faces", params.identity_condition)
    histories = {}
    if given:
        autoencoder, unet = given
    else:
        autoencoder, histories["autoencoder"] = _train_autoencoder(task, faces)
        with seeded("dfg", "unet", params.seed):
            unet = build_unet(params)
    autoencoder.to(device)  # type: ignore[arg-type]
    moments = _scaled(autoencoder, encoded(autoencoder, faces), fitted=not given)
    unet_task = UnetTask(unet, moments, faces, params)
    histories["unet"] = trained(unet_task, task, "unet", params.unet.steps, "dfg unet")
    save_networks(task.out / MODEL, {"autoencoder": autoencoder, "unet": unet_task.average.module})
    write_table(task.out / "history.csv", _history(histories))
    notes = {
        "networks": {"autoencoder": description(autoencoder), "unet": description(unet)},
        "faces": len(faces),
        "losses": {name: round(float(history.iloc[-20:, 1].mean()), 4) for name, history in histories.items()},
    }
    untaught = params.shape == "sd15" and not given
    return notes | ({"warnings": [FROM_SCRATCH]} if untaught else {})


def _train_autoencoder(task: CueFit, faces: TrainingFaces) -> tuple[AutoencoderKL, pd.DataFrame]:
    params: DfgParams = task.params
    with seeded("dfg", "autoencoder", params.seed):
        autoencoder = build_autoencoder(params)
    training = AutoencoderTask(autoencoder, faces, params)
    return autoencoder, trained(training, task, "autoencoder", params.autoencoder.steps, "dfg autoencoder")


def _scaled(autoencoder: AutoencoderKL, moments: Tensor, fitted: bool) -> Tensor:
    """Moments in the unit in which the noise is added; an autoencoder of our own gets latents of unit variance (Rombach et al.)."""
    if fitted:
        deviation = float(moments[:, : moments.shape[1] // 2].float().std())
        autoencoder.register_to_config(scaling_factor=round(1 / max(deviation, 1e-6), 6))
    return moments.float() * autoencoder.config["scaling_factor"]


def _history(histories: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """All losses of every training, one row each, in long form: `network, step, name, value`."""
    tables = [history.melt("step", var_name="name").assign(network=network) for network, history in histories.items()]
    return pd.concat(tables, ignore_index=True)[["network", "step", "name", "value"]]


def load(model: Path, params: DfgParams, residuals: ResidualsParams, runtime: Runtime) -> "Generator":
    """The trained generator of the folder `model`.

    Raises:
        UserError: the folder holds none, or another one.
    """
    shapes = card(model)["networks"]
    autoencoder = AutoencoderKL.from_config(shapes["autoencoder"])
    unet = UNet2DConditionModel.from_config(shapes["unet"])
    load_trained(model, {"autoencoder": autoencoder, "unet": unet})
    return Generator(autoencoder, unet, params, residuals, runtime)


class Generator:
    """Redraws faces: encode (the posterior's mean), add noise, denoise with the identity as condition, decode."""

    def __init__(
        self, autoencoder: AutoencoderKL, unet: UNet2DConditionModel, params: DfgParams, residuals: ResidualsParams, runtime: Runtime
    ) -> None:
        self.device = prepare(runtime)
        self.autoencoder = autoencoder.to(self.device).eval()  # type: ignore[arg-type]
        self.unet = unet.to(self.device).eval()  # type: ignore[arg-type]
        self.params = params
        self.residuals = residuals
        self.precision = runtime.precision
        self.schedule = schedule(residuals.grid)
        self.width = token_width(unet)
        self.scale = float(autoencoder.config["scaling_factor"])
        self.predict = torch.compile(self.unet) if runtime.compile else self.unet

    @torch.inference_mode()
    def __call__(self, faces: np.ndarray, maps: np.ndarray | None, seeds: Sequence[int]) -> np.ndarray:
        """See `fas.features.cues.base.Reconstruct`; the result has the generator's size.

        Every call of the U-Net sees `residuals.batch` faces, of the autoencoder `residuals.vae_batch`, blank ones if need be.
        """
        if self.params.identity_condition and maps is None:
            raise UserError("the de-fake face generator is conditioned on identity, and the faces come without maps")
        used = maps if self.params.identity_condition else None
        pictures = shrunk(faces, self.params.size)
        tokens = condition(used, len(faces), self.width, self.params.unet.unit_tokens)
        batch, coder = self.residuals.batch, self.residuals.vae_batch or self.residuals.batch
        with mixed(self.device, self.precision):
            latents = in_batches(self._encode, coder, pictures)
            end = in_batches(self._redraw, batch, latents, noise(latents.shape[1:], seeds), tokens)
            return in_batches(self._decode, coder, end).cpu().numpy()

    def _encode(self, pictures: Tensor) -> Tensor:
        return self.autoencoder.encode(pictures.to(self.device)).latent_dist.mean.float() * self.scale

    def _redraw(self, latents: Tensor, drawn: Tensor, tokens: Tensor) -> Tensor:
        latents, drawn, tokens = (tensor.to(self.device) for tensor in (latents, drawn, tokens))
        start = noised(latents, drawn, self.residuals.t_start, self.residuals.grid, self.schedule)
        times = timesteps(self.residuals.t_start, self.residuals.grid)
        return denoised(start, lambda z, time: self.predict(z, time, tokens).sample.float(), times, self.schedule)

    def _decode(self, latents: Tensor) -> Tensor:
        return to_pictures(self.autoencoder.decode(latents / self.scale).sample)
