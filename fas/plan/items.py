"""The items of every stage: what each result depends on (its key's inputs) and what its worker needs to make it.

A feature's items stand on the index of the stage before: its digests, never its paths, enter a key, so equal bytes stop a ripple.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from fas.clips import FLOW, FRAMES, IDENTITY, Clip
from fas.faces.frames import Capture, FramesWorker
from fas.features.residuals import model_digest
from fas.features.task import FeatureTask
from fas.items.engine import INDEX
from fas.items.item import OK, Item
from fas.methods import method
from fas.plan.wanted import Clips, Run, Wanted
from fas.runs import FitTask, ScoreTask
from fas.simulate.catalog import captures

DATA = Path("data")
FOLDERS = {FRAMES: DATA / "frames", FLOW: DATA / "flow", IDENTITY: DATA / "identity"}


def cue_folder(cue: str) -> Path:
    """Where a cue maker's trained model lies."""
    return Path("models/cues") / cue


def feature_folder(feature: str) -> Path:
    """Where a feature's files lie."""
    return FOLDERS.get(feature) or DATA / feature


@dataclass(frozen=True)
class Entry:
    """A feature of one clip: where its file lies below the stage's output, and the digest of its bytes (empty: not known yet)."""

    file: str
    digest: str


class Index:
    """A stage's index: (dataset, clip) -> what was computed. Clips without a face and failures have no entry."""

    def __init__(self, folder: Path, entries: dict[tuple[str, str], Entry]) -> None:
        self.folder = folder
        self.entries = entries

    @classmethod
    def read(cls, feature: str) -> "Index":
        """The index of the stage that makes `feature`; empty when the stage has nothing."""
        output = DATA / "residuals" if feature.startswith("residuals/") else feature_folder(feature)
        path = output / INDEX
        if not path.is_file():
            return cls(output, {})
        table = pd.read_parquet(path)
        table = table[table["status"] == OK] if len(table) else table
        if "cue" in table.columns:
            table = table[table["cue"] == feature.partition("/")[2]]
        if not len(table):
            return cls(output, {})
        rows = zip(table["dataset"], table["clip"], table["file"], table["digest"], strict=True)
        return cls(output, {(dataset, clip): Entry(file, digest) for dataset, clip, file, digest in rows})

    def path(self, pair: tuple[str, str]) -> Path:
        return self.folder / self.entries[pair].file

    def __contains__(self, pair: object) -> bool:
        return pair in self.entries

    def digest(self, pair: tuple[str, str]) -> str:
        return self.entries[pair].digest


def simulate_items(wanted: Wanted) -> list[Item]:
    """One item per simulated capture; none when nothing wanted is simulated."""
    if not wanted.simulates:
        return []
    return [
        Item(
            name=f"{capture.dataset}/{capture.clip}",
            ids={"dataset": capture.dataset, "clip": capture.clip},
            inputs={"capture": capture.identity()},
            task=capture,
            folder=f"{capture.dataset}/{PurePosixPath(capture.clip).parent}",
        )
        for capture in captures(wanted.params.simulate)
    ]


def frames_items(wanted: Wanted) -> list[Item]:
    """One item per capture that some wanted run, feature or extraction needs."""
    needed = wanted.features.get(FRAMES, set())
    items = []
    for name in sorted({dataset for dataset, _ in needed}):
        dataset = wanted.params.datasets[name]
        root = str(DATA / "simulated" / name) if dataset.collection == "simulated" else wanted.config.root(name)
        rows = wanted.manifests[name]
        for clip, media, content in zip(rows["clip"], rows["media"], rows["content"], strict=True):
            if (name, clip) in needed:
                items.append(
                    Item(
                        name=f"{name}/{clip}",
                        ids={"dataset": name, "clip": clip},
                        inputs={"content": content, "media": media, "faces": dataset.faces},
                        task=Capture(Path(root or ".") / clip, clip, media, dataset.faces),
                        blocked=""
                        if root
                        else f"the root of dataset '{name}' is not set: [roots] {name} in fas.toml, or FAS_ROOT_{name.upper()}",
                        **_place(name, clip),
                    )
                )
    return items


