from pathlib import Path

import pytest
import torch
from torch import Tensor
from torchvision.models import resnet18

from fas.assets import sha256
from fas.backbones.build import build, start, torchvision_names
from fas.backbones.params import BackboneParams, weights
from fas.backbones.vit import Vit
from fas.config import Runtime
from fas.errors import UserError

SIZES = {"size": 32, "cue_size": 32, "transformer": {"layers": 2, "heads": 2, "hidden": 8, "mlp": 16}}


def given(tmp_path: Path, **files: dict[str, Tensor]) -> tuple[Runtime, dict[str, str]]:
    """The files as a user names them, and their digests."""
    paths = {name: tmp_path / f"{name}.pth" for name in files}
    for name, tensors in files.items():
        torch.save(tensors, paths[name])
    return Runtime(weights=tuple((name, str(path)) for name, path in paths.items())), {name: sha256(path) for name, path in paths.items()}


def parameters(name: str, pretrained: dict[str, str], **values: object) -> BackboneParams:
    cue = "dfg" if name in ("residual", "dual", "oanet") else ""
    return BackboneParams.model_validate({"name": name, "cue": cue, **SIZES, **values, "pretrained": pretrained})


def hugging_face(vit: Vit) -> dict[str, Tensor]:
    """The network's weights as Hugging Face's ViTModel names them, with the pooler that nobody needs."""
    ours = vit.vit.state_dict()
    theirs = {
        "embeddings.cls_token": ours["class_token"],
        "embeddings.position_embeddings": ours["encoder.pos_embedding"],
        "embeddings.patch_embeddings.projection.weight": ours["conv_proj.weight"],
        "embeddings.patch_embeddings.projection.bias": ours["conv_proj.bias"],
        "layernorm.weight": ours["encoder.ln.weight"],
        "layernorm.bias": ours["encoder.ln.bias"],
        "pooler.dense.weight": torch.zeros(8, 8),
    }
    names = {
        "attention.output.dense": "self_attention.out_proj",
        "layernorm_before": "ln_1",
        "layernorm_after": "ln_2",
        "intermediate.dense": "mlp.0",
        "output.dense": "mlp.3",
    }
    for number in range(2):
        for kind in ("weight", "bias"):
            layer = f"encoder.layers.encoder_layer_{number}."
            parts = ours[f"{layer}self_attention.in_proj_{kind}"].chunk(3)
            for part, tensor in zip(("query", "key", "value"), parts, strict=True):
                theirs[f"encoder.layer.{number}.attention.attention.{part}.{kind}"] = tensor.clone()
            theirs |= {f"encoder.layer.{number}.{name}.{kind}": ours[f"{layer}{our}.{kind}"] for name, our in names.items()}
    return theirs


def test_hugging_face_s_names_become_torchvision_s() -> None:
    source = build(parameters("vit", {}))
    assert isinstance(source, Vit)
    named = torchvision_names({f"vit.{name}": tensor for name, tensor in hugging_face(source).items() if "pooler" not in name})
    ours = source.vit.state_dict()
    assert named.keys() == ours.keys()
    assert all(torch.equal(named[name], ours[name]) for name in ours)


@pytest.mark.parametrize("name", ["vit", "residual", "dual", "oanet"])
@pytest.mark.parametrize("form", ["hugging face", "torchvision"])
def test_every_transformer_begins_from_vit(tmp_path: Path, name: str, form: str) -> None:
    source = build(parameters("vit", {}))
    assert isinstance(source, Vit)
    tensors = hugging_face(source) if form == "hugging face" else {**source.vit.state_dict(), "heads.head.weight": torch.zeros(1000, 8)}
    runtime, digests = given(tmp_path, vit=tensors)
    params = parameters(name, digests)
    backbone = build(params)
    assert start(backbone, params, runtime, "agfas.backbone") == []
    assert weights(params) == ("vit",)
    held = backbone.state_dict()
    parts = ("vit.", "cue_vit.") if name == "dual" else ("vit.",)
    for part in parts:
        assert all(torch.equal(held[part + key], tensor) for key, tensor in source.vit.state_dict().items())
    assert name != "oanet" or not held["vit.encoder.layers.encoder_layer_0.cross_attention.out_proj.weight"].any()


@pytest.mark.parametrize("random_layer4", [True, False])
@pytest.mark.parametrize("name", ["resnet18", "oanet"])
def test_resnet18_takes_layer4_only_when_it_is_asked_for(tmp_path: Path, name: str, random_layer4: bool) -> None:
    source = resnet18().state_dict()
    runtime, digests = given(tmp_path, resnet18=source)
    params = parameters(name, digests, random_layer4=random_layer4)
    backbone = build(params)
    before = backbone.state_dict()["cue_encoder.layer4.0.conv1.weight" if name == "oanet" else "encoder.layer4.0.conv1.weight"].clone()
    assert start(backbone, params, runtime, "ssdg.backbone") == []
    prefix = "cue_encoder." if name == "oanet" else "encoder."
    held = {key.removeprefix(prefix): tensor for key, tensor in backbone.state_dict().items() if key.startswith(prefix)}
    assert torch.equal(held["conv1.weight"], source["conv1.weight"])
    assert torch.equal(held["layer3.1.bn2.running_var"], source["layer3.1.bn2.running_var"])
    assert torch.equal(held["layer4.0.conv1.weight"], before if random_layer4 else source["layer4.0.conv1.weight"])


def test_weights_that_nobody_names_are_one_warning() -> None:
    params = parameters("dual", {"vit": "0" * 64})
    (note,) = start(build(params), params, Runtime(), "agfas.backbone")
    assert "'vit'" in note
    assert "random weights" in note


def test_weights_need_their_own_width() -> None:
    params = parameters("resnet18", {"resnet18": "0" * 64}, width=8)
    with pytest.raises(UserError, match=r"ssdg\.backbone\.pretrained\.resnet18: ResNet-18's weights need width 64 \(8\)"):
        start(build(params), params, Runtime(), "ssdg.backbone")


def test_weights_of_another_network_are_told_in_one_line(tmp_path: Path) -> None:
    runtime, digests = given(tmp_path, vit=resnet18().state_dict())
    params = parameters("vit", digests)
    with pytest.raises(UserError, match=r"vit\.pth: does not fit the network: lacks class_token") as error:
        start(build(params), params, runtime, "agfas.backbone")
    assert "\n" not in str(error.value)
