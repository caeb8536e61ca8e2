"""A trained model on any video or image: the same workers as in the pipeline, on one file, in a temporary folder.

A model folder (`runs/<method>/<variant>/<protocol>/<seed>`) says in its config.json how its clips were extracted and with which weights.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from fas import assets
from fas.clips import FLOW, FRAMES, IDENTITY, Clip
from fas.config import Config, Runtime
from fas.errors import NoFace, UserError
from fas.faces.frames import Capture, FramesWorker
from fas.faces.params import FramesParams
from fas.features.flow import FlowWorker
from fas.features.params import FlowParams
from fas.features.task import FeatureTask
from fas.files import read_json, read_npz
from fas.media import media_of
from fas.methods import method
from fas.methods.base import FrameScores
from fas.runs import CONFIG, clip_score
from fas.schema import parse

Prediction = dict[str, Any]


class Predictor:
    """A model folder, ready to score files.

    Raises:
        UserError: not a model folder, or a weight file that config.json names is missing or another one.
    """

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder = folder
        self.card = _card(folder)
        self.runtime = Runtime(config.device, config.threads, config.precision, tuple(sorted(config.weights.items())))
        self.method = method(self.card["method"])
        where = str(folder / CONFIG)
        self.params = parse(self.method.params, {**self.card["params"], "variants": {}}, where)
        self.inputs = self.method.inputs(self.params)
        self.extraction = self.card["extraction"]
        for name, digest in self.extraction["weights"].items():
            _check(name, digest, config, where)
        self.frames = FramesWorker(parse(FramesParams, self.extraction[FRAMES], where), config.weights)
        self.frames.setup(self.runtime)

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
            features = self._features(Capture(path, path.name, media), Path(temporary))
            clip = Clip("", path.name, features=features)
            scored = next(iter(self.method.load().score(self.folder, self.params, [clip], self.runtime)))
            boxes = {int(number): box for number, box in zip(*_boxes(features[FRAMES]), strict=True)}
        return self._answer(scored, boxes)

    def _features(self, capture: Capture, folder: Path) -> dict[str, Path]:
        features: dict[str, Path] = {}

        def make(feature: str, work: Callable[[Path], None]) -> None:
            out = folder / feature
            out.mkdir(parents=True)
            work(out)
            features[feature] = next(out.glob("*.npz"))

        make(FRAMES, lambda out: self.frames.work(capture, out, folder))
        for feature in self.inputs:
            if feature == FLOW:
                flow = FlowWorker(parse(FlowParams, self.extraction[FLOW], str(self.folder / CONFIG)))
                flow.setup(self.runtime)
                make(FLOW, lambda out, flow=flow: flow.work(FeatureTask(features[FRAMES]), out, folder))  # type: ignore[misc]
            elif feature == IDENTITY or feature.startswith("residuals/"):
                raise UserError(f"{self.method.name} reads {feature}, which `fas predict` cannot make yet")
        return features

    def _answer(self, scored: FrameScores, boxes: dict[int, list[float]]) -> Prediction:
        score = clip_score(scored)
        threshold = float(self.card["threshold"])
        frames = [
            {"index": int(index), "score": float(value), "box": boxes[int(index)]}
            for index, value in zip(scored.frames, scored.scores["score"], strict=True)
        ]
        return {"score": score, "decision": "live" if score >= threshold else "attack", "threshold": threshold, "frames": frames}


def _card(folder: Path) -> dict[str, Any]:
    for name in (CONFIG, "model.safetensors"):
        if not (folder / name).is_file():
            raise UserError(f"{folder}: not a model folder ({name} is missing)")
    try:
        card: dict[str, Any] = read_json(folder / CONFIG)
        missing = [key for key in ("method", "params", "extraction", "threshold") if key not in card]
    except (ValueError, TypeError):
        raise UserError(f"{folder / CONFIG}: not JSON") from None
    if missing:
        raise UserError(f"{folder / CONFIG}: '{missing[0]}' is missing")
    return card


def _check(name: str, digest: str, config: Config, where: str) -> None:
    path = assets.find(name, config.weights.get(name))
    if assets.sha256(path) != digest:
        raise UserError(f"weights '{name}': {path} is not the file that {where} names (sha256 {digest})")


def _boxes(path: Path) -> tuple[list[int], list[list[float]]]:
    arrays = read_npz(path)
    return arrays["frame"].tolist(), arrays["box"].tolist()
