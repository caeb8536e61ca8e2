"""Metrics over several folds at once, with the people of all folds resampled together.

Scores of different folds come from different models and have no common scale. So each fold's own threshold decides that fold's clips,
and the decisions are pooled. The AUC is given both ways: `auc_mean` is the mean over the folds, `auc` ranks the scores of all folds
together as if they had one scale.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fas.counts import Arranged, Counts, arrange, people_of, resampled
from fas.metrics import RESAMPLES
from fas.scores import to_clips

POLICY_ROLES = {"dev_eer": "dev", "source_eval_eer": "source_eval", "test_eer": "test"}
_TEST = "test"
_CELLS = 500_000  # weights per batch of resamples

Measures = dict[str, np.ndarray]


def evaluate_pool(folds: Sequence[pd.DataFrame], resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Any]:
    """Pooled metrics of the folds' score tables (of clips or of frames), in percent, laid out as `fas.metrics.evaluate` does.

    Keys: `n_live`, `n_attack`, `auc`, `auc_mean`, `policies` (per policy `hter`, `apcer`, `apcer_pooled`, `bpcer`, `acer`; a policy that
    some fold lacks is absent) and `ci95` (the same keys, [low, high] or None). APCER is the worst attack class's over all folds. People
    are resampled over the pool: who is in two folds is drawn in both; each role is drawn by itself and thresholds are estimated anew.
    """
    clips = [to_clips(fold) for fold in folds]
    roles = _roles(clips)
    point = _measures({name: role.counts(np.ones((1, role.size), np.int64)) for name, role in roles.items()})
    drawn: dict[str, list[np.ndarray]] = {name: [] for name in point}
    for counts in _resampled(roles, resamples, seed):
        for name, values in _measures(counts).items():
            drawn[name].append(values)
    people = roles[_TEST].size if _TEST in roles else 0
    test = pd.concat([fold[fold["role"] == _TEST] for fold in clips])
    return {
        "n_live": int((test["label"] == "live").sum()),
        "n_attack": int((test["label"] == "attack").sum()),
        **_nested({name: _number(values[0]) for name, values in point.items()}),
        "ci95": _nested({name: _percentiles(np.concatenate(values)) if people > 1 else None for name, values in drawn.items()}),
    }


class _Role:
    """One role's clips: arranged fold by fold and, as the last entry, all together; `people` has each entry's part of the pool's people."""

    def __init__(self, folds: Sequence[pd.DataFrame]) -> None:
        pool = pd.concat(folds, ignore_index=True)
        codes, self.size = people_of(pool)
        ends = np.cumsum([len(fold) for fold in folds])[:-1]
        self.arranged: list[Arranged] = [arrange(rows) for rows in (*folds, pool)]
        self.people = [np.unique(part) for part in (*np.split(codes, ends), codes)]

    def counts(self, weights: np.ndarray) -> list[Counts]:
        """The counts of each entry when the pool's people stand there `weights` (R, people) times."""
        return [one.counts(weights[:, people]) for one, people in zip(self.arranged, self.people, strict=True)]


def _roles(clips: Sequence[pd.DataFrame]) -> dict[str, _Role]:
    """The roles that every fold has clips in."""
    roles = {}
    for role in POLICY_ROLES.values():
        folds = [fold[fold["role"] == role] for fold in clips]
        if all(len(fold) for fold in folds):
            roles[role] = _Role(folds)
    return roles


def _resampled(roles: dict[str, _Role], resamples: int, seed: int) -> Iterator[dict[str, list[Counts]]]:
    weights = {name: resampled(role.size, resamples, seed, name) for name, role in roles.items()}
    size = max(1, _CELLS // max((len(role.arranged[-1].values) for role in roles.values()), default=1))
    for start in range(0, resamples, size):
        yield {name: role.counts(weights[name][start : start + size]) for name, role in roles.items()}


def _measures(counts: Mapping[str, list[Counts]]) -> Measures:
    """All measures (R,) by name, those of a policy as `policy.measure`."""
    if _TEST not in counts:
        return {}
    *folds, pool = counts[_TEST]
    measures = {"auc": pool.auc(), "auc_mean": np.mean([fold.auc() for fold in folds], axis=0)}
    for policy, role in POLICY_ROLES.items():
        if role in counts:
            places = [source.eer_place() for source in counts[role][:-1]]
            thresholds = [source.threshold_at(place) for source, place in zip(counts[role], places, strict=False)]
            errors = _errors(folds, thresholds, np.min(places, axis=0) >= 0)
            measures |= {f"{policy}.{name}": values for name, values in errors.items()}
    return measures


def _errors(folds: Sequence[Counts], thresholds: Sequence[np.ndarray], known: np.ndarray) -> Measures:
    """Errors of the pooled decisions, each fold decided at its own threshold (R,); NaN where one is not `known`."""
    shape = known.shape
    missed, live = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    accepted: dict[str, np.ndarray] = {}
    attacks: dict[str, np.ndarray] = {}
    for fold, threshold in zip(folds, thresholds, strict=True):
        place = fold.place_of(threshold)
        missed, live = missed + _at(fold.live, place), live + fold.live[:, -1]
        for name, rejected in fold.attacks.items():
            accepted[name] = accepted.get(name, 0) + rejected[:, -1] - _at(rejected, place)
            attacks[name] = attacks.get(name, 0) + rejected[:, -1]
    bpcer = _percent(missed, live, known)
    pooled = _percent(sum(accepted.values(), np.zeros(shape)), sum(attacks.values(), np.zeros(shape)), known)
    worst = np.full(shape, np.nan)
    for name, total in attacks.items():
        worst = np.fmax(worst, _percent(accepted[name], total, known))
    return {"hter": (pooled + bpcer) / 2, "apcer": worst, "apcer_pooled": pooled, "bpcer": bpcer, "acer": (worst + bpcer) / 2}


def _at(table: np.ndarray, place: np.ndarray) -> np.ndarray:
    return np.take_along_axis(table, place[:, None], axis=1)[:, 0]


def _percent(part: np.ndarray, whole: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.divide(100.0 * part, whole, out=np.full(part.shape, np.nan), where=(whole > 0) & known)


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """`policy.measure` as policies -> policy -> measure."""
    nested: dict[str, Any] = {"policies": {}}
    for name, value in values.items():
        policy, _, measure = name.rpartition(".")
        place = nested["policies"].setdefault(policy, {}) if policy else nested
        place[measure] = value
    return nested


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _percentiles(values: np.ndarray) -> list[float] | None:
    values = values[np.isfinite(values)]
    return [float(value) for value in np.percentile(values, [2.5, 97.5])] if len(values) else None
