"""What `dvc repro` would compute now, item by item, and why. Nothing is run and nothing is fetched."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from fas.clips import FLOW, FRAMES, IDENTITY
from fas.items.engine import INDEX
from fas.items.item import FAILED, OK, Item
from fas.items.store import Store
from fas.items.worker import Worker
from fas.plan.items import (
    DATA,
    Entry,
    Index,
    cue_items,
    feature_items,
    fit_item,
    frames_items,
    residual_items,
    score_item,
    simulate_items,
)
from fas.plan.wanted import Run, Wanted

NOTHING = "-"  # the digest of a result without files: no face, or a failure


@dataclass
class Forecast:
    """A stage's items: how many there are, for each that would run, why, and those that failed and are tried again when the stage runs."""

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
        """Forecast one stage. `work` holds workers with their items and, per item, what it waits for. Returns item -> digest."""
        forecast = Forecast(stage)
        previous = _previous(output)
        digests: dict[str, str] = {}
        for worker, items, waits in work:
            depends = worker.depends() if not all(waits) else {}
            keys = [item.key(worker, depends) for item in items]
            known = self.store.find(keys, output, fetch=False)
            for item, key, wait in zip(items, keys, waits, strict=True):
                forecast.total += 1
                if wait:
                    forecast.runs[item.name] = f"waits for {wait}"
                elif key in known:
                    digests[item.name] = known[key].digest if known[key].status == OK else NOTHING
                elif (before := previous.get(item.name)) and before["status"] == FAILED and before["key"] == key:
                    digests[item.name] = NOTHING
                    forecast.failed[item.name] = before["error"]
                else:
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
        items = frames_items(self.wanted)
        self._feature(FRAMES, FramesWorker(params.frames, self.wanted.config.weights), items, [""] * len(items))
        frames = self.indexes[FRAMES]
        for feature, worker in ((FLOW, FlowWorker(params.flow)), (IDENTITY, IdentityWorker(params.identity))):
            made = feature_items(self.wanted, feature, frames)
            self._feature(feature, worker, made, _waits(made, {FRAMES: frames}))

    def _feature(self, feature: str, worker: Worker, items: Sequence[Item], waits: Sequence[str]) -> None:
        digests = self._stage(feature, f"data/{feature}", [(worker, items, waits)])
        entries = {
            (item.ids["dataset"], item.ids["clip"]): Entry(item.path(""), digests.get(item.name, ""))
            for item in items
            if digests.get(item.name) != NOTHING
        }
        self.indexes[feature] = Index(DATA / feature, entries)

    def _cues(self) -> None:
        from fas.features.cues.worker import CueWorker
        from fas.features.residuals import ResidualsWorker

        params = self.wanted.params
        training: list[tuple[Worker, Sequence[Item], Sequence[str]]] = []
        using: list[tuple[Worker, Sequence[Item], Sequence[str]]] = []
        for cue in self.wanted.cues:
            sources = {feature: self.indexes[feature] for feature in self.wanted.cue_inputs(cue)}
            pending = next((name for name, index in sources.items() if not all(entry.digest for entry in index.entries.values())), "")
            training.append((CueWorker(cue, params.cue(cue)), cue_items(self.wanted, cue, sources), [pending]))
        made = self._stage("cues", "models/cues", training)
        on_disk = {name: row["digest"] for name, row in _previous("models/cues").items()}
        for cue in self.wanted.cues:
            sources = {feature: self.indexes[feature] for feature in self.wanted.cue_inputs(cue)}
            items = residual_items(self.wanted, cue, sources)
            there = made.get(cue) not in (None, NOTHING) and made[cue] == on_disk.get(cue)
            waits = _waits(items, sources) if there else ["cues"] * len(items)
            using.append((ResidualsWorker(cue, params.cue(cue), Path("models/cues") / cue, params.residuals), items, waits))
        digests = self._stage("residuals", "data/residuals", using)
        for cue, (_, listed, _) in zip(self.wanted.cues, using, strict=True):
            made_of = {(i.ids["dataset"], i.ids["clip"]): Entry(i.path(""), digests.get(i.name, "")) for i in listed}
            self.indexes[f"residuals/{cue}"] = Index(DATA / "residuals", {k: e for k, e in made_of.items() if e.digest != NOTHING})

    def _methods(self) -> None:
        from fas.runs import FitWorker, ScoreWorker

        for name in sorted({run.method for run in self.wanted.ready}):
            runs = [run for run in self.wanted.ready if run.method == name]
            fits, waits = [], []
            for run in runs:
                sources = self._sources(run)
                item = fit_item(self.wanted, run, sources)
                fits.append(item)
                waits.append(self._pending([(clip.dataset, clip.clip) for clip in (*item.task.train, *item.task.dev)], sources))
            made = self._stage(f"train_{name}", f"runs/{name}", [(FitWorker(name), fits, waits)])
            scores, waits = [], []
            for run, fit in zip(runs, fits, strict=True):
                sources = self._sources(run)
                digest = made.get(fit.name, "")
                scores.append(score_item(self.wanted, run, sources, Path("runs") / name / fit.folder, digest))
                rows = self.wanted.roles(run)
                clips = list(zip(rows["dataset"], rows["clip"], strict=True))
                waits.append(self._pending(clips, sources) if digest not in ("", NOTHING) else "its training")
            training = self.forecasts.pop()
            self._stage(f"train_{name}", f"runs/{name}", [(ScoreWorker(name), scores, waits)])
            self.forecasts[-1].total += training.total
            self.forecasts[-1].runs = training.runs | self.forecasts[-1].runs
            self.forecasts[-1].failed = training.failed | self.forecasts[-1].failed

    def _sources(self, run: Run) -> dict[str, Index]:
        return {name: self.indexes[name] for name in self.wanted.inputs(run)}

    def _pending(self, clips: Sequence[tuple[str, str]], sources: dict[str, Index]) -> str:
        for name, index in sources.items():
            if any(pair in index and not index.digest(pair) for pair in clips):
                return name
        return ""


def _waits(items: Sequence[Item], sources: dict[str, Index]) -> list[str]:
    def wait(item: Item) -> str:
        pair = (item.ids["dataset"], item.ids["clip"])
        return next((name for name, index in sources.items() if not index.digest(pair)), "")

    return [wait(item) for item in items]


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
