"""Network weights on disk: trained ones as safetensors, pretrained ones from the user's own files, checked by digest."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from fas.assets import own
from fas.config import Runtime
from fas.errors import UserError
from fas.files import write_atomic

Rename = Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]]


def save_networks(path: Path, networks: Mapping[str, nn.Module]) -> None:
    """Write all networks into one safetensors file; a tensor is called `<network>.<its name in the network>`."""
    tensors = {
        f"{name}.{key}": tensor.detach().cpu().contiguous()
        for name, network in networks.items()
        for key, tensor in network.state_dict().items()
    }
    write_atomic(path, lambda temporary: save_file(tensors, temporary))


def load_networks(path: Path, networks: Mapping[str, nn.Module]) -> None:
    """Fill the networks from a file of `save_networks`; tensors of networks that are not asked for are left out.

    Raises:
        UserError: no such file, or a file of other networks.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    tensors = read_tensors(path)
    for name, network in networks.items():
        prefix = f"{name}."
        fill(network, {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}, path)


def load_pretrained(
    network: nn.Module,
    name: str,
    digest: str,
    runtime: Runtime,
    *,
    unnamed: Literal["warn", "refuse"],
    drop: tuple[str, ...] = (),
    rename: Rename | None = None,
) -> list[str]:
    """Fill a network from the user's file `name` ([weights] in fas.toml) whose SHA-256 is `digest`; '' asks for none.

    Where the user names no such file, `warn` leaves the network as it is and `refuse` is an error.
    Tensors whose names begin with one of `drop` (another task's head) are left out; `rename` turns the file's names into the network's.

    Returns:
        Warnings for the run's config.json: one when weights are asked for and the user names no file.

    Raises:
        UserError: the file is missing (or, with `refuse`, not named), is another one, or does not fit the network.
    """
    if not digest:
        return []
    given = dict(runtime.weights)
    if unnamed == "warn" and name not in given:
        return [f"weights '{name}' are not named in fas.toml [weights]: this network started from random weights"]
    path = own(name, given, digest)
    tensors = read_tensors(path)
    named = rename(tensors) if rename else tensors
    fill(network, {key: tensor for key, tensor in named.items() if not key.startswith(drop)}, path)
    return []


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors file, or of a .pth state dict (read with weights_only, so without running pickled code).

    Raises:
        UserError: neither of them.
    """
    try:
        tensors = load_file(path) if path.suffix == ".safetensors" else torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a broken file raises nearly anything in torch's reader
        raise UserError(f"{path}: not a readable weight file ({type(error).__name__})") from None
    if not isinstance(tensors, Mapping) or not all(isinstance(tensor, Tensor) for tensor in tensors.values()):
        raise UserError(f"{path}: not a state dict (names to tensors)")
    return dict(tensors)


def fill(network: nn.Module, tensors: Mapping[str, Tensor], path: Path) -> None:
    """Load a state dict strictly.

    Raises:
        UserError: names or shapes differ from the network's; `path` says where they came from.
    """
    expected = network.state_dict()
    missing = [key for key in expected if key not in tensors and not key.endswith("num_batches_tracked")]
    unknown = [key for key in tensors if key not in expected]
    shapes = [key for key in tensors if key in expected and tensors[key].shape != expected[key].shape]
    for problem, keys in (("lacks", missing), ("has unknown", unknown), ("has another shape of", shapes)):
        if keys:
            raise UserError(f"{path}: does not fit the network: {problem} {keys[0]}" + (f" and {len(keys) - 1} more" if keys[1:] else ""))
    network.load_state_dict(tensors, strict=False)
