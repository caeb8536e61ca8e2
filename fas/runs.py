"""A run's two kinds of item: the training (`fit`) and the scoring of every clip of its protocol (`score`).

runs/<method>/<variant>/<protocol>/<seed>/   model.safetensors, config.json, history.csv   (fit)
                                             checkpoints/<step>/model.safetensors          (fit, where networks are kept on the way)
                                             scores.parquet                                (score)
                                             checkpoints.parquet                           (score: of every kept step, and of the last)
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.files import read_table, write_json, write_table
from fas.methods import method
from fas.methods.base import Fit, FrameScores
from fas.metrics import eer
from fas.scores import CHECKPOINTS, STEP

CONFIG = "config.json"
SCORES = "scores.parquet"
HISTORY = "history.csv"
KEPT = "checkpoints"
VERSION = 1  # raised by hand when thresholds or score tables begin to be made in another way


@dataclass(frozen=True)
class FitTask:
    """One training: the method, its parameters (a variant applied), the clips that have its features, and the run's card.

    `extra` are live clips of further datasets that train too, and do nothing else.
    """

    method: str
    params: Any
    train: tuple[Clip, ...]
    dev: tuple[Clip, ...]
    seed: int
    card: dict[str, Any]
    extra: tuple[Clip, ...] = ()


@dataclass(frozen=True)
class ScoreTask:
    """One scoring: the folder of the model, and every clip with its role; a clip without features scores NaN."""

    method: str
    params: Any
    model: Path
    clips: tuple[tuple[Clip, str], ...]


class FitWorker:
    """Trains a method, finds its own threshold, and writes the run's config.json."""

    cpus = 0

    def __init__(self, name: str) -> None:
        self.name = f"fit/{name}"
        self.version = method(name).version

    def depends(self) -> dict[str, Any]:
        """The version of what this module adds to a method's training."""
        return {"runs": VERSION}

    def setup(self, runtime: Runtime) -> None:
        """Note the runtime; `work` loads the method."""
        self.runtime = runtime

    def work(self, task: FitTask, out: Path, scratch: Path) -> None:
        """Train the method, and write its model with the threshold and the card in config.json.

        Raises:
            UserError: no training clip, no clips of both classes to find a threshold with, or what the method's `fit` refuses.
            FloatingPointError: a loss that is not finite.
        """
        if not task.train:
            raise UserError("no training clip has the features needed (data/frames/index.parquet tells which have no face or failed)")
        one = method(task.method)
        if one.live_percentile is None and not (_both(task.dev) or _both(task.train)):
            found = " and ".join(f"{number} {label}" for label, number in _counts(task.train).items())
            raise UserError(f"{one.name} needs live and attack clips to find its threshold: there are {found} clips to train on")
        work = one.load()
        fit = Fit(task.params, task.train, task.dev, task.seed, out, scratch, self.runtime, task.extra)
        notes = work.fit(fit)
        if fit.kept.is_dir():
            shutil.copytree(fit.kept, out / KEPT)
        threshold, source = self._threshold(task, out)
        roles = {"train": task.train, "dev": task.dev} | ({"extra": task.extra} if task.extra else {})
        counts = {role: _counts(clips) for role, clips in roles.items()}
        config = {**task.card, "version": one.version, "threshold": threshold, "threshold_source": source, "clips": counts, **notes}
        write_json(out / CONFIG, config)

    def _threshold(self, task: FitTask, out: Path) -> tuple[float, str]:
        """The threshold at the EER of the dev clips; of the training clips where there is no dev set with both classes.

        Without attacks, for a method that trains on live clips alone: a percentile of the live dev clips' scores; of the live training
        clips' where there are no dev clips.
        """
        for clips, source in ((task.dev, "dev_eer"), (task.train, "train_eer")):
            if _both(clips):
                live, attack = self._scores(task, out, clips)
                if live.size and attack.size:
                    return float(eer(live, attack)[1]), source
        if (percentile := method(task.method).live_percentile) is not None:
            for clips in (task.dev, task.train):
                live, _ = self._scores(task, out, clips)
                if live.size:
                    return float(np.percentile(live, percentile(task.params))), "live_percentile"
        raise UserError("no finite score of both classes: no threshold can be found")

    def _scores(self, task: FitTask, out: Path, clips: tuple[Clip, ...]) -> tuple[np.ndarray, np.ndarray]:
        """The finite scores of the live clips and of the attacks, by the trained model."""
        scores = np.array([clip_score(one) for one in method(task.method).load().score(out, task.params, clips, self.runtime)])
        live, finite = np.array([clip.live for clip in clips], bool), np.isfinite(scores)
        return scores[live & finite], scores[~live & finite]


