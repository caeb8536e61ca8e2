"""Metrics over several folds at once, with the people of all folds resampled together.

Each fold's own threshold decides that fold's clips, and the decisions are pooled (fas/folds.py). The AUC is given both ways: `auc_mean`
is the mean over the folds, `auc` ranks the scores of all folds together as if they had one scale.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fas.counts import Counts, arrange, resampled
from fas.folds import Folds, pooled
from fas.metrics import CELLS, POLICY_ROLES, RESAMPLES, Measures, errors_at, interval, nested
from fas.scores import to_clips

_TEST = "test"
_ERRORS = ("hter", "apcer", "apcer_pooled", "bpcer", "acer")


def evaluate_pool(folds: Sequence[pd.DataFrame], resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Any]:
    """Pooled metrics of the folds' score tables (of clips or of frames), in percent, laid out as `fas.metrics.evaluate` does.

    Keys: `n_live`, `n_attack`, `auc`, `auc_mean`, `policies` (per policy `hter`, `apcer`, `apcer_pooled`, `bpcer`, `acer`; a policy that
    some fold lacks is absent) and `ci95` (the same keys, [low, high] or None). APCER is the worst attack class's over all folds. People
    are resampled over the pool: who is in two folds is drawn in both; each role is drawn by itself and thresholds are estimated anew.
    """
    clips = [to_clips(fold) for fold in folds]
    roles = {role: _Role(rows) for role, rows in _by_role(clips) if all(len(part) for part in rows)}
    point = _measures({name: role.counts(np.ones((1, role.people), np.int64)) for name, role in roles.items()})
    drawn: dict[str, list[np.ndarray]] = {name: [] for name in point}
    for counts in _resampled(roles, resamples, seed):
        for name, values in _measures(counts).items():
            drawn[name].append(values)
    one = _TEST not in roles or roles[_TEST].people < 2  # one person shows no spread
    test = pd.concat([fold[fold["role"] == _TEST] for fold in clips])
    return {
        "n_live": int((test["label"] == "live").sum()),
        "n_attack": int((test["label"] == "attack").sum()),
        **nested({name: float(values[0]) if np.isfinite(values[0]) else None for name, values in point.items()}),
        "ci95": nested({name: None if one else interval(np.concatenate(values)) for name, values in drawn.items()}),
    }


def _by_role(clips: Sequence[pd.DataFrame]) -> Iterator[tuple[str, list[pd.DataFrame]]]:
    for role in POLICY_ROLES.values():
        yield role, [fold[fold["role"] == role] for fold in clips]


class _Role:
    """One role's clips: fold by fold, and all together as if their scores had one scale."""

    def __init__(self, folds: Sequence[pd.DataFrame]) -> None:
        self.folds = Folds(folds)
        self.people = self.folds.people
        self.together = arrange(pd.concat(folds, ignore_index=True))

    def counts(self, weights: np.ndarray) -> tuple[list[Counts], Counts]:
        """The counts of each fold, and of all together, when the people stand there `weights` (R, people) times."""
        return self.folds.counts(weights), self.together.counts(weights)


def _resampled(roles: Mapping[str, _Role], resamples: int, seed: int) -> Iterator[dict[str, tuple[list[Counts], Counts]]]:
    weights = {name: resampled(role.people, resamples, seed, name) for name, role in roles.items()}
    size = max(1, CELLS // max((len(role.together.values) for role in roles.values()), default=1))
    for start in range(0, resamples, size):
        yield {name: role.counts(weights[name][start : start + size]) for name, role in roles.items()}


def _measures(counts: Mapping[str, tuple[list[Counts], Counts]]) -> Measures:
    """All measures (R,) by name, those of a policy as `policy.measure`."""
    if _TEST not in counts:
        return {}
    folds, together = counts[_TEST]
    measures = {"auc": together.auc(), "auc_mean": np.mean([fold.auc() for fold in folds], axis=0)}
    for policy, role in POLICY_ROLES.items():
        if role in counts:
            sources, _ = counts[role]
            places = [source.eer_place() for source in sources]
            thresholds = [source.threshold_at(place) for source, place in zip(sources, places, strict=True)]
            known = np.min(places, axis=0) >= 0
            errors = errors_at(pooled(folds, thresholds), np.zeros(known.shape, np.int64), known)
            measures |= {f"{policy}.{name}": errors[name] for name in _ERRORS}
    return measures
