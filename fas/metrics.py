"""Presentation attack detection metrics on clips (ISO/IEC 30107-3), with subject bootstrap intervals.

Conventions: a clip is accepted as live when score >= threshold. A clip without a score (NaN, not acquired) is rejected: an attack
that is not acquired is no error, a live face that is not acquired is one. FAR pools all attacks, APCER is the worst attack class's.
Thresholds stand half way between neighbouring scores, 1 below the lowest or 1 above the highest; of equals the lowest is taken.
Shares are in percent; what cannot be computed (a class is missing) is NaN here and None in `evaluate`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from fas.counts import Arranged, Counts, arrange, count, resampled, thresholds
from fas.scores import to_clips

RESAMPLES = 1000
FIXED = 0.5
POLICY_ROLES = {"dev_eer": "dev", "source_eval_eer": "source_eval", "test_eer": "test"}
_BOUNDS = (10, 20, 100)
_FALSE_ALARMS = {"0.01": 100, "0.005": 200, "0.001": 1000}  # CelebA-Spoof's three FPRs, as one in so many
CELLS = 500_000  # resamples are counted in batches of this many weights, so that a batch stays in the processor's cache

Measures = dict[str, Any]


def evaluate(scores: pd.DataFrame, threshold: float | None = None, resamples: int = RESAMPLES, seed: int = 0) -> dict[str, Any]:
    """All metrics of a score table (of clips or of frames) as a JSON object; None stands for what cannot be computed.

    Keys: `n_live`, `n_attack`, `fta`, `auc`, `eer`, `bpcer10`, `bpcer20`, `bpcer100`, `tpr_at_fpr` (`0.01`, `0.005`, `0.001`),
    `policies` (per policy `threshold`, `hter`, `apcer`, `apcer_pooled`, `apcer_by_attack`, `bpcer`, `acer`) and `ci95` (`eer`, `auc`,
    and per policy `hter` and `acer`: [low, high]). `threshold` is that of the policy `fixed`. The intervals come from `resamples` seeded
    resamples of people, those of each role drawn by themselves and the thresholds estimated anew in each.

    `tpr_at_fpr` is CelebA-Spoof's (Zhang et al. 2020), where attack is the positive class: the share of attacks that are detected when
    fewer than one live clip in 100, 200 or 1,000 (or none) is taken for one; see `Counts.tpr_where_fpr`.
    """
    clips = to_clips(scores)
    test = clips[clips["role"] == "test"]
    fixed = FIXED if threshold is None else float(threshold)
    roles = {role: arrange(clips[clips["role"] == role]) for role in {"test", *clips["role"]} - {"train"}}
    counts = {role: arranged.counts() for role, arranged in roles.items()}
    failed = test["score"].isna()
    return {
        "n_live": int((test["label"] == "live").sum()),
        "n_attack": int((test["label"] == "attack").sum()),
        "fta": 100 * float(failed.mean()) if len(test) else None,
        **_plain(_overall(counts["test"])),
        **_plain(_bpcer_at(counts["test"])),
        "tpr_at_fpr": _plain({fpr: counts["test"].tpr_where_fpr(bound) for fpr, bound in _FALSE_ALARMS.items()}),
        "policies": {name: _plain(measures) for name, measures in _policies(counts, fixed).items()},
        "ci95": _intervals(roles, fixed, resamples, seed),
    }


def eer(live: np.ndarray, attack: np.ndarray) -> tuple[float, float]:
    """Equal error rate (percent) and its threshold, from the scores of live (n,) and attack (m,) clips; NaN = not acquired.

    The mean of FAR and FRR where they differ least; of several such places the smaller mean, then the lowest threshold.
    """
    counts = _of(live, attack)
    return float(counts.eer()[0]), float(counts.threshold_at(counts.eer_place())[0])


def auc(live: np.ndarray, attack: np.ndarray) -> float:
    """Area under the ROC curve (percent), live positive: ties count one half, NaN ranks lowest."""
    return float(_of(live, attack).auc()[0])


def roc(live: np.ndarray, attack: np.ndarray) -> pd.DataFrame:
    """FAR and FRR (percent) at every threshold that can make a difference, lowest first: columns threshold, far, frr."""
    counts = _of(live, attack)
    return pd.DataFrame({"threshold": thresholds(counts.values), "far": counts.far()[0], "frr": counts.frr()[0]})


def _of(live: np.ndarray, attack: np.ndarray) -> Counts:
    return count(np.asarray(live, np.float64), np.asarray(attack, np.float64))


def _overall(counts: Counts) -> Measures:
    return {"auc": counts.auc(), "eer": counts.eer()}


def _bpcer_at(counts: Counts) -> Measures:
    return {f"bpcer{bound}": counts.bpcer_where_apcer(bound) for bound in _BOUNDS}


def _policies(counts: dict[str, Counts], fixed: float) -> dict[str, Measures]:
    test = counts["test"]
    policies = {}
    for name, role in POLICY_ROLES.items():
        if role in counts:
            place = counts[role].eer_place()
            policies[name] = _errors(test, counts[role].threshold_at(place), place >= 0)
    resamples = len(test.live)
    return policies | {"fixed": _errors(test, np.full(resamples, fixed), np.ones(resamples, bool))}


def _errors(test: Counts, threshold: np.ndarray, known: np.ndarray) -> Measures:
    """The errors on `test` at a threshold per resample. A NaN threshold (no score at all) rejects all."""
    return {"threshold": threshold, **errors_at(test, test.place_of(threshold), known)}


def errors_at(test: Counts, place: np.ndarray, known: np.ndarray) -> Measures:
    """`hter`, `apcer`, `apcer_pooled`, `apcer_by_attack`, `bpcer`, `acer` (R,) at a place per resample; NaN where it is not `known`."""
    pooled, bpcer = (np.where(known, share, np.nan) for share in (test.apcer_pooled(place), test.bpcer(place)))
    by_attack = {name: np.where(known, share, np.nan) for name, share in test.apcer_by_attack(place).items()}
    apcer = _worst(by_attack, len(place))
    return {
        "hter": (pooled + bpcer) / 2,
        "apcer": apcer,
        "apcer_pooled": pooled,
        "apcer_by_attack": by_attack,
        "bpcer": bpcer,
        "acer": (apcer + bpcer) / 2,
    }


def _worst(by_attack: dict[str, np.ndarray], resamples: int) -> np.ndarray:
    worst = np.full(resamples, np.nan)
    for share in by_attack.values():
        worst = np.fmax(worst, share)  # a class that a resample does not hold (NaN) has no say
    return worst


def _intervals(roles: dict[str, Arranged], fixed: float, resamples: int, seed: int) -> dict[str, Any]:
    drawn: dict[str, list[np.ndarray]] = {}
    for counts in _batches(roles, resamples, seed):
        for name, values in _interval_measures(counts, fixed):
            drawn.setdefault(name, []).append(values)
    one = roles["test"].people < 2  # one person shows no spread
    return nested({name: None if one else interval(np.concatenate(batches)) for name, batches in drawn.items()})


def _interval_measures(counts: dict[str, Counts], fixed: float) -> Iterator[tuple[str, np.ndarray]]:
    yield from _overall(counts["test"]).items()
    for policy, measures in _policies(counts, fixed).items():
        for name in ("hter", "acer"):
            yield f"{policy}.{name}", measures[name]


def _batches(roles: dict[str, Arranged], resamples: int, seed: int) -> Iterator[dict[str, Counts]]:
    weights = {role: resampled(arranged.people, resamples, seed, role) for role, arranged in roles.items()}
    size = max(1, CELLS // max(1, *(len(arranged.values) for arranged in roles.values())))
    for start in range(0, resamples, size):
        yield {role: arranged.counts(weights[role][start : start + size]) for role, arranged in roles.items()}


def interval(values: np.ndarray) -> list[float] | None:
    """The 95 % percentile interval [low, high] of resampled values (R,), of those that could be computed."""
    values = values[np.isfinite(values)]
    return [float(value) for value in np.percentile(values, [2.5, 97.5])] if len(values) else None


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by name, those named `policy.measure` as `policies` -> policy -> measure."""
    result: dict[str, Any] = {"policies": {}}
    for name, value in values.items():
        policy, _, measure = name.rpartition(".")
        place = result["policies"].setdefault(policy, {}) if policy else result
        place[measure] = value
    return result


def _plain(measures: Measures) -> dict[str, Any]:
    return {name: _plain(value) if isinstance(value, dict) else _number(value[0]) for name, value in measures.items()}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
