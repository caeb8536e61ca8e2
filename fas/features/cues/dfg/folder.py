"""The user's Stable-Diffusion-shaped folder, found without reading what is in it."""

from collections.abc import Mapping
from pathlib import Path

from fas.assets import missing, own
from fas.features.cues.dfg.params import DfgParams, PretrainedParams

NETWORKS = ("vae", "unet")
WEIGHTS = "diffusion_pytorch_model.safetensors"
NOTE = "it is a Stable Diffusion 1.5 folder with vae/ and unet/ (cues.dfg.pretrained.weights: '' starts from random weights)"


def check(params: DfgParams, weights: Mapping[str, str]) -> None:
    """Refuse a training that is to start from a folder which is not there; `weights` are the user's, by name.

    Raises:
        UserError: one line that says how to name the folder.
    """
    if params.pretrained.weights:
        folder(params.pretrained, weights)


def folder(params: PretrainedParams, weights: Mapping[str, str]) -> Path:
    """The folder that the user names for `params.weights`, with a weight file for each network.

    Raises:
        UserError: none is named, it is not there, or it lacks a file.
    """
    root = own(params.weights, weights, folder=True, note=NOTE)
    for network in NETWORKS:
        path = root / network / WEIGHTS
        if not path.is_file():
            raise missing(params.weights, f"no file {path}", NOTE)
    return root
