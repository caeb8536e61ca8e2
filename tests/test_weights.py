from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from fas.assets import sha256
from fas.config import Runtime
from fas.errors import UserError
from fas.weights import load_networks, load_pretrained, save_networks


def networks(features: int = 3) -> dict[str, nn.Module]:
    return {"first": nn.Sequential(nn.Linear(2, features), nn.BatchNorm1d(features)), "second": nn.Linear(features, 1)}


def equal(first: nn.Module, second: nn.Module) -> bool:
    return all(torch.equal(a, b) for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True))


def test_networks_come_back_and_bytes_repeat(tmp_path: Path) -> None:
    written, read = networks(), networks()
    save_networks(tmp_path / "a.safetensors", written)
    save_networks(tmp_path / "b.safetensors", written)
    load_networks(tmp_path / "a.safetensors", read)
    assert all(equal(written[name], read[name]) for name in written)
    assert (tmp_path / "a.safetensors").read_bytes() == (tmp_path / "b.safetensors").read_bytes()


def test_a_part_can_be_read_alone(tmp_path: Path) -> None:
    written, read = networks(), {"second": nn.Linear(3, 1)}
    save_networks(tmp_path / "a.safetensors", written)
    load_networks(tmp_path / "a.safetensors", read)
    assert equal(written["second"], read["second"])


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_pretrained_weights_without_their_head(tmp_path: Path, suffix: str) -> None:
    source, network = nn.Sequential(nn.Linear(2, 3)), nn.Sequential(nn.Linear(2, 3))
    path = tmp_path / f"resnet18{suffix}"
    tensors = {**source.state_dict(), "fc.weight": torch.zeros(2)}
    save_file(tensors, path) if suffix == ".safetensors" else torch.save(tensors, path)
    assert (
        load_pretrained(network, "resnet18", sha256(path), Runtime(weights=(("resnet18", str(path)),)), unnamed="warn", drop=("fc.",)) == []
    )
    assert equal(source, network)


def test_pretrained_weights_that_nobody_has_are_a_warning(tmp_path: Path) -> None:
    network = nn.Linear(2, 3)
    (warning,) = load_pretrained(network, "resnet18", "0" * 64, Runtime(), unnamed="warn")
    assert "random weights" in warning
    assert load_pretrained(network, "resnet18", "", Runtime(weights=(("resnet18", "/nowhere"),)), unnamed="warn") == []


def test_pretrained_weights_that_a_network_needs_are_refused_where_nobody_has_them() -> None:
    with pytest.raises(UserError, match=r"^weights 'raft' missing: no path given \(fas\.toml \[weights\] raft or FAS_WEIGHTS_RAFT\)$"):
        load_pretrained(nn.Linear(2, 3), "raft", "0" * 64, Runtime(), unnamed="refuse")


def test_wrong_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "x.pth"
    torch.save({"weight": torch.zeros(5, 2), "bias": torch.zeros(5)}, path)
    runtime = Runtime(weights=(("resnet18", str(path)),))
    for digest, problem in (("0" * 64, "has SHA-256"), (sha256(path), "another shape of weight")):
        with pytest.raises(UserError, match=problem):
            load_pretrained(nn.Linear(2, 3), "resnet18", digest, runtime, unnamed="warn")
    with pytest.raises(UserError, match="no file"):
        load_pretrained(nn.Linear(2, 3), "resnet18", "0" * 64, Runtime(weights=(("resnet18", "/nowhere.pth"),)), unnamed="warn")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x04cos\nsystem\n."])
@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_files_that_are_no_weights_are_told(tmp_path: Path, content: bytes, suffix: str) -> None:
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    with pytest.raises(UserError, match="not a readable weight file"):
        load_networks(path, networks())


def test_a_model_of_other_sizes_is_told(tmp_path: Path) -> None:
    save_networks(tmp_path / "a.safetensors", networks(3))
    with pytest.raises(UserError, match="does not fit the network: has another shape of"):
        load_networks(tmp_path / "a.safetensors", networks(4))
