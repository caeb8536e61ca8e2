"""Table specs: rows (method and variant), columns (protocol and metric), and the runs that follow from them.

id: office
title: Our office captures
collection: real              # simulated | real; protocols are resolved inside it
dev: seeded                   # seeded | none: a protocol without official dev split gets a subject-disjoint one, or none
rows:
  - {label: LGSC, method: lgsc, variant: full}
  - {label: "LGSC, auxiliary head", method: lgsc, variant: full, score: auxiliary}
columns:
  - {protocol: folder-official, metric: hter, policy: dev_eer}
  - {pool: [oci-to-m, omi-to-c], metric: auc, label: M and C}
"""

from collections.abc import Hashable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from fas.errors import UserError
from fas.files import read_yaml
from fas.schema import Section, parse

Policy = Literal["dev_eer", "source_eval_eer", "test_eer"]
ThresholdMetric = Literal["hter", "acer", "apcer", "apcer_pooled", "bpcer"]
RankMetric = Literal["auc", "auc_mean", "eer", "bpcer10", "bpcer20", "bpcer100", "fta"]

POLICIES: dict[str, str] = {
    "dev_eer": "threshold at the equal error rate of the development clips",
    "source_eval_eer": "threshold at the equal error rate of the source's own evaluation clips",
    "test_eer": "threshold at the equal error rate of the test clips themselves, as most leave-one-out papers print (optimistic)",
}
POOLABLE = ("auc", "auc_mean", "hter", "acer", "apcer", "apcer_pooled", "bpcer")

_BUNDLED = files("fas.tables") / "specs"


class Row(Section):
    """One method with one variant. `score` names another score of the same run (`auxiliary` for the column `score_auxiliary`)."""

    label: str = Field(min_length=1)
    method: str
    variant: str = "default"
    score: str | None = None


class Column(Section):
    """One metric of one protocol, or of several protocols' folds pooled (fas/tables/pool.py). All metrics are in percent."""

    protocol: str | None = None
    pool: list[str] | None = Field(default=None, min_length=2)
    metric: ThresholdMetric | RankMetric
    policy: Policy | None = None
    label: str = ""  # what stands above a pooled column instead of the protocol's name

    @property
    def protocols(self) -> tuple[str, ...]:
        """The protocol, or those pooled."""
        return tuple(self.pool) if self.pool else (str(self.protocol),)

    @property
    def group(self) -> str:
        """What stands above the column."""
        return self.label or (f"{len(self.protocols)} folds pooled" if self.pool else str(self.protocol))

    @property
    def name(self) -> str:
        """The column's key in csv and json: `oci-to-m hter@dev_eer`."""
        return f"{self.group} {self.metric}" + (f"@{self.policy}" if self.policy else "")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if (self.protocol is None) == (self.pool is None):
            raise ValueError("a column has either 'protocol' or 'pool'")
        if self.pool and len(set(self.pool)) != len(self.pool):
            raise ValueError("a protocol is pooled twice")
        needs_policy = self.metric in get_args(ThresholdMetric)
        if needs_policy and self.policy is None:
            raise ValueError(f"metric '{self.metric}' needs a 'policy' (there is: {', '.join(POLICIES)})")
        if not needs_policy and self.policy is not None:
            raise ValueError(f"metric '{self.metric}' has no threshold: leave 'policy' out")
        if self.pool and self.metric not in POOLABLE:
            raise ValueError(f"metric '{self.metric}' cannot be pooled (there is: {', '.join(POOLABLE)})")
        if not self.pool and self.metric == "auc_mean":
            raise ValueError("metric 'auc_mean' is the mean over the folds of a 'pool'")
        return self


class TableSpec(Section):
    """A table. `features` are extracted for the figures beside what the methods read."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    title: str
    paper: str | None = None
    collection: Literal["simulated", "real"]
    dev: Literal["seeded", "none"] = "seeded"
    seeds: list[int] = Field(default=[0], min_length=1)
    features: list[str] = Field(default_factory=list)
    rows: list[Row] = Field(min_length=1)
    columns: list[Column] = Field(min_length=1)

    @property
    def heading(self) -> str:
        """The title, which says so when the data is simulated."""
        return f"{self.title} (simulated data)" if self.collection == "simulated" else self.title

    def methods(self) -> list[str]:
        """The methods, each once, in the rows' order."""
        return list(dict.fromkeys(row.method for row in self.rows))

    def protocols(self) -> list[str]:
        """The protocols, each once, in the columns' order."""
        return list(dict.fromkeys(protocol for column in self.columns for protocol in column.protocols))

    def runs(self) -> list[tuple[str, str, str, int]]:
        """All (method, variant, protocol, seed), each once."""
        runs = ((row.method, row.variant, protocol, seed) for row in self.rows for protocol in self.protocols() for seed in self.seeds)
        return list(dict.fromkeys(runs))

    @model_validator(mode="after")
    def _nothing_twice(self) -> Self:
        lists: dict[str, Sequence[Hashable]] = {
            "row label": [row.label for row in self.rows],
            "column": [column.name for column in self.columns],
            "seed": self.seeds,
        }
        for what, names in lists.items():
            twice = [name for name in names if names.count(name) > 1]
            if twice:
                raise ValueError(f"{what} '{twice[0]}' is there twice")
        return self


def bundled() -> list[str]:
    """The ids of the tables that come with fas, sorted."""
    return sorted(entry.name.removesuffix(".yaml") for entry in _BUNDLED.iterdir() if entry.name.endswith(".yaml"))


def load(name_or_path: str) -> TableSpec:
    """A bundled table by its id, or a team's own by the path of its YAML file.

    Raises:
        UserError: one line: no such table, or what is wrong in the file and where.
    """
    own = name_or_path.endswith((".yaml", ".yml"))
    if not own and name_or_path not in bundled():
        raise UserError(f"no table '{name_or_path}' (there is: {', '.join(bundled())}; or the path of a .yaml file of your own)")
    path = Path(name_or_path) if own else Path(str(_BUNDLED / f"{name_or_path}.yaml"))
    return parse(TableSpec, read_yaml(path), str(path) if own else f"table {name_or_path}")
