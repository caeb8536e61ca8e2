"""What the stages left for the report, read by name. Whatever is missing is None or empty, never an error."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import pandas as pd

from fas.clips import FLOW, FRAMES, IDENTITY, Clip, Member, Source
from fas.config import Runtime
from fas.datasets.manifest import COLUMNS
from fas.errors import UserError
from fas.files import read_json, read_table
from fas.items.bundle import MEMBERS
from fas.items.engine import INDEX
from fas.items.item import OK
from fas.plan.wanted import Run, Wanted
from fas.runs import CONFIG, SCORES
from fas.scores import CHECKPOINTS, read_scores
from fas.tables.checkpoints import read_checkpoints
from fas.tables.spec import TableSpec

Pair = tuple[str, str]  # dataset, clip
HISTORY = "history.csv"
_TEXT = ("item", "dataset", "clip", "cue", "sampling", "status", "error", "file")
_ALONE = -1
FAILURES = ["stage", "item", "status", "error"]


@dataclass(frozen=True)
class Sources:
    """The folders `runs/`, `data/` and `models/cues/`, and the rows of the manifests (`captures`, with a manifest's columns).

    `reasons` tells of a run (by its name) why it could not be made; `domains` maps a dataset to its letter or name (Clip.domain),
    `collections` to `simulated` or `real`.
    """

    runs: Path
    data: Path
    cues: Path
    captures: pd.DataFrame
    reasons: Mapping[str, str] = field(default_factory=dict)
    runtime: Runtime = field(default_factory=Runtime)
    domains: Mapping[str, str] = field(default_factory=dict)
    collections: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, wanted: Wanted) -> Self:
        """The sources of the wanted tables in the working directory, with the captures of the datasets that their protocols use."""
        used = {dataset for run in wanted.ready for dataset in wanted.roles(run)["dataset"]}
        manifests = [manifest for name, manifest in wanted.manifests.items() if name in used]
        captures = pd.concat(manifests, ignore_index=True) if manifests else pd.DataFrame(columns=list(COLUMNS))
        return cls(
            runs=Path("runs"),
            data=Path("data"),
            cues=Path("models/cues"),
            captures=captures,
            reasons={run.name: wanted.reason(run) for run in wanted.runs},
            runtime=wanted.config.runtime(),
            domains={name: dataset.letter or name for name, dataset in wanted.params.datasets.items()},
            collections={name: dataset.collection for name, dataset in wanted.params.datasets.items()},
        )

    def folder(self, spec: TableSpec, method: str, variant: str, protocol: str, seed: int) -> Path:
        """A run's folder."""
        return self.runs / Run(method, variant, protocol, seed, spec.collection, spec.dev).name

    def scores(self, spec: TableSpec, method: str, variant: str, protocol: str, seed: int) -> pd.DataFrame | None:
        """A run's scores per frame, all roles; None when the run was not made.

        Raises:
            UserError: the run could not be made or failed (why), or its score file is damaged.
        """
        folder = self.folder(spec, method, variant, protocol, seed)
        name = folder.relative_to(self.runs).as_posix()
        if (folder / SCORES).is_file():
            collection = self.config(folder).get("collection", spec.collection)
            if collection != spec.collection:
                raise UserError(f"{name}: what is there was made of {collection} data, not of {spec.collection} data")
            return read_scores(folder / SCORES)
        if self.reasons.get(name):
            raise UserError(self.reasons[name])
        index = self._index(self.runs / method)
        failed = index[index["item"].isin([f"{name}/fit", f"{name}/score"]) & (index["status"] != OK)]
        if len(failed):
            raise UserError(f"{failed['item'].iloc[0]}: {failed['error'].iloc[0]}")
        return None

    def checkpoints(self, spec: TableSpec, method: str, variant: str, protocol: str, seed: int) -> pd.DataFrame | None:
        """The scores of a run's kept checkpoints (fas/tables/checkpoints.py); None when it kept none.

        Raises:
            UserError: the file is damaged.
        """
        path = self.folder(spec, method, variant, protocol, seed) / CHECKPOINTS
        return read_checkpoints(path) if path.is_file() else None

    def config(self, folder: Path) -> dict[str, Any]:
        """The card (config.json) of a run or a cue maker; empty when there is none."""
        path = folder / CONFIG
        return read_json(path) if path.is_file() else {}

    def history(self, folder: Path) -> pd.DataFrame | None:
        """The training history in a run's or a cue maker's folder; None when it keeps none."""
        path = folder / HISTORY
        return read_table(path) if path.is_file() else None

    def features(self) -> dict[Pair, dict[str, Source]]:
        """(dataset, clip) -> feature name -> where it is, for every feature that was computed.

        Of a capture whose frames were sampled by several rules (fas/plan/samples.py) those of the usual rule, if there are.
        """
        found: dict[Pair, dict[str, Source]] = {}
        for stage in (FRAMES, FLOW, IDENTITY, "residuals"):
            items = self._items(self.data / stage)
            for row in items[items["status"] == OK].sort_values("sampling", kind="stable").to_dict("records"):
                feature = f"residuals/{row['cue']}" if stage == "residuals" else stage
                path = self.data / stage / row["file"]
                source = path if row["member"] == _ALONE else Member(path, int(row["member"]))
                found.setdefault((row["dataset"], row["clip"]), {}).setdefault(feature, source)
        return found

    @cached_property
    def clips(self) -> dict[Pair, Clip]:
        """(dataset, clip) -> the capture with every feature that was computed of it."""
        features = self.features()
        names = ("dataset", "clip", "label", "attack", "instrument", "subject", "device", "support")
        rows = self.captures.to_dict("records")
        return {
            (row["dataset"], row["clip"]): Clip(
                **{name: row.get(name, "") for name in names},
                domain=self.domains.get(row["dataset"], row["dataset"]),
                features=features.get((row["dataset"], row["clip"]), {}),
            )
            for row in rows
        }

    def failures(self) -> pd.DataFrame:
        """Every item that gave no result: `stage, item, status` (`no_face`, `failed`), `error`."""
        folders = [self.data / stage for stage in ("simulated", FRAMES, FLOW, IDENTITY)] + [self.cues, self.data / "residuals"]
        folders += sorted(path.parent for path in self.runs.glob(f"*/{INDEX}"))
        tables = []
        for folder in folders:
            items = self._items(folder)
            stage = f"train_{folder.name}" if folder.parent == self.runs else folder.name
            tables.append(items[items["status"] != OK].assign(stage=stage)[FAILURES])
        return pd.concat(tables, ignore_index=True)

    def _items(self, folder: Path) -> pd.DataFrame:
        """A row per item; of items that many still images share, a row per image (fas/items/bundle.py)."""
        items, members = self._index(folder), self._index(folder, MEMBERS)
        items, members = items.assign(member=_ALONE), members.assign(item=members["dataset"] + "/" + members["clip"])
        return pd.concat([items[~items["file"].isin(set(members["file"]) - {""})], members], ignore_index=True)

    @staticmethod
    def _index(folder: Path, name: str = INDEX) -> pd.DataFrame:
        empty = pd.DataFrame({column: pd.Series(dtype=str) for column in _TEXT}).assign(member=pd.Series(dtype=int))
        path = folder / name
        table = read_table(path) if path.is_file() else empty
        if not len(table):
            return empty
        return table.assign(**{column: "" for column in _TEXT if column not in table})
