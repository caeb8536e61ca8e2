"""The clips that index.html lists, each with a number: in the order of dataset and name."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from fas.report.sources import Pair
from fas.report.views import pairs

_COLUMNS = ["dataset", "clip", "label", "attack", "instrument"]


class Book:
    """All clips of `lists` (tables with `dataset, clip, label, attack, instrument`), each once."""

    def __init__(self, lists: Sequence[pd.DataFrame]) -> None:
        filled = [table[_COLUMNS] for table in lists if len(table)]
        table = pd.concat(filled) if filled else pd.DataFrame(columns=_COLUMNS)
        self._table = table.drop_duplicates(["dataset", "clip"]).sort_values(["dataset", "clip"], ignore_index=True)
        self._numbers = {one: number for number, one in enumerate(pairs(self._table))}

    def of(self, ones: Iterable[Pair]) -> list[int]:
        """The numbers of clips; -1 for one that is not listed."""
        return [self._numbers.get(one, -1) for one in ones]

    def ranges(self, ones: Iterable[Pair]) -> list[list[int]]:
        """The same of listed clips in order, as [first, last + 1] of each unbroken part: most are whole datasets."""
        found: list[list[int]] = []
        for number in sorted(self.of(ones)):
            if found and found[-1][1] == number:
                found[-1][1] += 1
            else:
                found.append([number, number + 1])
        return found

    def content(self) -> dict[str, Any]:
        """Names, classes and instruments as columns; `starts` has the number of the first clip of each of `datasets`."""
        kind = self._table["attack"].where(self._table["label"] == "attack", "live")
        classes = sorted(set(kind), key=lambda name: (name != "live", name))
        instruments = sorted(set(self._table["instrument"]))
        datasets = sorted(set(self._table["dataset"]))
        return {
            "datasets": datasets,
            "starts": [int((self._table["dataset"] == dataset).to_numpy().argmax()) for dataset in datasets],
            "classes": classes,
            "instruments": instruments,
            "names": self._table["clip"].tolist(),
            "class": [classes.index(name) for name in kind],
            "instrument": [instruments.index(name) for name in self._table["instrument"]],
        }
