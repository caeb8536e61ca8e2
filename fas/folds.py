"""Folds counted together: each has a model of its own, and the people of all folds are resampled together.

Scores of different models have no common scale. So each fold's own threshold decides that fold's clips, and the decisions are added up.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fas.counts import Arranged, Counts, arrange, people_of


class Folds:
    """The clips of one role (a table per fold), arranged. `people` is how many there are in all; who is in two folds is one person."""

    def __init__(self, folds: Sequence[pd.DataFrame]) -> None:
        person, self.people = people_of(pd.concat(folds, ignore_index=True))
        ends = np.cumsum([len(fold) for fold in folds])[:-1]
        self.arranged: list[Arranged] = [arrange(fold) for fold in folds]
        self._part = [np.unique(part) for part in np.split(person, ends)]  # sorted, as `arrange` numbers a fold's own people

    def counts(self, weights: np.ndarray) -> list[Counts]:
        """The counts of each fold when the people of all folds stand there `weights` (R, people) times."""
        return [fold.counts(weights[:, part]) for fold, part in zip(self.arranged, self._part, strict=True)]


def pooled(folds: Sequence[Counts], thresholds: Sequence[np.ndarray]) -> Counts:
    """What the folds' own thresholds (R,) decide, added up: counts with one threshold, at place 0, that rejects what each fold's does."""
    decided = [fold.decided(threshold) for fold, threshold in zip(folds, thresholds, strict=True)]
    by_attack: dict[str, list[np.ndarray]] = {}
    for fold in decided:
        for name, rejected in fold.attacks.items():
            by_attack.setdefault(name, []).append(rejected)
    attacks = {name: np.sum(rejected, axis=0) for name, rejected in by_attack.items()}
    live, attack = (np.sum(parts, axis=0) for parts in zip(*((fold.live, fold.pooled) for fold in decided), strict=True))
    return Counts(decided[0].values, live, attack, attacks)
