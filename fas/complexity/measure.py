"""The cells of paper 004, Table 14, measured on this machine in one run."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from fas.complexity.count import operations, parameters
from fas.complexity.networks import NETWORKS, SIDE, Builder
from fas.complexity.timing import interleaved
from fas.compute import prepare
from fas.config import Runtime, cores
from fas.errors import UserError
from fas.tables.complexity import COLUMNS, versions
from fas.tables.spec import PlainSpec

REFERENCE = "ResNet18"  # whose time is 1: milliseconds of two machines cannot be compared, quotients can
_CPUS = Path("/proc/cpuinfo")


def measure(
    spec: PlainSpec,
    runtime: Runtime,
    repeats: int = 30,
    warm_up: int = 3,
    side: int = SIDE,
    builders: Mapping[str, Builder] | None = None,
    tell: Callable[[str], object] = lambda line: None,
) -> pd.DataFrame:
    """The spec's cells as fas/tables/measured.py keeps them; `tell` gets a line when something long begins.

    Raises:
        UserError: a row that is no network here, no repeats, or a device that is not there.
    """
    builders = builders or NETWORKS
    unknown = [row.label for row in spec.rows if row.label not in builders]
    if unknown:
        raise UserError(f"table {spec.id}: no network '{unknown[0]}' (there is: {', '.join(builders)})")
    if repeats < 1 or warm_up < 0:
        raise UserError(f"fas tables measure: {repeats} repeats after {warm_up} for warming up: there must be one or more")
    device = prepare(runtime)
    networks = {row.label: _built(builders[row.label]).to(device) for row in spec.rows}
    images = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0)).to(device)
    cells = {name: _sizes(network, images) for name, network in networks.items()}
    place = machine(runtime, device)  # the load before our own
    tell(f"{spec.id}: {len(networks)} networks in turn, {repeats} times on {place}")
    times = interleaved(networks, images, repeats, warm_up)
    for name, own in times.items():
        cells[name] |= _times(own, times.get(REFERENCE, own))
    about = {"machine": place, "settings": _settings(side, repeats, warm_up), "versions": versions()}
    rows = [{"row": name, "column": column, **cell, **about} for name, found in cells.items() for column, cell in found.items()]
    return pd.DataFrame(rows)[list(COLUMNS)]


def machine(runtime: Runtime, device: torch.device) -> str:
    """The processor in words, the threads that were used of it, and how busy it was before (load average of the last minute)."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    load = f", load {os.getloadavg()[0]:.1f} on {cores()} cores" if hasattr(os, "getloadavg") else ""
    return f"{_processor()}, {runtime.threads} thread{'s' if runtime.threads > 1 else ''}{load}"


def _processor() -> str:
    import platform

    lines = _CPUS.read_text().splitlines() if _CPUS.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _built(builder: Builder) -> nn.Module:
    """Random weights that are the same every time, and one memory layout for all."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return builder().to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]


def _sizes(network: nn.Module, images: torch.Tensor) -> dict[str, dict[str, float]]:
    none = {"low": np.nan, "high": np.nan}
    return {
        "network parameters": {"value": parameters(network) / 1e6, **none},
        "network FLOPs": {"value": operations(network, images) / 1e9, **none},
    }


def _times(own: np.ndarray, reference: np.ndarray) -> dict[str, dict[str, float]]:
    """Median and quartiles of the times, and of their quotients with the reference's of the same round."""
    return {"network time per frame": _middle(own), "network relative time": _middle(own / reference)}


def _middle(values: np.ndarray) -> dict[str, float]:
    low, middle, high = (round(float(value), 4) for value in np.percentile(values, [25, 50, 75]))
    return {"value": middle, "low": low, "high": high}


def _settings(side: int, repeats: int, warm_up: int) -> str:
    return f"one frame of {side} x {side}, {repeats} rounds in which the networks take turns, {warm_up} before them do not count"