def feature_items(wanted: Wanted, feature: str, frames: Index) -> list[Item]:
    """One item per clip with frames that needs `flow` or `identity`."""
    return [
        Item(
            name=f"{dataset}/{clip}",
            ids={"dataset": dataset, "clip": clip},
            inputs={"frames": frames.digest((dataset, clip))},
            task=FeatureTask(frames.path((dataset, clip))),
            **_place(dataset, clip),
        )
        for dataset, clip in _present(wanted.features.get(feature, set()), frames)
    ]


def cue_items(wanted: Wanted, cue: str, sources: dict[str, Index]) -> list[Item]:
    """The one item of a cue maker's training: it depends on the features of its live faces."""
    inputs = wanted.cue_inputs(cue)
    pairs = [pair for pair in sorted(wanted.cue_faces(cue)) if all(pair in sources[feature] for feature in inputs)]
    clips = tuple(_clip(wanted, pair, {feature: sources[feature] for feature in inputs}) for pair in pairs)
    depends = [[*pair, *(sources[feature].digest(pair) for feature in inputs)] for pair in pairs]
    return [Item(name=cue, ids={"cue": cue}, inputs={"faces": depends}, task=clips, folder=cue)]


def residual_items(wanted: Wanted, cue: str, sources: dict[str, Index]) -> list[Item]:
    """One item per clip that needs the reconstructions of `cue`."""
    feature = f"residuals/{cue}"
    inputs = wanted.cue_inputs(cue)
    items = []
    for dataset, clip in sorted(wanted.features.get(feature, set())):
        pair = (dataset, clip)
        if all(pair in sources[name] for name in inputs):
            items.append(
                Item(
                    name=f"{cue}/{dataset}/{clip}",
                    ids={"cue": cue, "dataset": dataset, "clip": clip},
                    inputs={name: sources[name].digest(pair) for name in inputs},
                    task=FeatureTask(sources[FRAMES].path(pair), sources[IDENTITY].path(pair) if IDENTITY in inputs else None),
                    **_place(f"{cue}/{dataset}", clip),
                )
            )
    return items


def fit_item(wanted: Wanted, run: Run, sources: dict[str, Index]) -> Item:
    """The training of a run: it depends on its train and dev clips' features, never on a test clip."""
    inputs = wanted.inputs(run)
    roles = wanted.roles(run)
    section = wanted.params.method(run.method).variant(run.method, run.variant)
    by_role = {role: _with_features(roles[roles["role"] == role], inputs, sources) for role in ("train", "dev")}
    clips = {
        role: tuple(_clip(wanted, pair, {name: sources[name] for name in inputs}) for pair in pairs) for role, pairs in by_role.items()
    }
    parameters = section.model_dump(mode="json", exclude={"variants"})
    extraction = _extraction(wanted, inputs)
    return Item(
        name=f"{run.name}/fit",
        ids=_run_ids(run),
        inputs={
            "params": parameters,
            "seed": run.seed,
            "extraction": extraction,
            "weights": [name for name in method(run.method).weights(section) if name in wanted.config.weights],
            "run": [run.variant, run.protocol, run.dev, run.collection],
            **{role: [_depends(wanted, pair, inputs, sources) for pair in pairs] for role, pairs in by_role.items()},
        },
        task=FitTask(run.method, section, clips["train"], clips["dev"], run.seed, _card(run, parameters, extraction)),
        folder=f"{run.variant}/{run.where}/{run.seed}",
    )


