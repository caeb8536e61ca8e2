"""`fas.metrics` against an independent implementation of the same definitions, on random tables full of awkward cases."""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fas.metrics import evaluate

reference = runpy.run_path(str(Path(__file__).with_name("reference_metrics.py")))["metrics"]

CLASSES = ["print", "replay", "cut", "mask_rigid"]
QUANTISED, NORMAL, NEGATIVE, EQUAL, STRETCHED = range(5)


def draw(random, kind, live, count):
    """Scores of one class. Most kinds have few distinct values, so that ties and equal optima are common, within and across classes."""
    ahead = 0.5 if live else 0
    if kind == EQUAL:
        return np.full(count, 0.25)
    if kind == QUANTISED:
        return np.round((random.random(count) + ahead) * 8) / 8
    spread = random.normal(ahead * 3, 1, count)
    return {NORMAL: spread, NEGATIVE: -100 + np.round(spread), STRETCHED: 1e6 * np.round(spread, 1)}[kind]


def role_rows(random, role, kind, counts, failing, frames):
    """`counts` maps a class ('' is live) to its number of clips; a share of `failing` clips and frames have no score."""
    rows = []
    for attack, count in counts.items():
        for number, score in enumerate(draw(random, kind, attack == "", count)):
            clip = f"{role}/{attack or 'live'}/{number}"
            about = {"dataset": "mc"[number % 2], "clip": clip, "subject": str(number // 2), "role": role, "instrument": ""}
            about |= {"label": "attack" if attack else "live", "attack": attack}
            lost = random.random() < failing
            if not frames:
                rows.append(about | {"score": np.nan if lost else score})
                continue
            for frame in range(random.integers(1, 5)):
                value = np.nan if lost or random.random() < failing else score + random.integers(-2, 3) / 4
                rows.append(about | {"score": value, "frame": frame})
    return rows


def random_table(seed):
    random = np.random.default_rng(seed)
    kind, frames, failing = seed % 5, bool(seed % 3 == 0), (0, 0.2, 0.7)[seed % 4 % 3]
    classes = CLASSES[: random.integers(1, 5)]
    most = 2 if seed % 10 == 9 else 30  # single clips now and then

    def counts(names):
        return {name: int(random.integers(1, most)) for name in names}

    test = counts(["", *classes]) | ({"": 450} if seed % 10 == 4 else {})  # enough live clips for a false alarm or two
    rows = role_rows(random, "test", kind, test, failing, frames)
    rows += role_rows(random, "train", kind, counts(["", "print"]), failing, frames)
    if seed % 2:
        rows += role_rows(random, "dev", kind, counts([["", "print"], [""], classes, ["", *classes]][seed // 2 % 4]), failing, frames)
    if seed % 7 < 2:
        rows += role_rows(random, "source_eval", kind, counts(["", "wax"]), failing, frames)
    return [rows[number] for number in random.permutation(len(rows))], float(random.choice([0.5, 0.25, -100, 1e6]))


def same(found, expected, where=""):
    if isinstance(expected, dict):
        assert set(found) == set(expected), where
        for name, value in expected.items():
            same(found[name], value, f"{where}.{name}")
    elif expected is None or found is None:
        assert found is expected, where
    else:
        assert found == pytest.approx(expected, rel=0, abs=1e-6), where


@pytest.mark.parametrize("seed", range(40))
def test_every_key_but_the_intervals_is_the_reference(seed):
    rows, fixed = random_table(seed)
    found = evaluate(pd.DataFrame(rows), threshold=fixed, resamples=2)
    assert set(found.pop("ci95")["policies"]) == set(found["policies"])
    same(found, reference(rows, fixed))


def by_label(table):
    return {label: table.loc[table["label"] == label, "score"] for label in ("live", "attack")}


def test_the_random_tables_hold_what_they_should():
    """Otherwise the agreement says less than it seems to."""
    tables = [pd.DataFrame(random_table(seed)[0]) for seed in range(40)]
    tests = [table[table["role"] == "test"] for table in tables]
    assert sum("frame" in table for table in tables) > 5
    assert sum(table["score"].isna().any() for table in tests) > 15
    assert sum(table["score"].nunique() == 1 for table in tests) >= 2
    assert sum(len(set(scores["live"]) & set(scores["attack"])) > 2 for scores in map(by_label, tests)) > 8
    assert sum((table["role"] == "source_eval").any() for table in tables) > 5
    assert sum(table.loc[table["role"] == "dev", "label"].nunique() == 1 for table in tables) > 5
    assert sum((table["score"] < 0).any() for table in tests) > 10
    assert any((table["clip"].nunique() <= 5) for table in tests)
