"""The `datasets` section of params.yaml: `NAME: {adapter: ..., collection: real, letter: M}`."""

from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, field_validator

from fas.datasets.registry import ADAPTERS
from fas.errors import UserError
from fas.schema import Section, parse


class Dataset(Section):
    """A dataset that the pipeline knows under a name of the user's choice.

    `letter` is what `oci-to-m` and its like call it, unique inside a collection. `faces: whole` takes a picture as the face.
    """

    adapter: str
    collection: Literal["simulated", "real"] = "real"
    letter: str | None = Field(default=None, pattern="^[A-Z]$")
    faces: Literal["detect", "whole"] = "detect"

    @field_validator("adapter")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in ADAPTERS:
            raise ValueError(f"unknown adapter (there is: {', '.join(ADAPTERS)})")
        return name


def declared(path: Path) -> dict[str, Dataset]:
    """The datasets that a params.yaml declares, by name; none when there is no such file or section.

    Raises:
        UserError: the file is no YAML, or the section is wrong.
    """
    if not path.is_file():
        return {}
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not YAML: {' '.join(str(error).split())}") from None
    section: Any = values.get("datasets") if isinstance(values, dict) else None
    if section is None:
        return {}
    if not isinstance(section, dict):
        raise UserError(f"{path}: datasets: not a mapping of names")
    return {str(name): parse(Dataset, value, f"{path}: datasets.{name}") for name, value in section.items()}


def known(path: Path) -> dict[str, Dataset]:
    """The declared datasets, and every other adapter under its own name and usual letter."""
    own = {name: Dataset(adapter=name, letter=adapter.letter) for name, adapter in ADAPTERS.items()}
    return own | declared(path)