def score_item(wanted: Wanted, run: Run, sources: dict[str, Index], model: Path, model_digest: str) -> Item:
    """The scores of a run: they depend on the model's bytes and on every clip of the protocol, also those without a face."""
    inputs = wanted.inputs(run)
    roles = wanted.roles(run).sort_values(["dataset", "clip"])
    listed = list(zip(roles["dataset"], roles["clip"], roles["role"], strict=True))
    clips = []
    depends = []
    for dataset, clip, role in listed:
        pair = (dataset, clip)
        available = {name: sources[name] for name in inputs if pair in sources[name]}
        clips.append((_clip(wanted, pair, available if len(available) == len(inputs) else {}), role))
        depends.append([role, *_depends(wanted, pair, tuple(available), sources)])
    section = wanted.params.method(run.method).variant(run.method, run.variant)
    return Item(
        name=f"{run.name}/score",
        ids=_run_ids(run),
        inputs={"model": model_digest, "clips": depends},
        task=ScoreTask(run.method, section, model, tuple(clips)),
        folder=f"{run.variant}/{run.where}/{run.seed}",
    )


def _place(dataset: str, clip: str) -> dict[str, str]:
    path = PurePosixPath(clip)
    return {"folder": (PurePosixPath(dataset) / path.parent).as_posix(), "file": f"{path.name}.npz"}


def _present(clips: Clips, index: Index) -> list[tuple[str, str]]:
    return sorted(pair for pair in clips if pair in index)


def _with_features(roles: pd.DataFrame, inputs: Iterable[str], sources: dict[str, Index]) -> list[tuple[str, str]]:
    pairs = sorted(zip(roles["dataset"], roles["clip"], strict=True))
    return [pair for pair in pairs if all(pair in sources[feature] for feature in inputs)]


def _clip(wanted: Wanted, pair: tuple[str, str], sources: dict[str, Index]) -> Clip:
    row = wanted.rows[pair]
    return Clip(
        dataset=pair[0],
        clip=pair[1],
        label=row["label"],
        attack=row["attack"],
        instrument=row["instrument"],
        subject=row["subject"],
        device=row["device"],
        domain=_domain(wanted, pair[0]),
        features={feature: index.path(pair) for feature, index in sources.items()},
    )


def _domain(wanted: Wanted, dataset: str) -> str:
    return wanted.params.datasets[dataset].letter or dataset


def _depends(wanted: Wanted, pair: tuple[str, str], inputs: Iterable[str], sources: dict[str, Index]) -> list[str]:
    row = wanted.rows[pair]
    return [
        *pair,
        *(row[column] for column in ("label", "attack", "instrument", "subject")),
        _domain(wanted, pair[0]),
        *(sources[name].digest(pair) for name in inputs),
    ]


def _run_ids(run: Run) -> dict[str, str]:
    return {"method": run.method, "variant": run.variant, "protocol": run.protocol, "seed": str(run.seed)}


def _card(run: Run, parameters: dict[str, object], extraction: dict[str, object]) -> dict[str, object]:
    return {**_run_ids(run), "seed": run.seed, "dev": run.dev, "collection": run.collection, "params": parameters, "extraction": extraction}


def _extraction(wanted: Wanted, inputs: Iterable[str]) -> dict[str, object]:
    """The sections by which a single file becomes what the method reads: `fas predict` repeats them."""
    params = wanted.params
    detector = FramesWorker(params.frames, wanted.config.weights).depends()["weights"]
    used: dict[str, object] = {FRAMES: params.frames.model_dump(mode="json"), "weights": detector}
    for feature in inputs:
        if feature == FLOW:
            used[FLOW] = params.flow.model_dump(mode="json")
        elif feature == IDENTITY:
            used[IDENTITY] = params.identity.model_dump(mode="json")
        elif feature.startswith("residuals/"):
            name = feature.partition("/")[2]
            used["residuals"] = params.residuals.model_dump(mode="json")
            model = model_digest(cue_folder(name)) if cue_folder(name).is_dir() else ""
            used["cue"] = {"name": name, "params": params.cue(name).model_dump(mode="json"), "model": model}
            used[IDENTITY] = params.identity.model_dump(mode="json")
    return used
