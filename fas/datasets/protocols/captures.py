"""The manifests' rows as a protocol sees them, and what a protocol hands back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from fas.datasets.adapter import SPLITS
from fas.datasets.registry import ADAPTERS
from fas.errors import UserError


class Captures:
    """Rows of any number of manifests. A dataset is found by its adapter or by its letter."""

    def __init__(self, rows: pd.DataFrame, letters: Mapping[str, str], adapters: Mapping[str, str]) -> None:
        self.rows = rows.reset_index(drop=True)
        self.letters = letters
        self.adapters = adapters
        self.datasets = sorted(rows["dataset"].unique())

    def only(self, dataset: str) -> "Captures":
        """The same without any other dataset."""
        return Captures(self.rows[self.rows["dataset"] == dataset], self.letters, self.adapters)

    def adapter(self, name: str) -> pd.DataFrame:
        """The rows of the one dataset that is read by adapter `name`.

        Raises:
            UserError: there is none, or more than one.
        """
        return self._one(f"dataset {name}", [dataset for dataset in self.datasets if self.adapters.get(dataset) == name])

    def letter(self, letter: str) -> pd.DataFrame:
        """The rows of the one dataset that has this letter.

        Raises:
            UserError: there is none, or more than one.
        """
        return self._one(f"dataset with letter {letter}", [dataset for dataset in self.datasets if self.letters.get(dataset) == letter])

    def has_dev(self, rows: pd.DataFrame) -> bool:
        """Whether the dataset of `rows` has an official dev split: its adapter promises one, or there are such rows."""
        promised = {ADAPTERS[self.adapters[dataset]].splits for dataset in rows["dataset"].unique() if dataset in self.adapters}
        return any("dev" in splits for splits in promised) or bool((rows["split"] == "dev").any())

    def _one(self, wanted: str, found: list[str]) -> pd.DataFrame:
        if not found:
            raise UserError(f"no {wanted} in the manifests (they hold: {', '.join(self.datasets) or 'nothing'})")
        if len(found) > 1:
            raise UserError(f"more than one {wanted} in the manifests: {', '.join(found)}")
        return self.rows[self.rows["dataset"] == found[0]]


@dataclass(frozen=True)
class Roles:
    """The rows of each role. `seeded` holds the training rows whose people may give a seeded dev: those without an official one."""

    train: pd.DataFrame
    test: pd.DataFrame
    dev: pd.DataFrame | None = None
    source_eval: pd.DataFrame | None = None
    seeded: pd.DataFrame | None = None


@dataclass(frozen=True)
class Protocol:
    """A named protocol. `build` picks the rows of each role.

    `sampling` names the frame sampling policy of a role's videos (fas/faces/sampling.py) where the protocol prescribes one.
    """

    name: str
    title: str
    build: Callable[[Captures], Roles]
    sampling: Mapping[str, str] = field(default_factory=dict)


def split(rows: pd.DataFrame, *names: str) -> pd.DataFrame:
    """The rows of the official splits `names`; all three of them when none is named. Rows without a split never count."""
    return rows[rows["split"].isin(names or SPLITS)]
