from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from fas.errors import UserError
from fas.metrics import evaluate
from fas.tables.compute import Results, compute
from fas.tables.pool import evaluate_pool
from fas.tables.spec import Column, Row, TableSpec

Make = Callable[..., pd.DataFrame]
ROWS = [Row(label="A", method="m"), Row(label="A, other", method="m", score="other")]
COLUMNS = [
    Column(protocol="p", metric="auc"),
    Column(protocol="p", metric="hter", policy="dev_eer"),
    Column(protocol="p", metric="acer", policy="test_eer"),
    Column(protocol="p", metric="bpcer20"),
    Column(pool=["p", "q"], metric="hter", policy="dev_eer"),
    Column(pool=["p", "q"], metric="auc_mean"),
]


def spec(rows: list[Row] = ROWS, columns: list[Column] = COLUMNS, seeds: tuple[int, ...] = (0,)) -> TableSpec:
    return TableSpec(id="toy", title="Toy", collection="simulated", rows=rows, columns=columns, seeds=list(seeds))


def cell(cells: pd.DataFrame, row: str, column: str) -> pd.Series:
    (found,) = (one for _, one in cells[(cells["row"] == row) & (cells["column"] == column)].iterrows())
    return found


def test_cells_are_the_metrics_numbers(scores: Make) -> None:
    folds = {"p": scores(0, ("a",)), "q": scores(1, ("b",))}
    cells = compute(spec(), Results(lambda method, variant, protocol, seed: folds[protocol]))
    assert len(cells) == len(ROWS) * len(COLUMNS)
    assert (cells["reason"] == "").all()
    for row, column in (("A", "score"), ("A, other", "score_other")):
        one = evaluate(folds["p"].assign(score=folds["p"][column]))
        pooled = evaluate_pool([fold.assign(score=fold[column]) for fold in folds.values()])
        assert cell(cells, row, "p auc")["value"] == one["auc"]
        assert cell(cells, row, "p hter@dev_eer")["value"] == one["policies"]["dev_eer"]["hter"]
        assert cell(cells, row, "p acer@test_eer")["value"] == one["policies"]["test_eer"]["acer"]
        assert cell(cells, row, "p bpcer20")["value"] == one["bpcer20"]
        assert cell(cells, row, "2 folds pooled hter@dev_eer")["value"] == pooled["policies"]["dev_eer"]["hter"]
        assert list(cell(cells, row, "p auc")[["ci_low", "ci_high"]]) == one["ci95"]["auc"]
        assert list(cell(cells, row, "p hter@dev_eer")[["ci_low", "ci_high"]]) == one["ci95"]["policies"]["dev_eer"]["hter"]
        assert list(cell(cells, row, "2 folds pooled auc_mean")[["ci_low", "ci_high"]]) == pooled["ci95"]["auc_mean"]
    assert np.isnan(cell(cells, "A", "p bpcer20")["ci_low"])
    assert tuple(cell(cells, "A", "p auc")[["n_live", "n_attack"]]) == (8, 8)
    assert tuple(cell(cells, "A", "2 folds pooled auc_mean")[["n_live", "n_attack"]]) == (16, 16)


def test_missing_scores_leave_their_cells_empty_and_no_others(scores: Make) -> None:
    cells = compute(spec(), Results(lambda method, variant, protocol, seed: scores(0) if protocol == "p" else None))
    empty = cells["column"].str.startswith("2 folds")
    assert (cells.loc[empty, "reason"] == "no scores: m/default/q/0").all()
    assert cells.loc[empty, "value"].isna().all()
    assert cells.loc[~empty, "value"].notna().all()


def test_a_failed_run_tells_its_own_reason() -> None:
    def failed(*run: object) -> None:
        raise UserError("m/default/p/0/fit: out of memory")

    cells = compute(spec(), Results(failed))
    assert set(cells["reason"]) == {"m/default/p/0/fit: out of memory"}


def test_other_reasons(scores: Make) -> None:
    whole = scores(0)
    rows = [Row(label="A", method="m", score="nothing")]
    assert set(compute(spec(rows), Results(lambda *run: whole))["reason"]) >= {"no column score_nothing: m/default/p/0"}
    no_dev = compute(spec(ROWS[:1], COLUMNS[1:2]), Results(lambda *run: whole[whole["role"] == "test"]))
    assert no_dev["reason"].tolist() == ["p: no clips in role dev, which the threshold dev_eer comes from"]
    live = compute(spec(ROWS[:1], COLUMNS[:1]), Results(lambda *run: whole[whole["label"] == "live"]))
    assert live["reason"].tolist() == ["p: auc is undefined: the clips are not of both classes"]


def test_several_seeds_give_mean_and_deviation(scores: Make) -> None:
    cells = compute(spec(ROWS[:1], COLUMNS[:1], seeds=(0, 1, 2)), Results(lambda method, variant, protocol, seed: scores(seed)))
    values = [evaluate(scores(seed), resamples=2)["auc"] for seed in range(3)]
    assert cells["value"][0] == pytest.approx(np.mean(values))
    assert cells["std"][0] == pytest.approx(np.std(values, ddof=1))
    assert np.isnan(cells["ci_low"][0])


def test_every_run_is_read_once(scores: Make) -> None:
    asked = []

    def read(*run: object) -> pd.DataFrame:
        asked.append(run)
        return scores(0)

    compute(spec(), Results(read))
    assert sorted(asked) == [("m", "default", "p", 0), ("m", "default", "q", 0)]
