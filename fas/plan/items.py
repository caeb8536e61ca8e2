"""The items of the stages that make features: what each result depends on (its key's inputs) and what its worker needs to make it.

A feature's items stand on the index of the stage before: its digests, never its paths, enter a key, so equal bytes stop a ripple.
Still images of large datasets share items (buckets, fas/plan/samples.py): `Work` holds both kinds, each for its own worker.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, cast

from fas.clips import FLOW, FRAMES, IDENTITY, Clip
from fas.errors import UserError
from fas.faces.frames import Capture
from fas.faces.neighbour import Neighbour
from fas.features import cues
from fas.features.flow_files import ROOT, WHERE, folder_digest
from fas.features.task import FeatureTask
from fas.items.bundle import Bundle
from fas.items.item import Item
from fas.media import Media
from fas.plan.index import DATA, Index
from fas.plan.samples import Sample, grouped
from fas.plan.wanted import Wanted
from fas.simulate.catalog import captures


@dataclass(frozen=True)
class Work:
    """A stage's items: `single` captures, and `bundles` of still images (fas/items/bundle.py)."""

    single: list[Item]
    bundles: list[Item]


def cue_folder(cue: str) -> Path:
    """Where a cue maker's trained model lies."""
    return Path("models/cues") / cue


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


def frames_work(wanted: Wanted) -> Work:
    """Every capture that some wanted run, feature or extraction needs."""
    return _work(wanted, wanted.features.get(FRAMES, set()), partial(_capture, wanted, _in_vain(wanted)))


def _in_vain(wanted: Wanted) -> dict[Sample, str]:
    """Training faces of cue makers that lack a file of the user's, and which: until it is there, nothing new is computed for them."""
    found: dict[Sample, str] = {}
    for name in wanted.cues:
        try:
            cues.cue(name).check(wanted.params.cue(name), wanted.config.weights)
        except UserError as error:
            found |= dict.fromkeys(wanted.cue_faces(name), str(error))
    return found


def feature_work(wanted: Wanted, feature: str, frames: Index) -> Work:
    """Every sample with frames that needs `flow` or `identity`."""
    present = {sample for sample in wanted.features.get(feature, set()) if sample in frames}
    if feature == FLOW and wanted.params.flow.algorithm == "precomputed":
        return _work(wanted, present, partial(_precomputed, wanted, frames))
    return _work(wanted, present, lambda sample: ({"frames": frames.digest(sample)}, FeatureTask(frames.source(sample)), ""))


def _precomputed(wanted: Wanted, frames: Index, sample: Sample) -> tuple[dict[str, Any], FeatureTask, str]:
    """A clip with the user's own flow: the bytes of its files are in the key."""
    root = wanted.config.root(ROOT)
    folder = Path(root or ".") / sample.dataset / sample.clip
    inputs = {"frames": frames.digest(sample), "flow": folder_digest(folder) if root else ""}
    return inputs, FeatureTask(frames.source(sample), flow_files=folder), "" if root else f"no folder of precomputed flow is set: {WHERE}"


def residual_work(wanted: Wanted, cue: str, sources: Mapping[str, Index]) -> Work:
    """Every sample with all that the cue maker reads and that needs its residuals."""
    inputs = wanted.cue_inputs(cue)
    needed = wanted.features.get(f"residuals/{cue}", set())
    present = {sample for sample in needed if all(sample in sources[name] for name in inputs)}

    def one(sample: Sample) -> tuple[dict[str, Any], FeatureTask, str]:
        identity = sources[IDENTITY].source(sample) if IDENTITY in inputs else None
        task = FeatureTask(sources[FRAMES].source(sample), identity)
        return {name: sources[name].digest(sample) for name in inputs}, task, ""

    return _work(wanted, present, one, {"cue": cue})


def cue_items(wanted: Wanted, cue: str, sources: Mapping[str, Index]) -> list[Item]:
    """The one item of a cue maker's training: it depends on the features of its live faces."""
    inputs = wanted.cue_inputs(cue)
    faces = [sample for sample in sorted(wanted.cue_faces(cue)) if all(sample in sources[feature] for feature in inputs)]
    clips = tuple(clip_of(wanted, sample, {feature: sources[feature] for feature in inputs}) for sample in faces)
    depends = [[*sample.pair, *(sources[feature].digest(sample) for feature in inputs)] for sample in faces]
    return [Item(name=cue, ids={"cue": cue}, inputs={"faces": depends}, task=clips, folder=cue)]


