"""A backbone by its parameters, and the weights it begins from."""

from collections.abc import Mapping
from functools import partial

import torch
from torch import Tensor, nn

from fas.backbones.features import Backbone
from fas.backbones.maddg import PAPER_WIDTH, Maddg
from fas.backbones.oanet import OANet
from fas.backbones.params import BackboneParams
from fas.backbones.resnet import Encoder, ResNet18
from fas.backbones.vit import Dual, Residual, Vit
from fas.config import Runtime
from fas.errors import UserError
from fas.weights import load_pretrained

KINDS: dict[str, type[Backbone]] = {
    "resnet18": ResNet18,
    "maddg": Maddg,
    "vit": Vit,
    "residual": Residual,
    "dual": Dual,
    "oanet": OANet,
}


def build(params: BackboneParams) -> Backbone:
    """The backbone, random weights."""
    return KINDS[params.name](params)  # type: ignore[call-arg]  # every kind is made from its parameters


def start(backbone: Backbone, params: BackboneParams, runtime: Runtime, where: str) -> list[str]:
    """Fill a new backbone from the user's pretrained weights where its parameters name some (`where` is their section).

    ResNet-18 takes conv1 to layer3, and layer4 unless it is to begin at random; every Vision Transformer in it takes ViT's, and what
    OA-Net adds begins as it is (its cross-attention at zero).

    Returns:
        Warnings for the run's config.json: weights that are asked for and named nowhere.

    Raises:
        UserError: a file that is missing, is another one or does not fit.
    """
    notes: list[str] = []
    for module in backbone.modules():
        if isinstance(module, Encoder) and params.pretrained.resnet18:
            notes += _start_resnet(module, params, runtime, where)
    for part in (getattr(backbone, name) for name in ("vit", "cue_vit") if hasattr(backbone, name)):
        added = {name: tensor for name, tensor in part.state_dict().items() if "cross" in name}  # OA-Net's own begin as they are
        named = partial(_with, added)
        notes += load_pretrained(part, "vit", params.pretrained.vit, runtime, unnamed="warn", drop=("heads.", "pooler."), rename=named)
    return list(dict.fromkeys(notes))


def _start_resnet(encoder: Encoder, params: BackboneParams, runtime: Runtime, where: str) -> list[str]:
    if encoder.channels[0] != PAPER_WIDTH:
        raise UserError(f"params.yaml: {where}.pretrained.resnet18: ResNet-18's weights need width {PAPER_WIDTH} ({encoder.channels[0]})")
    random = ("layer4.",) if params.random_layer4 or len(encoder.channels) == 4 else ()
    taken = nn.Module()
    for name, child in encoder.named_children():
        if f"{name}." not in random:
            taken.add_module(name, child)
    return load_pretrained(taken, "resnet18", params.pretrained.resnet18, runtime, unnamed="warn", drop=("fc.", *random))


def _with(added: Mapping[str, Tensor], tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {**torchvision_names(tensors), **added}


def torchvision_names(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state dict of Hugging Face's ViTModel by torchvision's names, query, key and value joined; any other as it is."""
    tensors = {name.removeprefix("vit."): tensor for name, tensor in tensors.items()}
    if "embeddings.cls_token" not in tensors:
        return dict(tensors)
    named = {_FIXED[name]: tensor for name, tensor in tensors.items() if name in _FIXED}
    layers = sorted({int(name.split(".")[2]) for name in tensors if name.startswith("encoder.layer.")})
    for number in layers:
        theirs, ours = f"encoder.layer.{number}.", f"encoder.layers.encoder_layer_{number}."
        for kind in ("weight", "bias"):
            joined = [tensors[f"{theirs}attention.attention.{part}.{kind}"] for part in ("query", "key", "value")]
            named[f"{ours}self_attention.in_proj_{kind}"] = torch.cat(joined)
            for their, our in _LAYER.items():
                named[f"{ours}{our}.{kind}"] = tensors[f"{theirs}{their}.{kind}"]
    return named


_FIXED = {
    "embeddings.cls_token": "class_token",
    "embeddings.position_embeddings": "encoder.pos_embedding",
    "embeddings.patch_embeddings.projection.weight": "conv_proj.weight",
    "embeddings.patch_embeddings.projection.bias": "conv_proj.bias",
    "layernorm.weight": "encoder.ln.weight",
    "layernorm.bias": "encoder.ln.bias",
}
_LAYER = {
    "attention.output.dense": "self_attention.out_proj",
    "layernorm_before": "ln_1",
    "layernorm_after": "ln_2",
    "intermediate.dense": "mlp.0",
    "output.dense": "mlp.3",
}
