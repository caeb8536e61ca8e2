"""A trained model on any video or image: the same workers as in the pipeline, on one file, in a temporary folder.

A model folder (`runs/<method>/<variant>/<protocol>/<seed>`) says in its config.json how its clips were extracted and with which weights.
"""

import math
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, FiniteFloat, ValidationError

from fas import assets
from fas.clips import FLOW, FRAMES, IDENTITY, Clip
from fas.config import Config
from fas.errors import NoFace, UserError
from fas.faces.frames import Capture, FramesWorker, Seen, arrays_of
from fas.faces.params import FramesParams
from fas.features.cues import cue
from fas.features.flow import FlowWorker
from fas.features.identity import IdentityWorker
from fas.features.params import FlowParams, IdentityParams, ResidualsParams
from fas.features.residuals import ResidualsWorker, model_digest
from fas.features.task import FeatureTask
from fas.files import read_json, write_npz
from fas.items.worker import Worker
from fas.media import media_of
from fas.methods import method
from fas.methods.base import FrameScores, Method
from fas.plan.items import cue_folder
from fas.runs import CONFIG, clip_score
from fas.schema import Section, explain, parse

Prediction = dict[str, Any]


class CueUsed(Section):
    """The cue maker that residuals came from: its section, the digest of its trained model, and how many frames of a clip it chose from."""

    name: str
    params: dict[str, Any]
    model: str
    identity_frames: int | None


class Extraction(Section):
    """How the clips were extracted: the sections of params.yaml, and the detector's weights by digest."""

    weights: dict[str, str]
    frames: FramesParams
    flow: FlowParams | None = None
    identity: IdentityParams | None = None
    residuals: ResidualsParams | None = None
    cue: CueUsed | None = None


class Card(BaseModel):
    """What a run's config.json must say to be used."""

    method: str
    version: int
    params: dict[str, Any]
    extraction: Extraction
    threshold: FiniteFloat


def opened(folder: Path) -> tuple[Card, Method, Any]:
    """A model folder's card, its method, and its parameters.

    Raises:
        UserError: not a model folder, or one of another version of the method.
    """
    card, where = read_card(folder), str(folder / CONFIG)
    one = method(card.method)
    if one.version != card.version:
        raise UserError(f"{where}: made by version {card.version} of {one.name}, this is version {one.version}")
    return card, one, parse(one.params, {**card.params, "variants": {}}, where)


class Predictor:
    """A model folder, ready to score files.

    Raises:
        UserError: not a model folder, or a weight file that config.json names is missing or another one.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder = folder
        self.card, self.method, self.params = opened(folder)
        self.runtime = config.runtime()
        self.inputs = self.method.inputs(self.params)
        for name, digest in self.card.extraction.weights.items():
            _check(name, digest, config, str(folder / CONFIG))
        self.frames = FramesWorker(self.card.extraction.frames, config.weights)
        self.workers = self._workers()
        for worker in (self.frames, *self.workers.values()):
            worker.setup(self.runtime)

    def _workers(self) -> dict[str, Worker]:
        """The extractors of the features that are made from frames: all that the method reads and that those are made from, in the
        order in which they run."""
        extraction = self.card.extraction
        workers: dict[str, Worker] = {}
        if FLOW in self.inputs and extraction.flow:
            if extraction.flow.algorithm == "precomputed":
                raise UserError(
                    f"{self.folder}: it reads flow that was made elsewhere (flow.algorithm: precomputed): no file has that here"
                )
            workers[FLOW] = FlowWorker(extraction.flow)
        if extraction.identity:
            workers[IDENTITY] = IdentityWorker(extraction.identity)
        if extraction.cue and extraction.residuals:
            name, where = extraction.cue.name, str(self.folder / CONFIG)
            model = cue_folder(name)
            if model_digest(model) != extraction.cue.model:
                raise UserError(f"{model}: not the cue maker that {where} names (trained anew since then: train this run anew too)")
            section = parse(cue(name).params, extraction.cue.params, where)
            workers[f"residuals/{name}"] = ResidualsWorker(name, section, model, extraction.residuals, extraction.cue.identity_frames)
        return workers

    def files(self, paths: Sequence[Path]) -> Iterator[Prediction]:
        """One prediction per file: `file` with `score`, `decision`, `threshold`, `frames`, or with `error`."""
        for path in paths:
            try:
                yield {"file": str(path), **self._one(path)}
            except (UserError, NoFace) as error:
                yield {"file": str(path), "error": str(error)}

    def _one(self, path: Path) -> Prediction:
        if not path.is_file():
            raise UserError("no such file")
        media = media_of(path)
        if media == "image" and FLOW in self.inputs:
            raise UserError(f"a still image: {self.method.name} needs motion, give it a video")
        with tempfile.TemporaryDirectory(prefix="fas-predict-") as temporary:
            seen = self.frames.look(Capture(path, path.name, media))
            clip = Clip("", path.name, features=self._features(seen, Path(temporary)))
            scored = next(iter(self.method.load().score(self.folder, self.params, [clip], self.runtime)))
        return self._answer(scored, seen.boxes())

    def _features(self, seen: Seen, folder: Path) -> dict[str, Path]:
        features = {FRAMES: folder / self.frames.file}
        write_npz(features[FRAMES], arrays_of(seen, self.frames.params), compress=False)
        for name, worker in self.workers.items():
            out = folder / name
            out.mkdir(parents=True)
            worker.work(FeatureTask(features[FRAMES], features.get(IDENTITY)), out, folder)
            features[name] = next(out.glob("*.npz"))
        return features

    def _answer(self, scored: FrameScores, boxes: dict[int, list[float]]) -> Prediction:
        score = clip_score(scored)
        if not math.isfinite(score):
            raise UserError("no frame of it could be scored")
        threshold = self.card.threshold
        frames = [
            {"index": int(index), "score": float(value), "box": boxes[int(index)]}
            for index, value in zip(scored.frames, scored.scores["score"], strict=True)
        ]
        return {"score": score, "decision": "live" if score >= threshold else "attack", "threshold": threshold, "frames": frames}


def read_card(folder: Path) -> Card:
    """The card of a model folder.

    Raises:
        UserError: a file of it is missing, or its config.json does not say what is needed.
    """
    for name in (CONFIG, "model.safetensors"):
        if not (folder / name).is_file():
            raise UserError(f"{folder}: not a model folder ({name} is missing)")
    try:
        return Card.model_validate(read_json(folder / CONFIG))
    except ValidationError as error:
        raise UserError(f"{folder / CONFIG}: {explain(error)}") from None
    except ValueError:
        raise UserError(f"{folder / CONFIG}: not JSON") from None


def _check(name: str, digest: str, config: Config, where: str) -> None:
    if name not in assets.ASSETS:
        raise UserError(f"{where}: unknown weights '{name}'")
    path = assets.find(name, config.weights)
    if assets.sha256(path) != digest:
        raise UserError(f"weights '{name}': {path} is not the file that {where} names (sha256 {digest})")
