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
from fas.tables.columns import THRESHOLDS
from fas.tables.compute import Results
from fas.tables.spec import Row, TableSpec

_ABOUT = ["dataset", "clip", "label", "attack", "instrument"]


@dataclass(frozen=True, eq=False)
class RowView:
    """One row as it is on the protocol: its first seed's run, the clips' scores (all roles) and metrics (fas.metrics.evaluate); without
    scores, the `reason`.

    `fixed`: the metrics by threshold, for thresholds that columns of the table fix.
    """

    row: Row
    folder: Path
    run: str
    clips: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*_ABOUT, "role", "score"]))
    metrics: dict[str, Any] = field(default_factory=dict)
    fixed: dict[float, dict[str, Any]] = field(default_factory=dict)
    reason: str = ""

    @property
    def label(self) -> str:
        """The row's label in the table."""
        return self.row.label

    @cached_property
    def test(self) -> pd.DataFrame:
        """The test clips, with their class (`live` or the attack class) in `class`."""
        test = self.clips[self.clips["role"] == "test"]
        return test.assign(**{"class": test["attack"].where(test["label"] == "attack", "live")})

    @property
    def policies(self) -> dict[str, dict[str, Any]]:
        """Errors and intervals (`ci95`) at every threshold: those that clips decided, and as `fixed <threshold>` those that columns fix.

        A bare `fixed` is left out: its 0.5 means nothing to most methods.
        """
        asked = {name: (self.metrics, name) for name in THRESHOLDS}
        asked |= {f"fixed {threshold:g}": (metrics, "fixed") for threshold, metrics in self.fixed.items()}
        found = {name: (metrics.get("policies", {}).get(policy), metrics, policy) for name, (metrics, policy) in asked.items()}
        return {
            name: {**errors, "ci95": metrics["ci95"]["policies"].get(policy, {})}
            for name, (errors, metrics, policy) in found.items()
            if errors and errors["threshold"] is not None
        }

    @property
    def thresholds(self) -> dict[str, float]:
        """The threshold of each of `policies`."""
        return {name: policy["threshold"] for name, policy in self.policies.items()}


@dataclass(frozen=True, eq=False)
class View:
    """The rows of a table on one of its protocols."""

    spec: TableSpec
    protocol: str
    rows: tuple[RowView, ...]

    @property
    def simulated(self) -> bool:
        """Whether the table is of simulated data."""
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
    row = row.on(protocol)
    folder = sources.folder(spec, row.method, row.variant, protocol, seed)
    run = folder.relative_to(sources.runs).as_posix()
    if row.method in spec.awaits:
        return RowView(row, folder, run, reason=f"method {row.method} is not in this version yet")
    thresholds = sorted({column.threshold for column in spec.columns if column.threshold is not None and protocol in column.protocols})
    try:
        clips, metrics = results.clips(row, protocol, seed), results.metrics(row, (protocol,), seed)
        fixed = {threshold: results.metrics(row, (protocol,), seed, threshold=threshold) for threshold in thresholds}
        return RowView(row, folder, run, clips, metrics, fixed)
    except UserError as error:
        return RowView(row, folder, run, reason=str(error))


def policy_title(name: str) -> str:
    """`dev EER`, or `fixed 0.01`."""
    return THRESHOLDS.get(name, name)


def pairs(clips: pd.DataFrame) -> list[Pair]:
    """(dataset, clip) of each row."""
    return list(zip(clips["dataset"], clips["clip"], strict=True))


def pair(clip: Clip) -> Pair:
    """(dataset, clip) of a clip."""
    return clip.dataset, clip.clip


def runs(rows: Sequence[RowView]) -> list[RowView]:
    """One row of each run: rows that differ in the score only share their model."""
    return list({row.run: row for row in reversed(rows)}.values())[::-1]
