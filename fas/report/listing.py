"""Which test clips index.html lists with their scores, and how scores are shortened without changing a decision."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from fas.report.sources import Pair
from fas.report.views import View, pairs
from fas.report.worst import worst

_DIGITS = 4  # of the scores' range


def listed(views: Sequence[View], galleries: Sequence[Sequence[Pair]], most: int, most_wrong: int) -> list[pd.DataFrame]:
    """The test clips of each view that are listed: all, as long as all rows' scores together are at most `most`.

    Else the same share of each view: its gallery and the `most_wrong` lowest live clips and highest attacks of each row first, then clips
    spread evenly over the names. Columns as `View.test`.
    """
    total = sum(len(view.test) * len(view.scored) for view in views)
    share = min(1.0, most / total) if total else 1.0
    return [_share(view, gallery, int(share * len(view.test)), most_wrong) for view, gallery in zip(views, galleries, strict=True)]


def _share(view: View, gallery: Sequence[Pair], count: int, most_wrong: int) -> pd.DataFrame:
    test = view.test
    if count >= len(test):
        return test
    place = {one: number for number, one in enumerate(pairs(test))}
    wrong = [one for row in view.scored for table in worst(row, most_wrong) for one in pairs(table)]
    first = [place[one] for one in [*gallery, *wrong]]
    even = (np.arange(count) * 2 + 1) * len(test) // (2 * max(1, count))
    return test.iloc[sorted(list(dict.fromkeys([*first, *even.tolist()]))[:count])]


def shortened(scores: Sequence[float], thresholds: Iterable[float]) -> list[float | None]:
    """Scores with four digits of their range, None for NaN. One that rounding would carry over a threshold keeps all its digits."""
    values = np.asarray(scores, np.float64)
    finite = values[np.isfinite(values)]
    span = float(np.ptp(finite)) if len(finite) else 0.0
    decimals = _DIGITS - 1 - int(np.floor(np.log10(span))) if 0 < span < np.inf else 17
    rounded = np.array([round(value, decimals) for value in values.tolist()])
    for threshold in thresholds:
        rounded = np.where((values >= threshold) == (rounded >= threshold), rounded, values)
    return [value if np.isfinite(value) else None for value in rounded.tolist()]
