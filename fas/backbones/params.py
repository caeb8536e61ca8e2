"""Parameters of a backbone. The defaults are the papers' sizes; params.yaml has the embedded default's."""

from typing import Literal, Self

from pydantic import Field, model_validator

from fas.schema import Section

SHA256 = "^([0-9a-f]{64})?$"
Name = Literal["resnet18", "maddg", "vit", "residual", "dual", "oanet"]
CONVOLUTIONAL = ("resnet18", "maddg")
SEE_CUE = ("residual", "dual", "oanet")


class TransformerParams(Section):
    """A Vision Transformer; the defaults are ViT-B/16's. `stem`: channels of convolutions of stride 2 in place of the one of stride `patch`
    (Xiao et al. 2021), which a short training from random weights needs; empty: none."""

    patch: int = Field(16, ge=1)  # pixels
    layers: int = Field(12, ge=1)
    heads: int = Field(12, ge=1)
    hidden: int = Field(768, ge=1)
    mlp: int = Field(3072, ge=1)
    stem: list[int] = Field(default_factory=list)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hidden % self.heads:
            raise ValueError(f"heads: {self.heads} do not divide hidden, {self.hidden}")
        if self.stem and 2 ** len(self.stem) != self.patch:
            raise ValueError(
                f"stem: {len(self.stem)} convolutions of stride 2 make patches of {2 ** len(self.stem)} pixels, not {self.patch}"
            )
        return self


class PretrainedParams(Section):
    """SHA-256 of the weights that parts begin from, named in fas.toml [weights]; '' = random weights.

    `resnet18`: torchvision's state dict, for the backbone `resnet18` and for OA-Net's cue encoder.
    `vit`: Hugging Face's ViTModel (paper 001: vit-base-patch16-224-in21k), or torchvision's vit_b_16.
    """

    resnet18: str = Field("", pattern=SHA256)
    vit: str = Field("", pattern=SHA256)


class BackboneParams(Section):
    """Which backbone, how large, and where its weights begin."""

    name: Name = "resnet18"
    cue: str = ""  # the cue maker whose residual it sees, `dfg` say; '' = none
    size: int = Field(256, ge=8)  # of the image, pixels
    cue_size: int = Field(256, ge=8)  # of the residual in OA-Net, pixels; the others see it at `size`
    width: int = Field(64, ge=1)  # channels of the first convolution of resnet18 and maddg
    stages: Literal[3, 4] = 4  # of resnet18: 3 = it ends with layer3 (SSAN-R)
    cue_width: int = Field(64, ge=1)  # of OA-Net's cue encoder, a ResNet-18
    cue_stages: Literal[3, 4] = 4
    random_layer4: bool = True  # pretrained ResNet-18: layer4 begins from random weights all the same (SSDG's habit)
    transformer: TransformerParams = Field(default_factory=TransformerParams)
    pretrained: PretrainedParams = Field(default_factory=PretrainedParams)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.name in SEE_CUE and not self.cue:
            raise ValueError(f"cue: backbone '{self.name}' sees a residual: name its cue maker")
        if self.name not in CONVOLUTIONAL and self.size % self.transformer.patch:
            raise ValueError(f"size: {self.size} pixels are not a whole number of patches of {self.transformer.patch}")
        return self

    @property
    def sees_cue(self) -> bool:
        """Whether it looks at the residual; with a cue and without looking at it, it reads the same frames as one that does."""
        return self.name in SEE_CUE

    @property
    def cue_side(self) -> int:
        """The side of the residual that it is handed, in pixels."""
        return self.cue_size if self.name == "oanet" else self.size


def weights(params: BackboneParams) -> tuple[str, ...]:
    """The names in [weights] of what it begins from."""
    uses = {"resnet18": ("resnet18", "oanet"), "vit": ("vit", "residual", "dual", "oanet")}
    return tuple(name for name, users in uses.items() if params.name in users and getattr(params.pretrained, name))
