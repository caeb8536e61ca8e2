"""Is B better than A? The difference of two methods on the same clips, with its interval over people.

Both methods are judged on the same resamples of people, so that what makes a person easy or hard for both cancels out: the interval of the
difference is much narrower than the two methods' own intervals suggest. Thresholds are estimated anew in each resample, for each method.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from fas.counts import Counts, resampled
from fas.errors import UserError
from fas.folds import Folds, pooled
from fas.metrics import CELLS, FIXED, POLICY_ROLES, RESAMPLES, Measures, errors_at, interval, nested
from fas.scores import check_test, to_clips

OVERALL = ("auc", "eer")
ERRORS = ("hter", "acer")
POLICIES = (*POLICY_ROLES, "fixed")
_SAME = ("label", "attack", "subject", "role")
_NOTHING = 1e-9  # percent: less than this is the rounding of sums, not a difference

Pair = tuple[pd.DataFrame, pd.DataFrame]


def pair(a: pd.DataFrame, b: pd.DataFrame, names: tuple[str, str] = ("A", "B")) -> Pair:
    """The clips of two score tables (of clips or of frames) but for those of role train, in the same order.

    Raises:
        UserError: a clip that only one of them has, or whose label, attack, subject or role differs; or test clips of one class only.
    """
    check_test(a, names[0])
    clips = [to_clips(table[table["role"] != "train"]) for table in (a, b)]
    keys = [pd.MultiIndex.from_frame(one[["dataset", "clip"]]) for one in clips]
    for here, other in ((0, 1), (1, 0)):
        alone = keys[here].difference(keys[other])
        if len(alone):
            raise UserError(f"{names[other]}: has no clip {' '.join(alone[0])}, which {names[here]} has")
    for column in _SAME:
        differs = np.flatnonzero(clips[0][column].to_numpy() != clips[1][column].to_numpy())
        if len(differs):
            mine, theirs = (one.iloc[differs[0]] for one in clips)
            clip = f"{mine['dataset']} {mine['clip']}"
            raise UserError(f"{names[1]}: {clip}: {column} is '{theirs[column]}', but '{mine[column]}' in {names[0]}")
    return clips[0], clips[1]


def compare(
    pairs: Sequence[Pair],
    thresholds: Sequence[tuple[float | None, float | None]] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[str, Any]:
    """The differences B - A over pairs (A, B) of clip tables that `pair` gave, as a JSON object; several pairs are folds (`fas.folds`).

    Keys: `n_live`, `n_attack`, `people` (of role test, over all folds), `auc` and `eer` (the mean over the folds) and `policies` (per
    policy `hter` and `acer` of all folds' decisions; a policy that some fold lacks is absent). Each has `a`, `b`, `difference` (percent),
    `ci95` ([low, high] of the difference) and `opposite`: the share of resamples (percent) in which the difference has the other sign,
    those without any counting one half. None stands for what cannot be computed. `thresholds` are each pair's of the policy `fixed`
    (None: 0.5).
    """
    sides = [_Side([one[side] for one in pairs], [one[side] for one in thresholds or [(None, None)] * len(pairs)]) for side in (0, 1)]
    test = pd.concat([a[a["role"] == "test"] for a, _ in pairs])
    whole = {role: np.ones((1, folds.people), np.int64) for role, folds in sides[0].roles.items()}
    points = [{name: values[0] for name, values in side.measures(whole).items()} for side in sides]
    drawn: dict[str, list[np.ndarray]] = {name: [] for name in points[0]}
    for weights in _weights(sides, resamples, seed):
        a, b = (side.measures(weights) for side in sides)
        for name, values in a.items():
            drawn[name].append(b[name] - values)
    people = sides[0].roles["test"].people
    differences = {name: np.concatenate(values) if people > 1 else np.array([]) for name, values in drawn.items()}
    return {
        "n_live": int((test["label"] == "live").sum()),
        "n_attack": int((test["label"] == "attack").sum()),
        "people": people,
        **nested({name: _summary(points[0][name], points[1][name], differences[name]) for name in drawn}),
    }


class _Side:
    """One method: its folds, role by role, and the thresholds of its policy `fixed`."""

    def __init__(self, folds: Sequence[pd.DataFrame], fixed: Sequence[float | None]) -> None:
        parts = {role: [fold[fold["role"] == role] for fold in folds] for role in POLICY_ROLES.values()}
        self.roles = {role: Folds(rows) for role, rows in parts.items() if all(len(fold) for fold in rows)}
        self.fixed = [FIXED if threshold is None else threshold for threshold in fixed]

    def measures(self, weights: dict[str, np.ndarray]) -> Measures:
        """All measures (R,) by name, those of a policy as `policy.measure`, when each role's people stand there `weights` times."""
        counts = {role: folds.counts(weights[role]) for role, folds in self.roles.items()}
        test = counts["test"]
        measures = {name: np.mean([getattr(fold, name)() for fold in test], axis=0) for name in OVERALL}
        for policy, thresholds, known in self._decisions(counts):
            errors = errors_at(pooled(test, thresholds), np.zeros(known.shape, np.int64), known)
            measures |= {f"{policy}.{name}": errors[name] for name in ERRORS}
        return measures

    def _decisions(self, counts: dict[str, list[Counts]]) -> Iterator[tuple[str, list[np.ndarray], np.ndarray]]:
        for policy, role in POLICY_ROLES.items():
            if role in counts:
                places = [fold.eer_place() for fold in counts[role]]
                thresholds = [fold.threshold_at(place) for fold, place in zip(counts[role], places, strict=True)]
                yield policy, thresholds, np.min(places, axis=0) >= 0
        shape = len(counts["test"][0].live)
        yield "fixed", [np.full(shape, threshold) for threshold in self.fixed], np.ones(shape, bool)


def _weights(sides: Sequence[_Side], resamples: int, seed: int) -> Iterator[dict[str, np.ndarray]]:
    """Batches of resamples of each role's people; the same for both sides, whose clips are paired."""
    roles = {role: resampled(folds.people, resamples, seed, role) for role, folds in sides[0].roles.items()}
    most = max(len(fold.values) for side in sides for folds in side.roles.values() for fold in folds.arranged)
    size = max(1, CELLS // max(1, most))
    for start in range(0, resamples, size):
        yield {role: weights[start : start + size] for role, weights in roles.items()}


def _summary(a: float, b: float, differences: np.ndarray) -> dict[str, Any]:
    differences = np.where(np.abs(differences) < _NOTHING, 0, differences)
    difference = 0.0 if abs(b - a) < _NOTHING else b - a
    summary = {"a": a, "b": b, "difference": difference}
    plain = {name: float(value) if np.isfinite(value) else None for name, value in summary.items()}
    return {**plain, "ci95": interval(differences), "opposite": _opposite(difference, differences)}


def _opposite(difference: float, differences: np.ndarray) -> float | None:
    signs = np.sign(differences[np.isfinite(differences)]) * np.sign(difference)
    if not len(signs) or not np.isfinite(difference) or difference == 0:
        return None
    return float(100 * ((signs < 0).mean() + (signs == 0).mean() / 2))
