"""What `dvc repro` would compute now, item by item, and why. Nothing is run and nothing is fetched."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from fas.clips import FLOW, FRAMES, IDENTITY
from fas.errors import UserError
from fas.items.bundle import Bundle, BundleWorker
from fas.items.engine import INDEX
from fas.items.item import FAILED, OK, Item
from fas.items.store import Store
from fas.items.worker import ArraysWorker, Worker
from fas.plan.index import Entry, Index
from fas.plan.items import Work, cue_folder, cue_items, feature_work, frames_work, residual_work, simulate_items
from fas.plan.run_items import fit_item, score_item
from fas.plan.samples import Sample, samples
from fas.plan.wanted import Run, Wanted

NOTHING = "-"  # the digest of a result without files: no face, or a failure
CUES = "cues"  # what waits for a cue maker that is not trained yet


@dataclass
class Forecast:
    """A stage's items: how many there are, for each that would run, why, and those that failed and are tried again when the stage runs.

    `note`: what keeps the stage, or some of its items, from running (they are in `total` alone), or from being forecast.
    """

    stage: str
    total: int = 0
    runs: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    note: str = ""


class Forecaster:
    """Walks down the stages with the indexes that they would write."""

    def __init__(self, wanted: Wanted, root: Path) -> None:
        self.wanted = wanted
        self.store = Store(root)
        self.indexes: dict[str, Index] = {}
        self.forecasts: list[Forecast] = []

    def all(self) -> list[Forecast]:
        """The forecast of every stage, in the pipeline's order."""
        self._simulate()
        if self.wanted.simulates and (self.forecasts[0].runs or not self.wanted.simulated):
            self.forecasts.append(Forecast("(the rest)", note="known when simulate has run"))
            return self.forecasts
        self._features()
        self._cues()
        self._methods()
        return self.forecasts

    def _stage(self, stage: str, output: str, work: Sequence[tuple[Worker, Sequence[Item], Sequence[str]]]) -> dict[str, str]:
        """Forecast one stage. `work` holds workers with their items and, per item, what it waits for. Returns item -> digest.

        A worker that cannot say what its results depend on (a digest that params.yaml lacks, say) is noted, whatever its items wait for.
        """
        forecast = Forecast(stage)
        previous = _previous(output)
        digests: dict[str, str] = {}
        made: set[str] = set()
        for worker, items, waits in work:
            forecast.total += len(items)
            depends, refusal = _depends(worker, waits)
            if refusal:
                forecast.note = _joined(forecast.note, refusal)
                continue
            keys = [item.key(worker, depends) for item in items]
            known = self.store.find(keys, output, fetch=False)
            for item, key, wait in zip(items, keys, waits, strict=True):
                if wait:
                    forecast.runs[item.name] = f"waits for {wait}"
                elif key in known:
                    digests[item.name] = known[key].digest if known[key].status == OK else NOTHING
                elif (before := previous.get(item.name)) and before["status"] == FAILED and before["key"] == key:
                    digests[item.name] = NOTHING
                    forecast.failed[item.name] = before["error"]
                elif key not in made:  # an equal item under another name shares the result
                    made.add(key)
                    forecast.runs[item.name] = _why(before)
        self.forecasts.append(forecast)
        return digests

    def _simulate(self) -> None:
        from fas.simulate.render import SimulateWorker

        items = simulate_items(self.wanted)
        self._stage("simulate", "data/simulated", [(SimulateWorker(self.wanted.params.simulate), items, [""] * len(items))])

    def _features(self) -> None:
        from fas.faces.frames import FramesWorker
        from fas.features.flow import FlowWorker
        from fas.features.identity import IdentityWorker

        params = self.wanted.params
        worker = FramesWorker(params.frames, self.wanted.config.weights)
        self._feature(FRAMES, worker, frames_work(self.wanted), stills=worker.stills())
        frames = self.indexes[FRAMES]
        for feature, made in ((FLOW, FlowWorker(params.flow)), (IDENTITY, IdentityWorker(params.identity))):
            self._feature(feature, made, feature_work(self.wanted, feature, frames), {FRAMES: frames})

    def _feature(
        self,
        feature: str,
        worker: ArraysWorker,
        work: Work,
        sources: Mapping[str, Index] | None = None,
        stills: ArraysWorker | None = None,
    ) -> None:
        both: list[tuple[Worker, list[Item]]] = [(worker, work.single), (BundleWorker(stills or worker), work.bundles)]
        digests = self._stage(feature, f"data/{feature}", [(one, items, _waits(items, sources or {})) for one, items in both])
        self.indexes[feature] = _index(feature, [*work.single, *work.bundles], digests)

    def _cues(self) -> None:
        from fas.features.cues.worker import CueWorker
        from fas.features.residuals import ResidualsWorker

        params = self.wanted.params
        training: list[tuple[Worker, Sequence[Item], Sequence[str]]] = []
        using: list[tuple[Worker, Sequence[Item], Sequence[str]]] = []
        for cue in self.wanted.cues:
            sources = {feature: self.indexes[feature] for feature in self.wanted.cue_inputs(cue)}
            pending = self._pending(self.wanted.cue_faces(cue), sources)
            training.append((CueWorker(cue, params.cue(cue), params.identity.frames), cue_items(self.wanted, cue, sources), [pending]))
        made = self._stage("cues", "models/cues", training)
        on_disk = {name: row["digest"] for name, row in _previous("models/cues").items()}
        listed: dict[str, list[Item]] = {}
        for cue in self.wanted.cues:
            sources = {feature: self.indexes[feature] for feature in self.wanted.cue_inputs(cue)}
            work = residual_work(self.wanted, cue, sources)
            there = made.get(cue) not in (None, NOTHING) and made[cue] == on_disk.get(cue)
            worker = ResidualsWorker(cue, params.cue(cue), cue_folder(cue), params.residuals, params.identity.frames)
            both: list[tuple[Worker, list[Item]]] = [(worker, work.single), (BundleWorker(worker), work.bundles)]
            for one, items in both:
                using.append((one, items, _waits(items, sources) if there else [CUES] * len(items)))
            listed[cue] = [*work.single, *work.bundles]
        digests = self._stage("residuals", "data/residuals", using)
        for cue, items in listed.items():
            self.indexes[f"residuals/{cue}"] = _index(f"residuals/{cue}", items, digests)

    def _methods(self) -> None:
        from fas.runs import FitWorker, ScoreWorker

        for name in sorted({run.method for run in self.wanted.ready}):
            runs = [run for run in self.wanted.ready if run.method == name]
            fits: dict[Run, Item] = {}
            waits, refusal = [], ""
            for run in runs:
                sources = self._sources(run)
                try:
                    fits[run] = fit_item(self.wanted, run, sources)
                except UserError as error:  # a feature's own parameters do not hold together
                    refusal = _joined(refusal, str(error))
                    continue
                roles = self.wanted.roles(run)
                clips = samples(roles[roles["role"].isin(["train", "dev"])]) | self.wanted.extra_live(run)
                waits.append(self._pending(clips, sources))
            made = self._stage(f"train_{name}", f"runs/{name}", [(FitWorker(name), list(fits.values()), waits)])
            scores, waits = [], []
            for run, fit in fits.items():
                sources = self._sources(run)
                digest = made.get(fit.name, "")
                scores.append(score_item(self.wanted, run, sources, Path("runs") / name / fit.folder, digest))
                clips = samples(self.wanted.roles(run))
                waits.append(self._pending(clips, sources) if digest not in ("", NOTHING) else "its training")
            training = self.forecasts.pop()
            self._stage(f"train_{name}", f"runs/{name}", [(ScoreWorker(name), scores, waits)])
            self.forecasts[-1].total += training.total + 2 * (len(runs) - len(fits))
            self.forecasts[-1].note = _joined(refusal, training.note, self.forecasts[-1].note)
            self.forecasts[-1].runs = training.runs | self.forecasts[-1].runs
            self.forecasts[-1].failed = training.failed | self.forecasts[-1].failed

    def _sources(self, run: Run) -> dict[str, Index]:
        return {name: self.indexes[name] for name in self.wanted.inputs(run)}

    def _pending(self, clips: Iterable[Sample], sources: dict[str, Index]) -> str:
        for name, index in sources.items():
            if any(sample in index and not index.digest(sample) for sample in clips):
                return name
        return ""