class ScoreWorker:
    """Scores all clips of a protocol with a trained model."""

    cpus = 0

    def __init__(self, name: str) -> None:
        self.name = f"score/{name}"
        self.version = method(name).version

    def depends(self) -> dict[str, Any]:
        """The version of what this module adds to a method's scores."""
        return {"runs": VERSION}

    def setup(self, runtime: Runtime) -> None:
        """Note the runtime; `work` loads the method."""
        self.runtime = runtime

    def work(self, task: ScoreTask, out: Path, scratch: Path) -> None:
        """Write scores.parquet and, where networks were kept on the way, their scores in checkpoints.parquet.

        Raises:
            UserError: no such model, or one of other parameters.
        """
        scores = self._scored(task, task.model)
        write_table(out / SCORES, scores)
        if steps := kept_steps(task.model):
            tables = [self._scored(task, task.model / KEPT / str(step)).assign(**{STEP: step}) for step in steps]
            last = int(read_table(task.model / HISTORY)[STEP].iloc[-1])
            write_table(out / CHECKPOINTS, pd.concat([*tables, scores.assign(**{STEP: last})], ignore_index=True))

    def _scored(self, task: ScoreTask, model: Path) -> pd.DataFrame:
        readable = [clip for clip, _ in task.clips if clip.features]
        scored = iter(method(task.method).load().score(model, task.params, readable, self.runtime))
        tables = [_rows(clip, role, next(scored) if clip.features else None) for clip, role in task.clips]
        return pd.concat(tables, ignore_index=True)


def kept_steps(folder: Path) -> list[int]:
    """The steps at which the networks of a run were kept on the way; empty where only the last are."""
    return sorted(int(path.name) for path in (folder / KEPT).iterdir()) if (folder / KEPT).is_dir() else []


def clip_score(scores: FrameScores) -> float:
    """The mean of the finite frame scores; NaN when there is none (contracts: a clip's score)."""
    values = np.asarray(scores.scores["score"], dtype=np.float64)
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else float("nan")


def _rows(clip: Clip, role: str, scores: FrameScores | None) -> pd.DataFrame:
    about = {
        "dataset": clip.dataset,
        "clip": clip.clip,
        "subject": clip.subject,
        "label": clip.label,
        "attack": clip.attack,
        "instrument": clip.instrument,
        "role": role,
    }
    if scores is None or not len(scores.frames):
        values: dict[str, Any] = {"score": np.array([np.nan]), "frame": np.array([-1], dtype=np.int32)}
    else:
        named = {name if name == "score" else f"score_{name}": np.asarray(value, np.float64) for name, value in scores.scores.items()}
        values = {**named, "frame": np.asarray(scores.frames, np.int32)}
    return pd.DataFrame({**{name: [text] * len(values["score"]) for name, text in about.items()}, **values})


def _both(clips: tuple[Clip, ...]) -> bool:
    """Whether there are live clips and attacks."""
    return {clip.live for clip in clips} == {True, False}


def _counts(clips: tuple[Clip, ...]) -> dict[str, int]:
    live = sum(clip.live for clip in clips)
    return {"live": live, "attack": len(clips) - live}
