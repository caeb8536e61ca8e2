"""The two items of a run: its training and the scores of its clips."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from fas.clips import FLOW, FRAMES, IDENTITY
from fas.faces.frames import FramesWorker, effective
from fas.features.flow import FlowWorker
from fas.features.residuals import model_digest
from fas.files import digest_value
from fas.items.item import Item
from fas.methods import method
from fas.plan.index import Index
from fas.plan.items import clip_of, cue_folder
from fas.plan.samples import Sample, samples
from fas.plan.wanted import Run, Wanted
from fas.runs import FitTask, ScoreTask


def fit_item(wanted: Wanted, run: Run, sources: Mapping[str, Index]) -> Item:
    """The training of a run: it depends on its train and dev clips' features and on additional live ones', never on a test clip."""
    inputs = wanted.inputs(run)
    roles = wanted.roles(run)
    section = wanted.section(run)
    by_role = {role: _with_features(roles[roles["role"] == role], inputs, sources) for role in ("train", "dev")}
    used = {name: sources[name] for name in inputs}
    clips = {role: tuple(clip_of(wanted, sample, used) for sample in there) for role, there in by_role.items()}
    extra = [sample for sample in sorted(wanted.extra_live(run)) if all(sample in sources[feature] for feature in inputs)]
    more = {"extra": digest_value([_depends(wanted, sample, inputs, sources) for sample in extra])} if extra else {}
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
            **{role: [_depends(wanted, sample, inputs, sources) for sample in there] for role, there in by_role.items()},
            **more,
        },
        task=FitTask(
            run.method,
            section,
            clips["train"],
            clips["dev"],
            run.seed,
            _card(run, parameters, extraction),
            tuple(clip_of(wanted, sample, used) for sample in extra),
        ),
        folder=f"{run.variant}/{run.where}/{run.seed}",
    )


def score_item(wanted: Wanted, run: Run, sources: Mapping[str, Index], model: Path, model_digest: str) -> Item:
    """The scores of a run: they depend on the model's bytes and on every clip of the protocol, also those without a face."""
    inputs = wanted.inputs(run)
    roles = wanted.roles(run).sort_values(["dataset", "clip"])
    clips = []
    depends = []
    for *key, role in zip(roles["dataset"], roles["clip"], roles["sampling"], roles["role"], strict=True):
        sample = Sample(*key)
        available = {name: sources[name] for name in inputs if sample in sources[name]}
        clips.append((clip_of(wanted, sample, available if len(available) == len(inputs) else {}), role))
        depends.append([role, *_depends(wanted, sample, tuple(available), sources)])
    section = wanted.section(run)
    return Item(
        name=f"{run.name}/score",
        ids=_run_ids(run),
        inputs={"model": model_digest, "clips": depends},
        task=ScoreTask(run.method, section, model, tuple(clips)),
        folder=f"{run.variant}/{run.where}/{run.seed}",
    )


def _with_features(roles: pd.DataFrame, inputs: Iterable[str], sources: Mapping[str, Index]) -> list[Sample]:
    return [sample for sample in sorted(samples(roles)) if all(sample in sources[feature] for feature in inputs)]


def _depends(wanted: Wanted, sample: Sample, inputs: Iterable[str], sources: Mapping[str, Index]) -> list[str]:
    row = wanted.rows[sample.pair]
    return [
        *sample.pair,
        *(row[column] for column in ("label", "attack", "instrument", "subject", "device")),
        wanted.domain(sample.dataset),
        *(sources[name].digest(sample) for name in inputs),
    ]


def _run_ids(run: Run) -> dict[str, str]:
    return {"method": run.method, "variant": run.variant, "protocol": run.protocol, "seed": str(run.seed)}


def _card(run: Run, parameters: dict[str, object], extraction: dict[str, object]) -> dict[str, object]:
    return {**_run_ids(run), "seed": run.seed, "dev": run.dev, "collection": run.collection, "params": parameters, "extraction": extraction}


def _extraction(wanted: Wanted, inputs: Iterable[str]) -> dict[str, object]:
    """The sections by which a single file becomes what the method reads: `fas predict` repeats them."""
    params = wanted.params
    detector = FramesWorker(params.frames, wanted.config.weights).depends()["weights"]
    used: dict[str, object] = {FRAMES: effective(params.frames), "weights": detector}
    for feature in inputs:
        if feature == FLOW:
            used[FLOW] = FlowWorker(params.flow).depends()
        elif feature == IDENTITY:
            used[IDENTITY] = params.identity.model_dump(mode="json")
        elif feature.startswith("residuals/"):
            name = feature.partition("/")[2]
            used["residuals"] = params.cue(name).sampled(params.residuals).model_dump(mode="json")
            model = model_digest(cue_folder(name)) if cue_folder(name).is_dir() else ""
            frames = params.identity.frames
            used["cue"] = {"name": name, "params": params.cue(name).effective(), "model": model, "identity_frames": frames}
            if IDENTITY in wanted.cue_inputs(name):
                used[IDENTITY] = params.identity.model_dump(mode="json")
    return used