def _depends(worker: Worker, waits: Sequence[str]) -> tuple[dict[str, Any], str]:
    """What a worker's results depend on, or why it cannot say. Without items, or before its cue maker is trained, it is not asked."""
    if all(wait == CUES for wait in waits):
        return {}, ""
    try:
        return worker.depends(), ""
    except UserError as error:
        return {}, str(error)


def _joined(*notes: str) -> str:
    return "; ".join(dict.fromkeys(note for note in notes if note))


def _waits(items: Sequence[Item], sources: Mapping[str, Index]) -> list[str]:
    def wait(item: Item) -> str:
        return next((name for name, index in sources.items() if not all(index.digest(sample) for sample in _samples(item))), "")

    return [wait(item) for item in items]


def _samples(item: Item) -> list[Sample]:
    """The samples that an item computes."""
    dataset = item.ids["dataset"]
    if isinstance(item.task, Bundle):
        return [Sample(dataset, clip) for clip, _ in item.task.tasks]
    return [Sample(dataset, item.ids["clip"], item.ids["sampling"])]


def _index(feature: str, items: Sequence[Item], digests: Mapping[str, str]) -> Index:
    """The index that the items would leave; the members of a bundle all count as having a face until it was computed here."""
    written = Index.read(feature)
    known = {entry.digest for entry in written.entries.values()}
    entries: dict[Sample, Entry] = {}
    for item in items:
        digest, shared = digests.get(item.name, ""), isinstance(item.task, Bundle)
        for number, sample in enumerate(_samples(item)):
            without = shared and digest in known and sample not in written
            if digest != NOTHING and not without:
                entries[sample] = Entry(item.path(""), digest, number if shared else None)
    return Index(written.folder, entries)


def _previous(output: str) -> dict[str, dict[str, str]]:
    path = Path(output) / INDEX
    if not path.is_file():
        return {}
    table = pd.read_parquet(path)
    return {row["item"]: row for row in table.to_dict("records")}


def _why(before: dict[str, str] | None) -> str:
    if before is None:
        return "new"
    return "its inputs, parameters or worker version changed"