def clip_of(wanted: Wanted, sample: Sample, sources: Mapping[str, Index]) -> Clip:
    """What a method or a cue maker sees of a sample: what the manifest says, and where its features are."""
    row = wanted.rows[sample.pair]
    return Clip(
        dataset=sample.dataset,
        clip=sample.clip,
        label=row["label"],
        attack=row["attack"],
        instrument=row["instrument"],
        subject=row["subject"],
        device=row["device"],
        support=row["support"],
        domain=wanted.domain(sample.dataset),
        features={feature: index.source(sample) for feature, index in sources.items()},
    )


One = Callable[[Sample], tuple[dict[str, Any], Any, str]]  # inputs, task, and what blocks it


def _work(wanted: Wanted, needed: set[Sample], one: One, ids: Mapping[str, str] | None = None) -> Work:
    """The items of `needed`. `ids` are further columns of the index, and stand in front of names and folders."""
    single: list[Item] = []
    bundles: list[Item] = []
    ids = dict(ids or {})
    for bucket, group in grouped(needed, wanted.buckets):
        made = [(sample, *one(sample)) for sample in group]
        (bundles if bucket else single).append(_bundle(bucket, made, ids) if bucket else _single(*made[0], ids))
    return Work(single, bundles)


def _single(sample: Sample, inputs: dict[str, Any], task: Any, blocked: str, ids: Mapping[str, str]) -> Item:
    path = PurePosixPath(*ids.values(), sample.dataset, sample.clip)
    return Item(
        name="/".join([*ids.values(), sample.name]),
        ids={**ids, **sample._asdict()},
        inputs=inputs,
        task=task,
        folder=path.parent.as_posix(),
        file=f"{path.name}{sample.suffix}.npz",
        blocked=blocked,
    )


def _bundle(bucket: str, made: list[tuple[Sample, dict[str, Any], Any, str]], ids: Mapping[str, str]) -> Item:
    dataset = made[0][0].dataset
    path = PurePosixPath(*ids.values(), dataset, bucket)
    return Item(
        name=path.as_posix(),
        ids={**ids, "dataset": dataset, "clip": "", "sampling": ""},
        inputs={"members": [[sample.clip, inputs] for sample, inputs, _, _ in made]},
        task=Bundle(tuple((sample.clip, task) for sample, _, task, _ in made)),
        folder=path.parent.as_posix(),
        file=f"{bucket}.npz",
        blocked=next((blocked for *_, blocked in made if blocked), ""),
    )


def _capture(wanted: Wanted, in_vain: Mapping[Sample, str], sample: Sample) -> tuple[dict[str, Any], Capture, str]:
    row, dataset = wanted.rows[sample.pair], wanted.params.datasets[sample.dataset]
    root = str(DATA / "simulated" / sample.dataset) if dataset.collection == "simulated" else wanted.config.root(sample.dataset)
    boxes = wanted.boxes(sample.dataset)
    inputs = {"content": row["content"], "media": row["media"], "faces": dataset.faces, **boxes.inputs(sample.clip)}
    if sample.sampling:
        inputs["sampling"] = sample.sampling
    neighbour = _neighbour(wanted, Path(root or "."), sample)
    inputs |= neighbour.inputs() if neighbour else {}
    where = f"[roots] {sample.dataset} in fas.toml, or FAS_ROOT_{sample.dataset.upper()}"
    blocked = in_vain.get(sample, "") if root else f"the root of dataset '{sample.dataset}' is not set: {where}"
    media = cast(Media, row["media"])
    path, hints = Path(root or ".") / sample.clip, boxes.hints(sample.clip)
    content = row["content"] if dataset.collection == "real" else ""  # what is simulated is made by the stage before
    return inputs, Capture(path, sample.clip, media, dataset.faces, sample.sampling, hints, content, neighbour), blocked


def _neighbour(wanted: Wanted, root: Path, sample: Sample) -> Neighbour | None:
    found = wanted.neighbours(sample.dataset).get(sample.clip)
    return Neighbour(root / found.clip, found.content, found.step, wanted.params.frames.pairs.size) if found else None
