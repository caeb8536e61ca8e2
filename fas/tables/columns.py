"""A table's columns: which metric, on which clips, with which threshold, of which checkpoint."""

from collections.abc import Sequence
from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from fas.schema import Section

Policy = Literal["dev_eer", "source_eval_eer", "test_eer", "fixed"]
Checkpoint = Literal["last", "dev", "oracle"]
ThresholdMetric = Literal["hter", "acer", "apcer", "apcer_pooled", "bpcer", "accuracy"]
RankMetric = Literal["auc", "auc_mean", "eer", "bpcer10", "bpcer20", "bpcer100", "fta"]
CountMetric = Literal["train_clips"]
Unit = Literal["percent", "million", "billion", "ms", "factor"]

POLICIES: dict[str, str] = {
    "dev_eer": "threshold at the equal error rate of the development clips",
    "source_eval_eer": "threshold at the equal error rate of the source's own evaluation clips",
    "test_eer": "threshold at the equal error rate of the test clips themselves, as most leave-one-out papers print (optimistic)",
    "fixed": "threshold fixed beforehand",
}
CHECKPOINTS: dict[str, str] = {
    "last": "the weights at the end of the training",
    "dev": "of the kept checkpoints the one with the lowest equal error rate on the development clips",
    "oracle": "of the kept checkpoints the one with the lowest equal error rate on the test clips themselves (optimistic)",
}
POOLABLE = ("auc", "auc_mean", "hter", "acer", "apcer", "apcer_pooled", "bpcer")
HIGHER_IS_BETTER = ("auc", "auc_mean", "accuracy")

_METRICS = {
    "auc": "AUC",
    "auc_mean": "mean AUC",
    "eer": "EER",
    "hter": "HTER",
    "acer": "ACER",
    "apcer": "APCER",
    "apcer_pooled": "APCER, all attacks",
    "bpcer": "BPCER",
    "bpcer10": "BPCER10",
    "bpcer20": "BPCER20",
    "bpcer100": "BPCER100",
    "fta": "FTA",
    "accuracy": "accuracy",
    "train_clips": "training clips",
}
THRESHOLDS = {"dev_eer": "dev EER", "source_eval_eer": "source EER", "test_eer": "test EER"}


