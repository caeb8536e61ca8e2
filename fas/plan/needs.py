"""Which datasets a protocol needs, found without any manifest: it is built once on nothing, and what it asks for is written down."""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import pandas as pd

from fas.datasets.manifest import COLUMNS
from fas.datasets.protocols import PROTOCOLS
from fas.datasets.protocols.captures import Captures
from fas.datasets.registry import ADAPTERS
from fas.errors import UserError
from fas.params import BaseParams


@dataclass(frozen=True)
class Need:
    """A dataset that a protocol asks for: by its adapter, by its letter in the literature, or by its own name in params.yaml."""

    by: Literal["adapter", "letter", "name"]
    what: str

    @property
    def adapter(self) -> str:
        """The adapter that is meant, where one is: a letter means the dataset that the literature calls so."""
        if self.by == "letter":
            return next((adapter.name for adapter in ADAPTERS.values() if adapter.letter == self.what), self.what)
        return self.what

    def found(self, params: BaseParams, collection: str) -> list[str]:
        """The datasets of params.yaml that meet the need."""
        asked = {name: {"adapter": one.adapter, "letter": one.letter, "name": name}[self.by] for name, one in params.datasets.items()}
        return [name for name, value in asked.items() if value == self.what and params.datasets[name].collection == collection]


def needs(protocol: str, params: BaseParams) -> tuple[Need, ...]:
    """The datasets that a protocol needs, each once. A protocol within a dataset may begin with the dataset's own name.

    Raises:
        UserError: no such protocol.
    """
    if protocol in PROTOCOLS:
        return _recorded(protocol)
    for name, dataset in params.datasets.items():
        if protocol.startswith(f"{name}-") and f"{dataset.adapter}{protocol[len(name) :]}" in PROTOCOLS:
            return (Need("name", name),)
    raise UserError(f"unknown protocol '{protocol}' (`fas protocols` lists the names)")


@cache
def _recorded(protocol: str) -> tuple[Need, ...]:
    recorder = _Recorder()
    PROTOCOLS[protocol].build(recorder)
    return tuple(dict.fromkeys(recorder.asked))


class _Recorder(Captures):
    """Captures that hold nothing and remember which datasets they were asked for."""

    def __init__(self) -> None:
        super().__init__(pd.DataFrame({name: pd.Series(dtype=str) for name in COLUMNS}), {}, {})
        self.asked: list[Need] = []

    def adapter(self, name: str) -> pd.DataFrame:
        self.asked.append(Need("adapter", name))
        return self.rows

    def letter(self, letter: str) -> pd.DataFrame:
        self.asked.append(Need("letter", letter))
        return self.rows
