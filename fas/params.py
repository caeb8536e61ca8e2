"""The typed form of params.yaml and of the presets: one schema, put together from the rooms' own sections.

tables, extract, max_failed, datasets     here
simulate                                  fas/simulate/params.py
frames                                    fas/faces/params.py
flow, identity, residuals                 fas/features/params.py
report                                    fas/report/params.py
cues.<cue>                                fas/features/cues/<cue>/
<method>                                  fas/methods/<method>/params.py
"""

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, create_model, model_validator

from fas.datasets.registry import ADAPTERS
from fas.errors import UserError
from fas.faces.params import FramesParams
from fas.features.cues import cue, cues, split
from fas.features.cues.base import CueParams
from fas.features.params import FlowParams, IdentityParams, ResidualsParams
from fas.files import read_yaml
from fas.methods import methods
from fas.methods.base import MethodParams
from fas.report.params import ReportParams
from fas.schema import Section, parse
from fas.simulate.params import SimulateParams

FILE = Path("params.yaml")
Collection = Literal["simulated", "real"]
Feature = Annotated[str, Field(pattern=r"^(frames|flow|identity|residuals(/[a-z0-9_]+(-[A-Za-z0-9_]+)?)?)$")]


class DatasetParams(Section):
    """One dataset of the pipeline. `letter` is its name in the leave-one-out protocols, unique inside a collection.

    `faces: whole` takes a picture as the face (a dataset of tight crops); `detect` runs the detector. `hints`: it looks first where the
    face boxes beside the manifest say (`fas scan --boxes`).
    `buckets`: still images share files, so many for each split and label (0: a file each); null: none for a few thousand images, some
    hundred to a file for more (fas/plan/samples.py).
    `neighbours`: of a dataset whose still images are moments of recordings (NUAA), how far apart the numbers of two images may be that
    make a pair for optical flow; 0: no pairs.
    """

    adapter: str
    collection: Collection
    letter: str | None = Field(default=None, pattern="^[A-Z]$")
    faces: Literal["detect", "whole"] = "detect"
    hints: bool = False
    buckets: int | None = Field(default=None, ge=0)
    neighbours: int = Field(default=15, ge=0)


class BaseParams(Section):
    """What every params file has beside the rooms' sections."""

    tables: list[str]
    extract: dict[str, list[Feature]] = Field(default_factory=dict)
    max_failed: float = Field(default=0.1, ge=0, le=1)
    datasets: dict[str, DatasetParams]
    simulate: SimulateParams
    frames: FramesParams
    flow: FlowParams
    identity: IdentityParams
    cues: Any
    residuals: ResidualsParams
    report: ReportParams = Field(default_factory=ReportParams)

    @model_validator(mode="after")
    def _datasets_make_sense(self) -> "BaseParams":
        seen: dict[tuple[str, str], str] = {}
        for name, dataset in self.datasets.items():
            if dataset.adapter not in ADAPTERS:
                raise ValueError(f"datasets.{name}.adapter: unknown dataset '{dataset.adapter}' (there is: {', '.join(ADAPTERS)})")
            if dataset.hints and dataset.faces == "whole":
                raise ValueError(f"datasets.{name}.hints: with 'faces: whole' no face is looked for")
            if dataset.letter:
                first = seen.setdefault((dataset.collection, dataset.letter), name)
                if first != name:
                    raise ValueError(f"datasets.{name}.letter: '{dataset.letter}' is taken by '{first}' in the same collection")
        for name in self.extract:
            if name not in self.datasets:
                raise ValueError(f"extract.{name}: unknown dataset (datasets has: {', '.join(self.datasets)})")
        return self

    def method(self, name: str) -> MethodParams:
        """The section of method `name`."""
        section: MethodParams = getattr(self, name)
        return section

    def cue(self, name: str) -> CueParams:
        """The section of cue maker `name`: its own (`dfg`), or with a variant's overrides (`dfg-t600`); no variants are left in it.

        Raises:
            UserError: no such cue maker, or it has no such variant: what there is.
        """
        maker, variant = cue(name).name, split(name)[1]
        section: CueParams = getattr(self.cues, maker)
        if maker != name and not variant:
            raise UserError(f"no cue maker '{name}' (there is: {', '.join(cues())})")
        return section.variant(f"cues.{maker}", variant) if variant else section.model_copy(update={"variants": {}})

    def letters(self, collection: str) -> dict[str, str]:
        """Dataset -> its letter, for the datasets of one collection that have one."""
        return {name: dataset.letter for name, dataset in self.datasets.items() if dataset.collection == collection and dataset.letter}


@cache
def schema() -> type[BaseParams]:
    """The whole schema, with a section for every cue maker and every method that is there."""
    cue_fields: dict[str, Any] = {name: (one.params, ...) for name, one in cues().items()}
    method_fields: dict[str, Any] = {name: (method.params, ...) for name, method in methods().items()}
    cue_sections = create_model("CuesParams", __base__=Section, **cue_fields)
    return create_model("Params", __base__=BaseParams, cues=(cue_sections, ...), **method_fields)


def load(path: Path = FILE) -> BaseParams:
    """The parameters in `path`.

    Raises:
        UserError: one line with the file, the path of the key and what is wrong with it.
    """
    values = read_yaml(path)
    if not isinstance(values, dict):
        raise UserError(f"{path}: expected sections, got {type(values).__name__}")
    return parse(schema(), values, str(path))
