from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from fas.metrics import eer, evaluate
from fas.scores import to_clips
from fas.tables.pool import evaluate_pool

Make = Callable[..., pd.DataFrame]
MEASURES = ("hter", "apcer", "apcer_pooled", "bpcer", "acer")


def by_hand(folds: list[pd.DataFrame], role: str) -> dict[str, float]:
    """Each fold's clips are decided at that fold's own threshold; then all decisions are counted together."""
    decided = []
    for fold in map(to_clips, folds):
        source = fold[fold["role"] == role]
        _, threshold = eer(source.loc[source["label"] == "live", "score"], source.loc[source["label"] == "attack", "score"])
        test = fold[fold["role"] == "test"]
        decided.append(test.assign(accepted=test["score"] >= threshold))
    test = pd.concat(decided)
    attacks = test[test["label"] == "attack"]
    bpcer = 100 * (1 - test.loc[test["label"] == "live", "accepted"].mean())
    apcer = 100 * attacks.groupby("attack")["accepted"].mean().max()
    pooled = 100 * attacks["accepted"].mean()
    return {"hter": (pooled + bpcer) / 2, "apcer": apcer, "apcer_pooled": pooled, "bpcer": bpcer, "acer": (apcer + bpcer) / 2}


@pytest.mark.parametrize("seed", range(4))
def test_pooled_errors_are_those_counted_by_hand(scores: Make, seed: int) -> None:
    folds = [scores(3 * seed + number, (name,)) for number, name in enumerate("abc")]
    folds[1]["score"] = 10 + 3 * folds[1]["score"]  # another model, another scale
    folds[2].loc[folds[2]["clip"] == "4/live0.avi", "score"] = np.nan
    pooled = evaluate_pool(folds, resamples=20)
    for policy, role in (("dev_eer", "dev"), ("test_eer", "test")):
        expected = by_hand(folds, role)
        assert {name: pooled["policies"][policy][name] for name in MEASURES} == pytest.approx(expected)


def test_the_folds_own_scales_do_not_matter_to_errors_and_mean_auc(scores: Make) -> None:
    folds = [scores(number, (name,)) for number, name in enumerate("ab")]
    moved = [folds[0], folds[1].assign(score=100 + 7 * folds[1]["score"])]
    one, other = evaluate_pool(folds, resamples=50), evaluate_pool(moved, resamples=50)
    assert one["policies"] == other["policies"]
    assert one["ci95"]["policies"] == other["ci95"]["policies"]
    assert one["auc_mean"] == other["auc_mean"]
    assert one["auc"] != other["auc"]


def test_auc_mean_and_counts(scores: Make) -> None:
    folds = [scores(number, (name,)) for number, name in enumerate("ab")]
    alone = [evaluate(fold, resamples=2) for fold in folds]
    pooled = evaluate_pool(folds, resamples=20)
    assert pooled["auc_mean"] == pytest.approx(np.mean([one["auc"] for one in alone]))
    assert pooled["auc"] == pytest.approx(evaluate(pd.concat(folds), resamples=2)["auc"])
    assert (pooled["n_live"], pooled["n_attack"]) == (16, 16)


def test_a_fold_pooled_with_its_twin_is_the_fold(scores: Make) -> None:
    fold = scores(0)
    alone, pooled = evaluate(fold), evaluate_pool([fold, fold])
    for policy in ("dev_eer", "test_eer"):
        assert pooled["policies"][policy] == pytest.approx({name: alone["policies"][policy][name] for name in MEASURES})
        # The same people are drawn in both folds, so pooling must not make the interval narrower.
        for name in ("hter", "acer"):
            assert pooled["ci95"]["policies"][policy][name] == pytest.approx(alone["ci95"]["policies"][policy][name])
    assert pooled["ci95"]["auc"] == pytest.approx(alone["ci95"]["auc"])


def test_more_people_make_the_interval_narrower(scores: Make) -> None:
    folds = [scores(number, (name,), people=10) for number, name in enumerate("abcd")]
    few, many = (evaluate_pool(part)["ci95"]["auc_mean"] for part in (folds[:2], folds))
    assert many[1] - many[0] < few[1] - few[0]


def test_intervals_hold_the_value_and_are_seeded(scores: Make) -> None:
    folds = [scores(number, (name,), people=10) for number, name in enumerate("ab")]
    pooled = evaluate_pool(folds)
    low, high = pooled["ci95"]["auc"]
    assert low < pooled["auc"] < high
    assert evaluate_pool(folds) == pooled
    assert evaluate_pool(folds, seed=1)["ci95"] != pooled["ci95"]


def test_a_policy_that_one_fold_lacks_is_absent(scores: Make) -> None:
    whole, without = scores(0, ("a",)), scores(1, ("b",))
    pooled = evaluate_pool([whole, without[without["role"] == "test"]], resamples=5)
    assert set(pooled["policies"]) == {"test_eer"}


def test_one_class_only_gives_none(scores: Make) -> None:
    folds = [scores(number, (name,)) for number, name in enumerate("ab")]
    live = [fold[fold["label"] == "live"] for fold in folds]
    pooled = evaluate_pool(live, resamples=5)
    assert pooled["auc"] is None
    assert pooled["policies"]["dev_eer"]["hter"] is None
