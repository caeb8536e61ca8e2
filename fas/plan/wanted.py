"""What is wanted: the tables named in params.yaml, their runs, and the features that the runs' clips need."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import pandas as pd

from fas.clips import FLOW, FRAMES, IDENTITY, residuals
from fas.config import Config
from fas.datasets.boxes import Boxes, boxes_path
from fas.datasets.manifest import read_manifest
from fas.datasets.neighbours import Adjacent, neighbours
from fas.datasets.protocols import protocol, sampling
from fas.datasets.registry import ADAPTERS
from fas.errors import UserError
from fas.features.cues import USUAL, cue, split
from fas.methods import method
from fas.methods.base import ExtraLiveParams, MethodParams
from fas.params import BaseParams, DatasetParams
from fas.plan.live_faces import unfit
from fas.plan.samples import Samples, buckets, samples
from fas.plan.tables import check_feature, settle
from fas.tables import spec as tables

SIMULATED = Path("data/simulated/manifests")
REAL = Path("data/manifests")


@dataclass(frozen=True, order=True)
class Run:
    """One training and its scores. Its `name` is its folder below `runs/`."""

    method: str
    variant: str
    protocol: str
    seed: int
    collection: str
    dev: Literal["seeded", "none"]

    @property
    def where(self) -> str:
        """The protocol's folder: a run without dev set stands apart from one with."""
        return self.protocol if self.dev == "seeded" else f"{self.protocol}-nodev"

    @property
    def name(self) -> str:
        """Its folder below `runs/`."""
        return f"{self.method}/{self.variant}/{self.where}/{self.seed}"


