"""Weighted counts of rejected clips at every candidate threshold: the arithmetic under `fas.metrics`.

K distinct scores have K + 1 places for a threshold, from place 0 (below all) to place K (above all); at place k the k lowest scores are
rejected. Counts are integers, one row per resample, so that equal error rates compare exactly and 1,000 resamples cost a few sums.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import xxhash
from scipy.sparse import csr_array


@dataclass(frozen=True)
class Arranged:
    """The clips of one role. `values` (K,) are the distinct scores, ascending; `live` and `attacks` count clips as (people, K + 1).

    Column 0 counts the clips that were not acquired, column k those with the k-th lowest score.
    """

    values: np.ndarray
    people: int
    live: csr_array
    attacks: dict[str, csr_array]

    def counts(self, weights: np.ndarray | None = None) -> "Counts":
        """The counts when each person stands there `weights` (R, people) times; once each, and R = 1, by default."""
        if weights is None:
            weights = np.ones((1, self.people), np.int64)
        attacks = {name: _rejected(weights, clips) for name, clips in self.attacks.items()}
        pooled = sum(attacks.values(), start=np.zeros((len(weights), len(self.values) + 1), np.int64))
        return Counts(self.values, _rejected(weights, self.live), pooled, attacks)


def _rejected(weights: np.ndarray, clips: csr_array) -> np.ndarray:
    return np.cumsum((clips.T @ weights.T).T, axis=1)


def arrange(rows: pd.DataFrame) -> Arranged:
    """The clips of one role (columns dataset, clip, subject, label, attack, score), arranged for counting.

    A person is a (dataset, subject); a clip of an unknown subject stands for a person of its own.
    """
    scores = rows["score"].to_numpy(np.float64)
    finite = np.isfinite(scores)
    values = np.unique(scores[finite])
    column = np.where(finite, np.searchsorted(values, np.where(finite, scores, 0)) + 1, 0)
    person, people = people_of(rows)
    kind = rows["attack"].where(rows["label"] == "attack", "").to_numpy()
    shape = (people, len(values) + 1)

    def clips(of: np.ndarray) -> csr_array:
        return csr_array((np.ones(of.sum(), np.int64), (person[of], column[of])), shape=shape)

    live = (rows["label"] == "live").to_numpy()
    return Arranged(values, people, clips(live), {name: clips(kind == name) for name in sorted(set(kind[~live]))})


def count(live: np.ndarray, attack: np.ndarray) -> "Counts":
    """The counts (R = 1) of the bare scores of live (n,) and attack (m,) clips; what is not finite was not acquired."""
    values = np.unique(np.concatenate([live[np.isfinite(live)], attack[np.isfinite(attack)]]))
    pooled = _rejected_of(attack, values)
    return Counts(values, _rejected_of(live, values), pooled, {"any": pooled})


def _rejected_of(scores: np.ndarray, values: np.ndarray) -> np.ndarray:
    finite = np.sort(scores[np.isfinite(scores)])
    below = np.concatenate([[0], np.searchsorted(finite, values, side="right")])
    return (len(scores) - len(finite) + below)[None].astype(np.int64)


def people_of(rows: pd.DataFrame) -> tuple[np.ndarray, int]:
    """The person of each row as a number (n,), in the order of their datasets and names, and how many people there are."""
    dataset, subject, clip = (rows[name].to_numpy(object) for name in ("dataset", "subject", "clip"))
    name = np.where(subject != "", "1\0" + subject, "0\0" + clip)
    codes, people = pd.factorize(dataset + "\0" + name, sort=True)
    return codes, len(people)


def resampled(people: int, resamples: int, seed: int, stream: str) -> np.ndarray:
    """How often each person is drawn, (resamples, people), when as many people are drawn with replacement. Streams are independent."""
    if not people:
        return np.zeros((resamples, 0), np.int64)
    random = np.random.default_rng([seed, xxhash.xxh3_64_intdigest(stream.encode())])
    drawn = random.integers(0, people, (resamples, people)) + people * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * people).reshape(resamples, people)


@dataclass(frozen=True)
class Counts:
    """Clips rejected at each place: `live`, `pooled` (all attacks) and each of `attacks` are (R, K + 1) integers.

    The last place rejects all, so the last column is how many there are. Shares are in percent, NaN where there is no clip.
    """

    values: np.ndarray
    live: np.ndarray
    pooled: np.ndarray
    attacks: dict[str, np.ndarray]

    def frr(self) -> np.ndarray:
        """Live clips rejected (BPCER) at every place, (R, K + 1)."""
        return _percent(self.live, self.live[:, -1:])

    def far(self) -> np.ndarray:
        """Attacks of all classes accepted (pooled APCER) at every place, (R, K + 1)."""
        return _percent(self.pooled[:, -1:] - self.pooled, self.pooled[:, -1:])

    def apcer_by_attack(self, place: np.ndarray) -> dict[str, np.ndarray]:
        """Each class's share of accepted attacks (R,) at a place per resample."""
        return {name: _accepted(rejected, place) for name, rejected in self.attacks.items()}

    def apcer_pooled(self, place: np.ndarray) -> np.ndarray:
        """The share of all attacks accepted (R,) at a place per resample."""
        return _accepted(self.pooled, place)

    def bpcer(self, place: np.ndarray) -> np.ndarray:
        """The share of live clips rejected (R,) at a place per resample."""
        return _percent(_at(self.live, place), self.live[:, -1])

    def auc(self) -> np.ndarray:
        """Area under the ROC curve (R,): the share of (live, attack) pairs in the right order, ties one half; not acquired ranks lowest."""
        live = np.diff(self.live, axis=1, prepend=0)
        below_twice = self.pooled + np.concatenate([np.zeros_like(self.pooled[:, :1]), self.pooled[:, :-1]], axis=1)
        return _percent((live * below_twice).sum(axis=1), 2 * self.live[:, -1] * self.pooled[:, -1])

    def eer_place(self) -> np.ndarray:
        """The place (R,) where FAR and FRR differ least; of several the smaller mean, then the lowest. -1: a class is missing."""
        return self._equal[0]

    def eer(self) -> np.ndarray:
        """Equal error rate (R,): the mean of FAR and FRR at `eer_place`."""
        return self._equal[1]

    @cached_property
    def _equal(self) -> tuple[np.ndarray, np.ndarray]:
        far, frr = self._crossed()
        gap = np.abs(far - frr)
        mean = np.where(gap == gap.min(axis=1, keepdims=True), far + frr, np.iinfo(np.int64).max)
        rate = _percent(mean.min(axis=1), 2 * self.live[:, -1] * self.pooled[:, -1])
        return np.where(self._both(), mean.argmin(axis=1), -1), np.where(self._both(), rate, np.nan)

    def bpcer_where_apcer(self, bound: int) -> np.ndarray:
        """BPCER (R,) at the lowest place where every attack class's APCER is at most 1 / `bound`."""
        held = np.ones(self.live.shape, bool)
        for rejected in self.attacks.values():
            held &= (rejected[:, -1:] - rejected) * bound <= rejected[:, -1:]
        return np.where(self._both(), self.bpcer(held.argmax(axis=1)), np.nan)

    def tpr_where_fpr(self, bound: int) -> np.ndarray:
        """CelebA-Spoof's TPR@FPR (R,), attack positive: the share of attacks below the i-th lowest live score, i = live / `bound`.

        i is rounded down and at least 1, and the threshold itself is not below it: fewer than 1 / `bound` of the live clips (or none)
        are taken for attacks. 0 where the clips that were not acquired are more than that already.
        """
        allowed = np.maximum(self.live[:, -1] // bound, 1)
        place = (self.live >= allowed[:, None]).argmax(axis=1) - 1
        share = _percent(np.where(place < 0, 0, _at(self.pooled, place)), self.pooled[:, -1])
        return np.where(self._both(), share, np.nan)

    def threshold_at(self, place: np.ndarray) -> np.ndarray:
        """The threshold (R,) of a place: half way between the neighbouring scores that the resample holds. NaN for place -1 or no score."""
        rejected = self.live + self.pooled
        same = (rejected == _at(rejected, place)[:, None]).sum(axis=1)
        lower, upper = place - 1, place + same - 1
        padded = np.concatenate([[np.nan], self.values, [np.nan]])
        below, above = padded[lower.clip(-1) + 1], padded[upper.clip(max=len(self.values)) + 1]
        between = np.where(np.isnan(below), above - 1, np.where(np.isnan(above), _past(below), _middle(below, above)))
        return np.where(place < 0, np.nan, between)

    def place_of(self, threshold: np.ndarray) -> np.ndarray:
        """The place (R,) at which a threshold stands; above all scores where it is NaN."""
        return np.searchsorted(self.values, threshold, side="left")

    def decided(self, threshold: np.ndarray) -> "Counts":
        """What a threshold per resample (R,) decides: counts of one place (0) for it, and the last one, which rejects all."""
        place = self.place_of(threshold)
        attacks = {name: _decided(rejected, place) for name, rejected in self.attacks.items()}
        return Counts(np.zeros(1), _decided(self.live, place), _decided(self.pooled, place), attacks)

    def _both(self) -> np.ndarray:
        return (self.live[:, -1] > 0) & (self.pooled[:, -1] > 0)

    def _crossed(self) -> tuple[np.ndarray, np.ndarray]:
        live, attacks = self.live[:, -1:], self.pooled[:, -1:]
        return (attacks - self.pooled) * live, self.live * attacks


def thresholds(values: np.ndarray) -> np.ndarray:
    """The threshold (K + 1,) of every place among distinct, ascending scores (K,); one NaN when there is no score."""
    if not len(values):
        return np.array([np.nan])
    return np.concatenate([values[:1] - 1, _middle(values[:-1], values[1:]), _past(values[-1:])])


def _middle(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    middle = below / 2 + above / 2
    return np.where(middle > below, middle, above)  # neighbouring floats have nothing between them


def _past(below: np.ndarray) -> np.ndarray:
    return np.maximum(below + 1, np.nextafter(below, np.inf))


def _at(table: np.ndarray, place: np.ndarray) -> np.ndarray:
    return np.take_along_axis(table, place[:, None], axis=1)[:, 0]


def _decided(rejected: np.ndarray, place: np.ndarray) -> np.ndarray:
    return np.stack([_at(rejected, place), rejected[:, -1]], axis=1)


def _accepted(rejected: np.ndarray, place: np.ndarray) -> np.ndarray:
    return _percent(rejected[:, -1] - _at(rejected, place), rejected[:, -1])


def _percent(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(100.0 * part, whole, out=np.full(np.broadcast_shapes(part.shape, whole.shape), np.nan), where=whole > 0)