class Column(Section):
    """One metric of one protocol, of several protocols' folds pooled (fas/tables/pool.py), or the mean over folds.

    Shares are in percent, `train_clips` (clips in the roles train and dev) is a number. `accuracy` is the share of test clips decided
    rightly. `policy` says where the threshold comes from (`fixed`: from `threshold`), `checkpoint` which weights are scored. `attack`:
    of the test attacks only those of this class; thresholds are those of all.
    """

    protocol: str | None = None
    pool: list[str] | None = Field(default=None, min_length=2)
    folds: list[str] | None = Field(default=None, min_length=2)
    metric: ThresholdMetric | RankMetric | CountMetric
    policy: Policy | None = None
    threshold: float | None = None
    checkpoint: Checkpoint = "last"
    attack: str = ""
    label: str = ""  # what stands above the column instead of the protocol's name

    @property
    def protocols(self) -> tuple[str, ...]:
        """The protocol, or those pooled or averaged."""
        return tuple(self.pool or self.folds or (str(self.protocol),))

    @property
    def group(self) -> str:
        """What stands above the column."""
        number = len(self.protocols)
        return self.label or (f"{number} folds pooled" if self.pool else f"mean of {number} folds" if self.folds else str(self.protocol))

    @property
    def name(self) -> str:
        """The column's key in csv, json and published numbers: `oci-to-m hter@dev_eer`, `oci-to-m auc oracle`."""
        policy = f"@{self.policy}" if self.policy else ""
        threshold = "" if self.threshold is None else f" {self.threshold:g}"
        checkpoint = "" if self.checkpoint == "last" else f" {self.checkpoint}"
        attack = f" {self.attack}" if self.attack else ""
        return f"{self.group} {self.metric}{policy}{threshold}{checkpoint}{attack}"

    @property
    def title(self) -> str:
        """What stands over the numbers: a metric, where its threshold comes from, and which checkpoint: `HTER @test EER, oracle`."""
        threshold = "" if self.policy is None else f" @{self.threshold:g}" if self.threshold is not None else f" @{THRESHOLDS[self.policy]}"
        checkpoint = {"last": "", "dev": ", best on dev", "oracle": ", oracle"}[self.checkpoint]
        attack = f", {self.attack}" if self.attack else ""
        return f"{_METRICS[self.metric]}{threshold}{checkpoint}{attack}"

    @property
    def optimistic(self) -> bool:
        """Whether the test clips themselves chose the threshold or the checkpoint: the papers' habit."""
        return self.policy == "test_eer" or self.checkpoint == "oracle"

    @property
    def limits(self) -> tuple[float, float]:
        """The range of possible values."""
        return (0, float("inf")) if self.metric in get_args(CountMetric) else (0, 100)

    @property
    def decimals(self) -> int:
        """Decimals of a measured value."""
        return 0 if self.metric in get_args(CountMetric) else 1

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if sum(place is not None for place in (self.protocol, self.pool, self.folds)) != 1:
            raise ValueError("a column has either 'protocol' or 'pool' or 'folds'")
        if len(set(self.protocols)) != len(self.protocols):
            raise ValueError(f"a protocol is {'pooled' if self.pool else 'a fold'} twice")
        self._check_threshold()
        if self.attack and self.policy == "test_eer":
            raise ValueError("policy 'test_eer' takes its threshold from the test attacks: it does not go with an 'attack'")
        if self.pool and (self.metric not in POOLABLE or self.policy == "fixed"):
            what = f"metric '{self.metric}'" if self.metric not in POOLABLE else "policy 'fixed'"
            raise ValueError(f"{what} cannot be pooled (there is: {', '.join(POOLABLE)})")
        if not self.pool and self.metric == "auc_mean":
            raise ValueError("metric 'auc_mean' is the mean over the folds of a 'pool'")
        return self

    def _check_threshold(self) -> None:
        needs_policy = self.metric in get_args(ThresholdMetric)
        if needs_policy and self.policy is None:
            raise ValueError(f"metric '{self.metric}' needs a 'policy' (there is: {', '.join(POLICIES)})")
        if not needs_policy and self.policy is not None:
            raise ValueError(f"metric '{self.metric}' has no threshold: leave 'policy' out")
        if (self.policy == "fixed") != (self.threshold is not None):
            raise ValueError("policy 'fixed' goes with a 'threshold', and no other policy does")


class PlainColumn(Section):
    """A column of a table that is not made of runs: a heading and a unit (`million`, `billion`: of parameters or operations)."""

    group: str = Field(min_length=1)
    title: str = Field(min_length=1)
    unit: Unit

    @property
    def name(self) -> str:
        """The column's key in csv, json and published numbers."""
        return f"{self.group} {self.title}"

    @property
    def limits(self) -> tuple[float, float]:
        """The range of possible values."""
        return (0, 100) if self.unit == "percent" else (0, float("inf"))

    @property
    def decimals(self) -> int:
        """Decimals of a measured value."""
        return {"percent": 1, "million": 3, "billion": 3}.get(self.unit, 2)


AnyColumn = Column | PlainColumn


def habits(columns: Sequence[AnyColumn]) -> list[tuple[Column, Column]]:
    """Each column that follows the papers' habit with the honest one of the same metric and clips that it stands beside."""
    runs = [column for column in columns if isinstance(column, Column)]
    pairs = []
    for habit in (column for column in runs if column.optimistic):
        what = (habit.group, habit.protocols, habit.metric, habit.attack)
        same = [one for one in runs if (one.group, one.protocols, one.metric, one.attack) == what]
        honest = next((one for one in same if not one.optimistic and one.policy != "fixed"), None)
        if honest:
            pairs.append((honest, habit))
    return pairs
