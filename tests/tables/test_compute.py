from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from fas.errors import UserError
from fas.metrics import evaluate
from fas.scores import to_clips
from fas.tables.compute import Results, compute
from fas.tables.pool import evaluate_pool
from fas.tables.spec import Column, PlainColumn, PlainSpec, Row, TableSpec

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


def folded(metric: str = "auc", **more: object) -> Column:
    return Column(folds=["p", "q", "r"], metric=metric, **more)


def of_protocol(make: Make) -> Callable[..., pd.DataFrame]:
    """Runs whose scores differ between protocols and seeds."""
    return lambda method, variant, protocol, seed: make(10 * seed + "pqr".index(protocol))


def test_folds_give_mean_and_deviation_over_folds(scores: Make) -> None:
    cells = compute(spec(ROWS[:1], [folded()]), Results(of_protocol(scores)))
    values = [evaluate(scores(number), resamples=2)["auc"] for number in range(3)]
    found = cells.iloc[0]
    assert found["value"] == pytest.approx(np.mean(values))
    assert found["std"] == pytest.approx(np.std(values, ddof=1))
    assert (found["folds"], found["n_live"], found["n_attack"]) == (3, 24, 24)
    assert np.isnan(found["ci_low"])


def test_folds_of_several_seeds_deviate_as_their_means_over_seeds_do(scores: Make) -> None:
    cells = compute(spec(ROWS[:1], [folded()], seeds=(0, 1)), Results(of_protocol(scores)))
    means = [np.mean([evaluate(scores(10 * seed + fold), resamples=2)["auc"] for seed in (0, 1)]) for fold in range(3)]
    assert cells["value"][0] == pytest.approx(np.mean(means))
    assert cells["std"][0] == pytest.approx(np.std(means, ddof=1))


def test_a_fold_that_is_absent_leaves_the_mean_empty_and_no_other_cell(scores: Make) -> None:
    def some(method: str, variant: str, protocol: str, seed: int) -> pd.DataFrame | None:
        return None if protocol == "q" else scores(seed)

    cells = compute(spec(ROWS[:1], [folded(), COLUMNS[0]]), Results(some))
    assert cells["reason"].tolist() == ["no scores: m/default/q/0", ""]
    assert np.isnan(cells["value"][0])
    assert np.isfinite(cells["value"][1])


def test_the_deviation_is_that_of_paper_002() -> None:
    """SiW protocol 3 has two folds. 1.61 +- 1.69 of errors that cannot be negative is a sample's deviation, not a population's."""
    low, high = 1.61 - 1.69 / np.sqrt(2), 1.61 + 1.69 / np.sqrt(2)
    assert low > 0 > 1.61 - 1.69
    assert np.std([low, high], ddof=1) == pytest.approx(1.69)


def test_accuracy_is_the_share_of_clips_decided_rightly(scores: Make) -> None:
    table = scores(3)
    columns = [Column(protocol="p", metric="accuracy", policy="fixed", threshold=0.3)]
    cells = compute(spec(ROWS[:1], columns), Results(lambda *run: table))
    clips = to_clips(table)
    clips = clips[clips["role"] == "test"]
    right = (clips["score"] >= 0.3) == (clips["label"] == "live")
    assert cells["value"][0] == pytest.approx(100 * right.mean())


def test_a_fixed_threshold_decides(scores: Make) -> None:
    table = scores(3)
    columns = [Column(protocol="p", metric="bpcer", policy="fixed", threshold=value) for value in (-100, 0.3, 100)]
    cells = compute(spec(ROWS[:1], columns), Results(lambda *run: table))
    assert cells["value"].tolist() == [0.0, evaluate(table, 0.3)["policies"]["fixed"]["bpcer"], 100.0]


def test_one_class_of_attacks_counts_alone_at_the_threshold_of_all(scores: Make) -> None:
    table = scores(3)
    names = ("print", "replay")
    columns = [Column(protocol="p", metric="apcer", policy="dev_eer", attack=name) for name in names]
    columns += [Column(pool=["p", "q"], metric="auc", attack="print"), Column(protocol="p", metric="auc", attack="cut")]
    cells = compute(spec(columns=columns), Results(lambda *run: table))
    by_attack = evaluate(table)["policies"]["dev_eer"]["apcer_by_attack"]
    assert [cell(cells, "A", f"p apcer@dev_eer {name}")["value"] for name in names] == [by_attack[name] for name in names]
    assert tuple(cell(cells, "A", "p apcer@dev_eer print")[["n_live", "n_attack"]]) == (8, 4)
    prints = table[(table["role"] != "test") | (table["attack"] != "replay")]
    assert cell(cells, "A", "2 folds pooled auc print")["value"] == evaluate_pool([prints, prints])["auc"]
    assert "undefined: the clips are not of both classes" in cell(cells, "A", "p auc cut")["reason"]


def test_training_clips_are_counted(scores: Make) -> None:
    table = scores(0, people=5)
    table["role"] = np.where(table["subject"] == "0", "dev", np.where(table["subject"] == "1", "train", "test"))
    cells = compute(spec(ROWS[:1], [Column(protocol="p", metric="train_clips")]), Results(lambda *run: table))
    assert (cells["value"][0], cells["n_live"][0], cells["n_attack"][0]) == (8, 6, 6)


HABIT = Column(protocol="p", metric="hter", policy="test_eer", checkpoint="oracle")


