"""A table's rows on one protocol: scores, metrics, or why there are none. Figures and page show the same of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from fas.clips import Clip
from fas.errors import UserError
from fas.report.sources import Pair, Sources
from fas.tables.compute import Results
from fas.tables.spec import Row, TableSpec

POLICY_NAMES = {"dev_eer": "dev EER", "source_eval_eer": "source EER", "test_eer": "test EER"}
_ABOUT = ["dataset", "clip", "label", "attack", "instrument"]


@dataclass(frozen=True, eq=False)
class RowView:
    """One row: its first seed's run, the clips' scores (all roles) and metrics (fas.metrics.evaluate); without scores, the `reason`."""

    row: Row
    folder: Path
    run: str
    clips: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*_ABOUT, "role", "score"]))
    metrics: dict[str, Any] = field(default_factory=dict)
    reason: str = ""

    @property
    def label(self) -> str:
        return self.row.label

    @cached_property
    def test(self) -> pd.DataFrame:
        """The test clips, with their class (`live` or the attack class) in `class`."""
        test = self.clips[self.clips["role"] == "test"]
        return test.assign(**{"class": test["attack"].where(test["label"] == "attack", "live")})

    @property
    def policies(self) -> dict[str, dict[str, Any]]:
        """The errors at every threshold that clips decided (not `fixed`: 0.5 means nothing to most methods)."""
        found = self.metrics.get("policies", {})
        return {name: found[name] for name in POLICY_NAMES if name in found and found[name]["threshold"] is not None}

    @property
    def thresholds(self) -> dict[str, float]:
        return {name: policy["threshold"] for name, policy in self.policies.items()}


@dataclass(frozen=True, eq=False)
class View:
    """The rows of a table on one of its protocols."""

    spec: TableSpec
    protocol: str
    rows: tuple[RowView, ...]

    @property
    def simulated(self) -> bool:
        return self.spec.collection == "simulated"

    @property
    def scored(self) -> list[RowView]:
        """The rows that have scores."""
        return [row for row in self.rows if not row.reason]

    @cached_property
    def test(self) -> pd.DataFrame:
        """The test clips, each once, sorted: `dataset, clip, label, attack, instrument`."""
        tables = [row.test[_ABOUT] for row in self.scored]
        whole = pd.concat(tables) if tables else pd.DataFrame(columns=_ABOUT)
        return whole.drop_duplicates(["dataset", "clip"]).sort_values(["dataset", "clip"], ignore_index=True)

    @cached_property
    def roles(self) -> dict[Pair, str]:
        """(dataset, clip) -> its role in the protocol."""
        return {pair: role for row in self.scored for pair, role in zip(pairs(row.clips), row.clips["role"], strict=True)}


def views(spec: TableSpec, results: Results, sources: Sources) -> list[View]:
    """A view of each protocol of the table."""
    return [View(spec, protocol, tuple(_row(spec, protocol, row, results, sources) for row in spec.rows)) for protocol in spec.protocols()]


def _row(spec: TableSpec, protocol: str, row: Row, results: Results, sources: Sources) -> RowView:
    seed = spec.seeds[0]
    folder = sources.folder(spec, row.method, row.variant, protocol, seed)
    run = folder.relative_to(sources.runs).as_posix()
    try:
        clips = results.clips(row, protocol, seed)
        return RowView(row, folder, run, clips, results.metrics(row, (protocol,), seed))
    except UserError as error:
        return RowView(row, folder, run, reason=str(error))


def pairs(clips: pd.DataFrame) -> list[Pair]:
    """(dataset, clip) of each row."""
    return list(zip(clips["dataset"], clips["clip"], strict=True))


def pair(clip: Clip) -> Pair:
    return clip.dataset, clip.clip


def runs(rows: Sequence[RowView]) -> list[RowView]:
    """One row of each run: rows that differ in the score only share their model."""
    return list({row.run: row for row in reversed(rows)}.values())[::-1]
