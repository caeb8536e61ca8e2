"""The user's own settings: where the raw data lies and what to compute with. Never part of a result's key.

Looked up in `fas.toml` (the working directory, its parents, then the user's config folder) and in `FAS_*` variables, which win:

    executor = "processes"      # FAS_EXECUTOR: serial | processes
    workers = 2                 # FAS_WORKERS: processes at once (default: the machine's cores)
    device = "auto"             # FAS_DEVICE: auto | cpu | cuda
    threads = 2                 # FAS_THREADS: threads of one training (default: the machine's cores)
    precision = "fp32"          # FAS_PRECISION: fp32 | bf16 | fp16
    compile = false             # FAS_COMPILE: torch.compile for the residuals stage (fas/features/cues/dfg/README.md)

    [roots]                     # FAS_ROOT_<NAME>
    msu_mfsd = "/datasets/MSU-MFSD"

    [weights]                   # FAS_WEIGHTS_<NAME>
    resnet18 = "/weights/resnet18.safetensors"
"""

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from fas.errors import UserError
from fas.schema import Section, parse

FILE = "fas.toml"
_SCALARS = ("executor", "workers", "device", "threads", "precision", "compile")
_WORDS = {"true": True, "false": False}
_PATHS = {"roots": "FAS_ROOT_", "weights": "FAS_WEIGHTS_"}


def cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Config(Section):
    """The user's settings; every field has a default."""

    executor: Literal["serial", "processes"] = "processes"
    workers: int = Field(default_factory=cores, ge=1)
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: int = Field(default_factory=cores, ge=1)
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    compile: bool = False
    roots: dict[str, str] = Field(default_factory=dict)
    weights: dict[str, str] = Field(default_factory=dict)

    def root(self, dataset: str) -> str | None:
        """Where the raw data of `dataset` lies; None when the user has not said."""
        return next((root for name, root in self.roots.items() if name.lower() == dataset.lower()), None)

    def runtime(self, threads: int = 0) -> "Runtime":
        """What to compute with; 0 threads: as many as the user has set."""
        return Runtime(self.device, threads or self.threads, self.precision, tuple(sorted(self.weights.items())), self.compile)


@dataclass(frozen=True)
class Runtime:
    """What to compute with: device, threads, precision, weight files by path, and whether to compile. Not part of any key."""

    device: str = "cpu"
    threads: int = 1
    precision: str = "fp32"
    weights: tuple[tuple[str, str], ...] = ()
    compile: bool = False


def load(start: Path | None = None) -> Config:
    """The settings in force for a run started in `start` (default: the working directory).

    Raises:
        UserError: a file that is no TOML, or a setting that is unknown, of the wrong type or out of range.
    """
    start = start or Path.cwd()
    path = find(start)
    values: dict[str, Any] = {}
    if path is not None:
        try:
            values = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
            raise UserError(f"{path}: {error}") from None
        parse(Config, values, str(path))
        for table in _PATHS:
            values[table] = {name: _absolute(path.parent, value) for name, value in values.get(table, {}).items()}
    return Config.model_validate(_with_variables(values, start))


def find(start: Path) -> Path | None:
    """The `fas.toml` in force: in `start`, a parent of it (queued experiments run below the repository) or the user's config folder."""
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "fas"
    for folder in (start, *start.parents, home):
        if (folder / FILE).is_file():
            return folder / FILE
    return None


def _absolute(folder: Path, path: str) -> str:
    return str(folder / Path(path).expanduser())


def _with_variables(values: dict[str, Any], start: Path) -> dict[str, Any]:
    """The file's settings under those of the `FAS_*` variables; relative paths of these begin in `start`."""
    values = dict(values)
    for name in _SCALARS:
        variable = f"FAS_{name.upper()}"
        text = os.environ.get(variable)
        if text:
            values[name] = int(text) if text.isdecimal() else _WORDS.get(text, text)
            parse(Config, {name: values[name]}, f"variable {variable}")
    for table, prefix in _PATHS.items():
        given = [(name.removeprefix(prefix).lower(), path) for name, path in os.environ.items() if name.startswith(prefix) and path]
        found = {name: _absolute(start, path) for name, path in given}
        values[table] = {name: path for name, path in values.get(table, {}).items() if name.lower() not in found} | found
    return values