def test_a_checkpoint_column_shows_the_checkpoint_s_numbers(scores: Make) -> None:
    good, bad = scores(0), scores(1)
    kept = pd.concat([bad.assign(step=1), good.assign(score=np.where(good["label"] == "live", 9.0, -9.0), step=2), bad.assign(step=3)])
    columns = [COLUMNS[1], HABIT, Column(protocol="p", metric="auc", checkpoint="dev")]
    cells = compute(spec(ROWS[:1], columns), Results(lambda *run: bad, lambda *run: kept))
    assert cells["value"].tolist() == [evaluate(bad)["policies"]["dev_eer"]["hter"], 0.0, 100.0]
    assert (cells["reason"] == "").all()


def test_without_checkpoints_their_columns_are_empty_and_name_the_parameter(scores: Make) -> None:
    cells = compute(spec(ROWS[:1], [HABIT, COLUMNS[0]]), Results(lambda *run: scores(0)))
    assert cells["reason"].tolist() == ["no checkpoints were kept: m/default/p/0 (parameter m.checkpoints)", ""]


def test_a_run_that_is_not_there_tells_so_before_its_checkpoints() -> None:
    cells = compute(spec(ROWS[:1], [HABIT]), Results(lambda *run: None))
    assert cells["reason"].tolist() == ["no scores: m/default/p/0"]


def test_an_awaited_method_s_cells_say_so_and_the_rest_is_there(scores: Make) -> None:
    rows = [Row(label="A", method="m"), Row(label="B", method="coming")]
    waiting = spec(rows, COLUMNS[:1]).model_copy(update={"awaits": ["coming"]})
    cells = compute(waiting, Results(lambda *run: scores(0)))
    assert cells["reason"].tolist() == ["", "method coming is not in this version yet"]


def numbers(*lines: tuple[str, str, float, float]) -> pd.DataFrame:
    rows = [dict(zip(("row", "column", "value", "std"), line, strict=True), kind="paper", source="paper 999", note="") for line in lines]
    return pd.DataFrame(rows)


PUBLISHED = numbers(("A", "p auc", 90.0, np.nan), ("L", "p auc", 95.0, 1.0))


@pytest.mark.parametrize("collection", ["real", "simulated"])
def test_published_numbers_stand_beside_and_only_real_data_is_compared(scores: Make, collection: str) -> None:
    table = spec(ROWS[:1], COLUMNS[:2]).model_copy(update={"literature": ["L"], "collection": collection})
    cells = compute(table, Results(lambda *run: scores(0)), PUBLISHED)
    own = cell(cells, "A", "p auc")
    assert own["published"] == 90.0
    assert own["difference"] == pytest.approx(own["value"] - 90.0 if collection == "real" else np.nan, nan_ok=True)
    assert np.isnan(cell(cells, "A", "p hter@dev_eer")["published"])


def test_the_literature_never_has_a_measured_value(scores: Make) -> None:
    table = spec(ROWS[:1], COLUMNS).model_copy(update={"literature": ["L"]})
    cells = compute(table, Results(lambda *run: scores(0)), PUBLISHED)
    literature = cells[cells["kind"] == "literature"]
    assert set(literature["row"]) == {"L"}
    assert set(cells.loc[cells["kind"] == "measured", "row"]) == {"A"}
    assert literature[["value", "ci_low", "ci_high", "std", "difference"]].isna().all(axis=None)
    assert (literature["folds"] == 0).all()
    assert cell(cells, "L", "p auc")[["published", "published_std"]].tolist() == [95.0, 1.0]


def test_a_table_of_another_kind_is_published_and_not_measured() -> None:
    plain = PlainSpec(
        id="toy",
        title="Toy",
        kind="complexity",
        rows=[{"label": "A"}],
        columns=[PlainColumn(group="network", title="parameters", unit="million")],
    )
    cells = compute(plain, numbers=numbers(("A", "network parameters", 1.47, np.nan)))
    assert cells[["published", "reason"]].values.tolist() == [[1.47, "not measured yet: `fas tables measure 004-T14`"]]
    assert cells[["value", "difference"]].isna().all(axis=None)


def test_a_cell_is_of_its_protocol_s_variant(scores: Make) -> None:
    """Alone, pooled and averaged, of the last weights and of a kept checkpoint."""
    made = {("v", "p"): scores(0), ("w", "q"): scores(1)}
    row = Row(label="A", method="m", variant="v", variants={"q": "w"})
    columns = [
        Column(protocol="p", metric="auc"),
        Column(protocol="q", metric="auc"),
        Column(pool=["p", "q"], metric="auc"),
        Column(folds=["p", "q"], metric="auc"),
        Column(protocol="q", metric="auc", checkpoint="dev"),
    ]

    def read(method: str, variant: str, protocol: str, seed: int) -> pd.DataFrame:
        return made[variant, protocol]

    cells = compute(spec([row], columns), Results(read, lambda *run: read(*run).assign(step=1)))
    first, second = (evaluate(one, resamples=2)["auc"] for one in made.values())
    pooled = evaluate_pool(list(made.values()), resamples=2)["auc"]
    assert cells["value"].tolist() == [first, second, pooled, pytest.approx((first + second) / 2), second]


def test_rows_of_one_variant_here_and_another_there_do_not_share_a_pool(scores: Make) -> None:
    rows = [Row(label="A", method="m", variant="v"), Row(label="B", method="m", variant="v", variants={"q": "w"})]
    cells = compute(spec(rows, COLUMNS[-1:]), Results(lambda method, variant, protocol, seed: scores("vw".index(variant))))
    assert cells["value"][0] != cells["value"][1]


def test_every_run_is_read_once(scores: Make) -> None:
    asked = []

    def read(*run: object) -> pd.DataFrame:
        asked.append(run)
        return scores(0)

    compute(spec(), Results(read))
    assert sorted(asked) == [("m", "default", "p", 0), ("m", "default", "q", 0)]
