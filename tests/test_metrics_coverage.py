"""A 95 % interval must hold the true value about 95 times in 100: on a known model, with people who differ."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from fas.metrics import evaluate

PEOPLE, SPREAD, AHEAD = 40, 1.2, 1.0
TABLES, RESAMPLES = 200, 120


def table(seed):
    """Live N(AHEAD + u, 1) and attacks N(-AHEAD + v, 1); each person has an u and a v of N(0, SPREAD^2). Roles test and dev."""
    random = np.random.default_rng(seed)
    parts = []
    for role in ("test", "dev"):
        for label, sign, clips in (("live", 1, 3), ("attack", -1, 5)):
            person = np.repeat(np.arange(PEOPLE), clips)
            score = sign * AHEAD + random.normal(0, SPREAD, PEOPLE)[person] + random.normal(0, 1, len(person))
            part = pd.DataFrame({"subject": [f"{role}{one}" for one in person], "label": label, "role": role, "score": score})
            parts.append(part.assign(attack="" if label == "live" else "print"))
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(dataset="m", clip=[f"{number:04d}" for number in range(len(rows))], instrument="")


def truth():
    """Of endlessly many people: both classes are normal with the same spread, so the EER and the HTER lie at threshold 0."""
    spread = np.sqrt(1 + SPREAD**2)
    error = 100 * norm.cdf(-AHEAD / spread)
    return {"auc": 100 * norm.cdf(2 * AHEAD / (np.sqrt(2) * spread)), "eer": error, "test_eer": error, "dev_eer": error}


@pytest.fixture(scope="module")
def covered():
    """The share of tables (percent) whose interval holds the truth, by measure; HTER for the policies."""
    hits = dict.fromkeys(truth(), 0)
    for seed in range(TABLES):
        intervals = evaluate(table(seed), resamples=RESAMPLES, seed=seed)["ci95"]
        for name, value in truth().items():
            low, high = intervals[name] if name in intervals else intervals["policies"][name]["hter"]
            hits[name] += low <= value <= high
    return {name: 100 * count / TABLES for name, count in hits.items()}


@pytest.mark.parametrize("name", truth())
def test_the_interval_covers_as_it_should(covered, name):
    assert 88 <= covered[name] <= 99, covered


def test_drawing_clips_instead_of_people_would_not():
    """The model is one on which it matters: clips drawn by themselves give intervals that are too narrow."""
    hits, tables = 0, 80
    for seed in range(tables):
        alone = table(seed).assign(subject="")
        low, high = evaluate(alone[alone["role"] == "test"], resamples=RESAMPLES, seed=seed)["ci95"]["auc"]
        hits += low <= truth()["auc"] <= high
    assert 100 * hits / tables < 80