class Wanted:
    """Everything the wanted tables ask for. Absent manifests are no error: their runs have a `reason` instead.

    Raises:
        UserError: one line: no such table, or a table names something that is not there (fas/plan/tables.py).
    """

    def __init__(self, params: BaseParams, config: Config | None = None) -> None:
        self.params = params
        self.config = config or Config()
        self.tables = [settle(tables.load(name), params) for name in params.tables]

    @cached_property
    def manifests(self) -> dict[str, pd.DataFrame]:
        """Dataset -> its manifest, for those that have one."""
        found = {}
        for name, dataset in self.params.datasets.items():
            path = manifest_path(name, dataset)
            if path.is_file():
                found[name] = read_manifest(path)
                wrong = set(found[name]["dataset"]) - {name}
                if wrong:
                    raise UserError(f"{path}: its dataset is '{min(wrong)}', not '{name}' (scan with --name {name})")
        return found

    def boxes(self, name: str) -> Boxes:
        """The face boxes of a dataset that asks for hints; none of another one.

        Raises:
            UserError: it asks for hints and its boxes are not there, or are no such table.
        """
        if name not in self._boxes:
            self._boxes[name] = self._read_boxes(name, self.params.datasets[name])
        return self._boxes[name]

    @cached_property
    def _boxes(self) -> dict[str, Boxes]:
        return {}

    def _read_boxes(self, name: str, dataset: DatasetParams) -> Boxes:
        if not dataset.hints:
            return Boxes()
        manifest = manifest_path(name, dataset)
        path = boxes_path(manifest)
        if not path.is_file():
            scan = f"fas scan {dataset.adapter} ROOT --name {name} --out {manifest} --boxes writes it"
            source = "its simulated layout has no face boxes" if dataset.collection == "simulated" else scan
            raise UserError(f"params.yaml: datasets.{name}.hints: no file {path} ({source})")
        return Boxes.read(path, name)

    def neighbours(self, name: str) -> Mapping[str, Adjacent]:
        """The neighbours of a dataset's still images, by clip; none where they are no sequences, or where no pairs are made."""
        if name not in self._neighbours:
            dataset = self.params.datasets[name]
            reach = dataset.neighbours if self.params.frames.pairs.k else 0
            self._neighbours[name] = neighbours(self.manifests[name], ADAPTERS[dataset.adapter].sequence, reach)
        return self._neighbours[name]

    @cached_property
    def _neighbours(self) -> dict[str, Mapping[str, Adjacent]]:
        return {}

    @cached_property
    def rows(self) -> dict[tuple[str, str], dict[str, str]]:
        """(dataset, clip) -> its manifest row."""
        return {(row["dataset"], row["clip"]): row for manifest in self.manifests.values() for row in manifest.to_dict("records")}

    @cached_property
    def buckets(self) -> dict[tuple[str, str], str]:
        """(dataset, clip) -> the bucket of a still image that shares its files with others."""
        given = {name: buckets(manifest, self.params.datasets[name].buckets) for name, manifest in self.manifests.items()}
        return {(name, clip): bucket for name, found in given.items() for clip, bucket in found.items()}

    def domain(self, dataset: str) -> str:
        """The dataset's letter, or its name when it has none."""
        return self.params.datasets[dataset].letter or dataset

    @cached_property
    def simulated(self) -> list[str]:
        """The simulated datasets that have a manifest."""
        return [name for name in self.manifests if self.params.datasets[name].collection == "simulated"]

    @cached_property
    def simulates(self) -> bool:
        """Whether anything wanted stands on simulated data."""
        collections = {table.collection for table in self.tables} | {self.params.datasets[name].collection for name in self.params.extract}
        return "simulated" in collections

    @cached_property
    def runs(self) -> list[Run]:
        """All runs of all tables, each once, sorted.

        Raises:
            UserError: one folder would hold two collections' runs.
        """
        runs = {Run(*run, table.collection, table.dev) for table in self.tables for run in table.runs()}
        if len({run.name for run in runs}) != len(runs):
            raise UserError("params.yaml: tables: a simulated and a real table want the same run; ask for one of them at a time")
        return sorted(runs)

    def roles(self, run: Run) -> pd.DataFrame:
        """`dataset, clip, role, sampling` of a run's protocol: `sampling` is the policy that it prescribes for the clip's frames, or empty.

        Raises:
            UserError: a dataset of the protocol is not there.
        """
        key = (run.protocol, run.collection, run.dev)
        if key not in self._roles:
            datasets = {name: one for name, one in self.params.datasets.items() if one.collection == run.collection}
            frames = [self.manifests[name] for name in datasets if name in self.manifests]
            if not frames:
                source = "the simulate stage makes them" if run.collection == "simulated" else "fas scan ... --out data/manifests/NAME.csv"
                raise UserError(f"{run.protocol}: no manifest of a {run.collection} dataset ({source})")
            adapters = {name: one.adapter for name, one in datasets.items()}
            rows = pd.concat(frames, ignore_index=True)
            table = protocol(run.protocol, rows, self.params.letters(run.collection), adapters, dev=run.dev)
            prescribed = sampling(run.protocol, adapters)
            self._roles[key] = table.assign(sampling=[prescribed.get(role, "") for role in table["role"]])
        return self._roles[key]

    @cached_property
    def _roles(self) -> dict[tuple[str, str, str], pd.DataFrame]:
        return {}

    def reason(self, run: Run) -> str:
        """Why a run cannot be made now; empty when it can.

        Raises:
            UserError: a manifest is there and broken, or live faces are asked of a dataset that nobody knows.
        """
        _ = self.manifests
        try:
            datasets = set(self.roles(run)["dataset"])
        except UserError as error:
            return str(error)
        return self.unfit(run, datasets)

    def unfit(self, run: Run, datasets: Set[str]) -> str:
        """Why the live faces that a run takes from outside its protocol do not fit; empty when they do, or when it takes none.

        Args:
            datasets: those that play a part in its protocol.

        Raises:
            UserError: a dataset that nobody knows (fas/plan/live_faces.py).
        """
        where = f"params.yaml: {run.method}.extra_live (variant '{run.variant}')"
        found = unfit(self.extra_datasets(run), where, run.collection, datasets, self.params, self.manifests)
        return found or next(filter(None, (self.unfit_feature(name, run.collection, datasets) for name in self.inputs(run))), "")

    def unfit_feature(self, feature: str, collection: str, datasets: Set[str]) -> str:
        """Why residuals cannot be made for clips of a collection: the faces of their cue maker do not fit. Empty for any other feature.

        Raises:
            UserError: as `unfit`.
        """
        kind, _, name = feature.partition("/")
        if kind != "residuals":
            return ""
        maker = split(name)[0]
        faces = self.params.cue(name).faces
        own = "" if faces == self.params.cue(maker).faces else f" (variant '{name}')"
        where = f"params.yaml: cues.{maker}.faces{own}"
        return unfit(faces, where, collection, datasets, self.params, self.manifests) if faces else f"{where}: names no dataset"

    @cached_property
    def ready(self) -> list[Run]:
        """The runs whose data is there."""
        return [run for run in self.runs if not self.reason(run)]

    def section(self, run: Run) -> MethodParams:
        """The parameters of a run: its method's section with its variant applied."""
        return self.params.method(run.method).variant(run.method, run.variant)

    def inputs(self, run: Run) -> tuple[str, ...]:
        """The features a run's method reads."""
        return method(run.method).inputs(self.section(run))

    def extra_datasets(self, run: Run) -> tuple[str, ...]:
        """The datasets whose live clips are to join a run's training beside its protocol's, each once."""
        section = self.section(run)
        return tuple(dict.fromkeys(section.extra_live)) if isinstance(section, ExtraLiveParams) else ()

    def extra_live(self, run: Run) -> Samples:
        """The live clips of those datasets."""
        return self._lives(self.extra_datasets(run))

    def _lives(self, datasets: Iterable[str]) -> Samples:
        """The live clips of the datasets that have a manifest."""
        return {sample for name in datasets if name in self.manifests for sample in self._live(name)}

    def _live(self, dataset: str) -> Samples:
        """The live clips of a dataset that has a manifest."""
        if dataset not in self._live_clips:
            manifest = self.manifests[dataset]
            self._live_clips[dataset] = samples(manifest[manifest["label"] == "live"])
        return self._live_clips[dataset]

    @cached_property
    def _live_clips(self) -> dict[str, Samples]:
        return {}

    @cached_property
    def absent(self) -> dict[str, str]:
        """What is wanted and cannot be made now, and why: runs, and features that a table shows beside those that its runs read."""
        absent = {run.name: reason for run in self.runs if (reason := self.reason(run))}
        for run in self.ready:
            for feature, reason in self._shown(run).items():
                if reason:
                    absent[f"{feature} of {run.where}"] = reason
        return absent

    def _shown(self, run: Run) -> dict[str, str]:
        """The features that tables show of a run's clips: each with why it cannot be made, empty when it can."""
        tables = [one for one in self.tables if (one.collection, one.dev) == (run.collection, run.dev) and run.protocol in one.protocols()]
        datasets = set(self.roles(run)["dataset"])
        return {name: self.unfit_feature(name, run.collection, datasets) for table in tables for name in table.features}

    @cached_property
    def features(self) -> dict[str, Samples]:
        """Feature -> the samples that need it, with all that a feature is itself made from."""
        wanted: dict[str, Samples] = defaultdict(set)
        for run in self.ready:
            clips = samples(self.roles(run))
            for feature in {*self.inputs(run), *(name for name, reason in self._shown(run).items() if not reason)}:
                wanted[feature] |= clips
            for feature in self.inputs(run):
                wanted[feature] |= self.extra_live(run)
        for name, features in self.params.extract.items():
            for feature, clips in self._extracted(name, features).items():
                wanted[feature] |= clips
        return self._with_sources(wanted)

    def _extracted(self, name: str, features: Iterable[str]) -> dict[str, Samples]:
        """The features that are extracted of a dataset, without any table, and its clips."""
        clips = self.clips_of([name])
        dataset = self.params.datasets[name]
        if not clips and dataset.collection == "real":
            raise UserError(
                f"params.yaml: extract.{name}: no capture in {manifest_path(name, dataset)} (fas scan {dataset.adapter} writes it)"
            )
        full = [residuals(USUAL) if feature == "residuals" else feature for feature in features]
        for feature in full:
            check_feature(feature, self.params)
            reason = self.unfit_feature(feature, dataset.collection, set())
            if clips and reason:
                raise UserError(f"{reason} (asked for by extract.{name})")
        return dict.fromkeys(full, clips)

    def _with_sources(self, wanted: dict[str, Samples]) -> dict[str, Samples]:
        for feature in [name for name in wanted if name.startswith("residuals/")]:
            faces = self.cue_faces(feature.partition("/")[2])
            for source in self.cue_inputs(feature.partition("/")[2]):
                wanted[source] |= wanted[feature] | faces
        for feature in (FLOW, IDENTITY):
            if wanted.get(feature):
                wanted[FRAMES] |= wanted[feature]
        return dict(wanted)

    @cached_property
    def cues(self) -> list[str]:
        """The cue makers and variants of them whose residuals something wants, by name; a maker before its variants."""
        return sorted(name.partition("/")[2] for name, clips in self.features.items() if name.startswith("residuals/") and clips)

    def cue_inputs(self, name: str) -> tuple[str, ...]:
        """The features a cue maker reads."""
        return cue(name).inputs(self.params.cue(name))

    def cue_faces(self, name: str) -> Samples:
        """The live clips of the datasets that a cue maker learns from (`cues.<name>.faces`); none of a dataset without a manifest.

        Raises:
            UserError: no such cue maker or variant.
        """
        return self._lives(self.params.cue(name).faces)

    def clips_of(self, datasets: Iterable[str]) -> Samples:
        """All clips of the datasets that have a manifest."""
        return {sample for name in datasets if name in self.manifests for sample in samples(self.manifests[name])}


def manifest_path(name: str, dataset: DatasetParams) -> Path:
    """Where a dataset's manifest is."""
    return (SIMULATED if dataset.collection == "simulated" else REAL) / f"{name}.csv"
