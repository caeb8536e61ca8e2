"""What a method is: a name, typed parameters, the features it reads, and three functions in a module of its own.

A method is one folder under `fas/methods/`. Its `__init__.py` declares `METHOD = Method(...)` and imports nothing heavy;
the module named by `implementation` holds the work and is imported only when it is needed:

    fit(task: Fit) -> dict            trains; writes model.safetensors (and history.csv) into task.out and returns a JSON
                                      object that is kept in the run's config.json (e.g. {"warnings": [...]}); networks kept
                                      on the way go into task.kept/<step>/ (fas/training.py)
    score(model, params, clips, runtime) -> Iterator[FrameScores]
                                      one FrameScores per clip, in order; higher = more live
    networks(params) -> dict[str, torch.nn.Module]
                                      the networks that this method trains, with random weights, no files needed

A method that can draw what it sees names a module in `cue_maps` (may be the same), for the report's galleries:

    cue_maps(model, params, shown, runtime) -> list[np.ndarray]
                                      for each (clip, frame number) a map (H,W) float over the face, 0 = live; of the frame
                                      nearest to the number

One that has features worth looking at names a module in `embedding`, and in `layer` says in words where they come from:

    embed(model, params, clips, runtime) -> Iterator[np.ndarray]
                                      one (F,D) float32 per clip, in order: the features of its F frames

And one with figures that only it has, those of its paper that compare variants, say, names a module in `figures`:

    figures(runs, runtime) -> Iterator[Drawn]
                                      called once per table, protocol and method with a FigureRun for each of its rows

One whose score one graph can express names a module in `export`, for `fas export`:

    exportable(model, params) -> tuple[torch.nn.Module, tuple[int, ...]]
                                      a module from normalised inputs (N,C,H,W) to scores (N,), and the input's shape (C,H,W)
    described(params) -> dict[str, str]
                                      in words, for who has nothing but the file: `input`, `normalisation`, `score` and whatever
                                      else it takes to get from a face to a clip's score
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from fas.clips import Clip
from fas.config import Runtime
from fas.schema import Varied

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class MethodParams(Varied):
    """The part of a method's section that all methods share: variants are overrides of the section's own keys."""

    variants: dict[str, dict[str, Any]] = Field(default={"default": {}})


class TrainedParams(MethodParams):
    """The section of a method that is trained in steps.

    `checkpoints`: so many points of a training, evenly spaced, are kept and scored, the last among them, so that a table can show the
    `last`, the best on `dev`, or the best on the test clips (`oracle`, the papers' habit). Each costs a model on disk and a scoring.
    """

    checkpoints: int = Field(default=1, ge=1)


class ExtraLiveParams(TrainedParams):
    """The section of a method that can be trained with additional live faces (paper 001, Table 3).

    `extra_live`: the datasets whose live clips come to a training as `Fit.extra`, none of them part of its protocol. They are never
    scored and are no part of dev or test; fas/plan/live_faces.py says which may, `fas.sampling.with_extra` balances a batch with them.
    """

    extra_live: list[str] = Field(default_factory=list)


@dataclass(frozen=True)
class Fit:
    """One training: everything `fit` may look at. The same values give the same bytes on the same machine."""

    params: Any  # the method's own section, a variant already applied
    train: Sequence[Clip]
    dev: Sequence[Clip]
    seed: int
    out: Path  # an empty folder: results go here
    scratch: Path  # a folder that outlives a kill: checkpoints go here
    runtime: Runtime
    extra: Sequence[Clip] = ()  # additional live faces of other datasets (`ExtraLiveParams`); the same features as of `train`

    @property
    def kept(self) -> Path:
        """Where networks that are kept on the way go, in a folder per step; from there they come into the run's `checkpoints/`."""
        return self.scratch / "kept"


@dataclass(frozen=True)
class FrameScores:
    """A clip's scores. `frames` (F,) int32 frame numbers; `scores` maps a name to (F,) float32, higher = more live.

    `score` is the method's own score; others (an auxiliary head, say) stand beside it in scores.parquet as `score_<name>`.
    """

    frames: np.ndarray
    scores: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class FigureRun:
    """A trained run as `figures` gets it: its row's label, its parameters (the variant applied), its folder, and the clips of its
    protocol that have the features it reads, each with its role."""

    label: str
    variant: str
    params: Any
    model: Path
    clips: Sequence[tuple[Clip, str]]


@dataclass(frozen=True)
class Drawn:
    """A figure of a method's own. `heading` stands above it on the page, `name` is its part of the file's name. `people` marks one that
    shows a person: `report.faces: false` leaves it out."""

    heading: str
    name: str
    figure: "Figure"
    people: bool


def no_weights(params: Any) -> tuple[str, ...]:
    """Starts from random weights."""
    return ()


CueMaps = Callable[[Path, Any, Sequence[tuple[Clip, int]], Runtime], list[np.ndarray]]
Embed = Callable[[Path, Any, Sequence[Clip], Runtime], Iterator[np.ndarray]]
DrawFigures = Callable[[Sequence[FigureRun], Runtime], Iterator[Drawn]]


@dataclass(frozen=True)
class Method:
    """A method's card. `version` is raised by hand when the same inputs and parameters begin to give other results.

    `weights(params)` names the user's weight files that it starts from where they are given: a run's key records which were.
    `live_percentile(params)` is for a method that trains on live clips alone: where a protocol has no attacks to choose the threshold by,
    it is that percentile of live clips' scores. Without it a run needs clips of both classes.
    """

    name: str
    title: str
    version: int
    paper: str | None
    params: type[MethodParams]
    inputs: Callable[[Any], tuple[str, ...]]
    implementation: str
    weights: Callable[[Any], tuple[str, ...]] = no_weights
    live_percentile: Callable[[Any], float] | None = None
    cue_maps: str = ""
    embedding: str = ""
    layer: str = ""  # in words: which layer `embed` reads
    figures: str = ""
    export: str = ""

    def load(self) -> ModuleType:
        """The module with `fit`, `score` and `networks`."""
        return import_module(self.implementation)

    def draw_cue_maps(self) -> CueMaps:
        """The function that draws cue maps; only for a method that names its module."""
        return import_module(self.cue_maps).cue_maps

    def embed(self) -> Embed:
        """The function that gives a clip's features; only for a method that names its module in `embedding`."""
        return import_module(self.embedding).embed

    def draw_figures(self) -> DrawFigures:
        """The function that draws the method's own figures; only for a method that names its module in `figures`."""
        return import_module(self.figures).figures

    def exporter(self) -> ModuleType:
        """The module with `exportable` and `described`; only for a method that names it in `export`."""
        return import_module(self.export)
