"""Parameters of the de-fake face generator: the defaults are the embedded default's sizes, the paper's values are in README.md."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from fas.clips import FRAMES, IDENTITY
from fas.features.cues.base import DiffusionParams
from fas.features.cues.dfg.sd15 import LEVELS as SD15_LEVELS
from fas.features.params import SHA256
from fas.schema import Section


class AutoencoderParams(Section):
    """The autoencoder that is trained from scratch; its own shape (`channels`) halves the picture once per step between widths."""

    channels: list[int] = Field([16, 16, 32], min_length=1)
    steps: int = Field(150, ge=1)
    batch: int = Field(8, ge=1)
    lr: float = Field(4e-3, gt=0)
    kl: float = Field(1e-6, ge=0)  # weight of the Kullback-Leibler term beside the sum of absolute errors


class UnetParams(Section):
    """The denoising network. `channels`, `heads`, `width` (of its tokens) and `project` are its own shape."""

    channels: list[int] = Field([32, 48], min_length=1)
    heads: int = Field(2, ge=1)
    width: int = Field(1024, ge=1)  # identity tokens are padded with zeros to it (paper: 768)
    unit_tokens: bool = True  # tokens are first brought to a mean square of 1 (paper: no)
    project: int | None = Field(64, ge=1)  # a learned projection of the tokens before all attention layers; null: none (paper)
    steps: int = Field(200, ge=1)
    batch: int = Field(24, ge=1)
    lr: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.01, ge=0)
    ema: float = Field(0.9999, ge=0, lt=1)  # upper bound; after n steps the average forgets at (1 + n) / (10 + n)


class PretrainedParams(Section):
    """A Stable-Diffusion-1.5-shaped folder to start from: its `vae` is kept as it is, its `unet` is fine-tuned.

    `weights`: the name in the user's [weights] of the folder with `vae/` and `unet/`; '' trains both networks of `shape` from scratch.
    """

    weights: str = ""
    vae_sha256: str = Field("", pattern=SHA256)
    unet_sha256: str = Field("", pattern=SHA256)

    @model_validator(mode="after")
    def _digests_are_given(self) -> Self:
        if self.weights and not (self.vae_sha256 and self.unet_sha256):
            raise ValueError("weights that are named need vae_sha256 and unet_sha256")
        return self


class DfgParams(DiffusionParams):
    """Networks, training data and optimisers of the de-fake face generator.

    `shape` of networks that are built here: `own`, what `autoencoder` and `unet` say, or `sd15`, Stable Diffusion 1.5's, whatever they say.
    A folder in `pretrained` brings its networks' shape.
    """

    identity_condition: bool = True
    shape: Literal["own", "sd15"] = "own"
    autoencoder: AutoencoderParams = AutoencoderParams()
    unet: UnetParams = UnetParams()
    pretrained: PretrainedParams = PretrainedParams()

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        halvings = sum(self.halvings)
        if not self.pretrained.weights and self.size % 2**halvings:
            raise ValueError(f"size {self.size} cannot be halved {halvings} times, as the networks' channels ask for")
        return self

    @property
    def halvings(self) -> tuple[int, int]:
        """How often the networks that are built here halve a picture, and its latents."""
        if self.shape == "sd15":
            return SD15_LEVELS - 1, SD15_LEVELS - 1
        return len(self.autoencoder.channels) - 1, len(self.unet.channels) - 1

    def effective(self) -> dict[str, Any]:
        """As for all cue makers; the shape of networks is left out where it is their own or a folder's."""
        named = self.shape == "sd15" and not self.pretrained.weights
        return {name: value for name, value in super().effective().items() if named or name != "shape"}


def inputs(params: DfgParams) -> tuple[str, ...]:
    """The features that the generator reads."""
    return (FRAMES, IDENTITY) if params.identity_condition else (FRAMES,)
