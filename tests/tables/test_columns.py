import pytest
from hypothesis import given
from hypothesis import strategies as st

from fas.tables.columns import CHECKPOINTS, POLICIES, Column, PlainColumn, habits

HONEST = Column(protocol="p", metric="hter", policy="dev_eer")
HABIT = Column(protocol="p", metric="hter", policy="test_eer", checkpoint="oracle")


@pytest.mark.parametrize(
    ("column", "name", "title"),
    [
        (HONEST, "p hter@dev_eer", "HTER @dev EER"),
        (HABIT, "p hter@test_eer oracle", "HTER @test EER, oracle"),
        (Column(protocol="p", metric="auc", checkpoint="dev"), "p auc dev", "AUC, best on dev"),
        (Column(protocol="p", metric="bpcer", policy="fixed", threshold=0.5), "p bpcer@fixed 0.5", "BPCER @0.5"),
        (Column(folds=["p", "q"], metric="acer", policy="dev_eer"), "mean of 2 folds acer@dev_eer", "ACER @dev EER"),
        (Column(folds=["p", "q"], label="SiW 3", metric="eer"), "SiW 3 eer", "EER"),
        (Column(protocol="p", metric="apcer", policy="dev_eer", attack="print"), "p apcer@dev_eer print", "APCER @dev EER, print"),
        (Column(protocol="p", label="M to R", metric="train_clips"), "M to R train_clips", "training clips"),
    ],
)
def test_a_column_is_called_by_what_it_shows(column: Column, name: str, title: str) -> None:
    assert (column.name, column.title) == (name, title)


def test_columns_that_differ_in_anything_have_names_of_their_own() -> None:
    columns = [
        Column(protocol="p", metric="hter", policy=policy, threshold=threshold, checkpoint=checkpoint)
        for policy in POLICIES
        for threshold in ((0.5, 0.25) if policy == "fixed" else (None,))
        for checkpoint in CHECKPOINTS
    ]
    assert len({column.name for column in columns}) == len(columns)
    assert len({column.title for column in columns}) == len(columns)


@given(st.sampled_from(list(POLICIES)), st.sampled_from(list(CHECKPOINTS)))
def test_who_looks_at_the_test_clips_to_choose_is_optimistic(policy: str, checkpoint: str) -> None:
    threshold = 0.5 if policy == "fixed" else None
    column = Column(protocol="p", metric="hter", policy=policy, threshold=threshold, checkpoint=checkpoint)
    assert column.optimistic == (policy == "test_eer" or checkpoint == "oracle")


def test_a_habit_stands_beside_the_honest_column_of_the_same_numbers() -> None:
    others = [
        Column(protocol="q", metric="hter", policy="dev_eer"),
        Column(protocol="p", metric="acer", policy="dev_eer"),
        Column(protocol="p", metric="hter", policy="fixed", threshold=0.5),
        PlainColumn(group="network", title="parameters", unit="million"),
    ]
    assert habits([*others, HONEST, HABIT]) == [(HONEST, HABIT)]
    assert habits([*others, HABIT]) == []


def test_a_ranking_s_habit_is_its_checkpoint_alone() -> None:
    auc, oracle = Column(protocol="p", metric="auc"), Column(protocol="p", metric="auc", checkpoint="oracle")
    assert habits([auc, oracle]) == [(auc, oracle)]
