from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fas.errors import UserError
from fas.files import write_table
from fas.metrics import eer
from fas.scores import to_clips
from fas.tables.checkpoints import chosen, read_checkpoints

Make = Callable[..., pd.DataFrame]


def kept(make: Make, *levels: tuple[int, float, float]) -> pd.DataFrame:
    """A block per (step, how well dev is told apart, how well test is)."""
    blocks = []
    for step, dev, test in levels:
        table = make(7)
        live = np.where(table["label"] == "live", 1.0, -1.0)
        strength = np.where(table["role"] == "dev", dev, test)
        noise = np.random.default_rng(3).normal(0, 1, len(table))
        blocks.append(table.assign(score=live * strength + noise, score_other=-live * strength, step=step))
    return pd.concat(blocks, ignore_index=True)


def hter_at_own_eer(scores: pd.DataFrame, role: str, column: str = "score") -> float:
    clips = to_clips(scores)
    clips = clips[clips["role"] == role]
    live = clips["label"] == "live"
    return eer(clips.loc[live, column].to_numpy(), clips.loc[~live, column].to_numpy())[0]


@pytest.mark.parametrize(("choice", "role", "step"), [("dev", "dev", 20), ("oracle", "test", 30)])
def test_the_best_on_the_role_is_chosen(scores: Make, choice: str, role: str, step: int) -> None:
    table = kept(scores, (10, -5.0, -5.0), (20, 5.0, -5.0), (30, -5.0, 5.0))
    expected = table[table["step"] == step].drop(columns="step")
    pd.testing.assert_frame_equal(chosen(table, choice), expected)
    values = [hter_at_own_eer(block, role) for _, block in table.groupby("step")]
    assert hter_at_own_eer(expected, role) == min(values)


def test_the_row_s_own_score_decides(scores: Make) -> None:
    table = kept(scores, (10, 0.0, 5.0), (20, 0.0, -5.0))
    assert chosen(table, "oracle")["score"].equals(table.loc[table["step"] == 10, "score"])
    assert chosen(table, "oracle", "score_other")["score"].equals(table.loc[table["step"] == 20, "score"])


def test_of_equals_the_higher_auc_then_the_later_step(scores: Make) -> None:
    perfect = kept(scores, (10, 50.0, 50.0), (20, 50.0, 50.0))
    assert chosen(perfect, "dev").equals(perfect[perfect["step"] == 20].drop(columns="step"))
    live, attack = np.array([0.0, 3.0, 4.0, 5.0]), np.array([-1.0, -2.0, 3.5, 1.0])
    worse = np.array([2.0, -3.0, 3.5, 2.5])
    assert eer(live, attack)[0] == eer(live, worse)[0]
    rows = [
        {"dataset": "d", "clip": f"{label}{number}", "subject": str(number), "label": label, "attack": "" if label == "live" else "print",
         "instrument": "", "role": "test", "score": value, "step": step}
        for step, attacks in ((10, attack), (20, worse))
        for label, values in (("live", live), ("attack", attacks))
        for number, value in enumerate(values)
    ]  # fmt: skip
    table = pd.DataFrame(rows)
    assert chosen(table, "oracle").equals(table[table["step"] == 10].drop(columns="step"))


def test_a_role_without_clips_of_both_classes_chooses_nothing(scores: Make) -> None:
    table = kept(scores, (10, 1.0, 1.0))
    with pytest.raises(UserError, match="no clips of both classes in role dev"):
        chosen(table[table["role"] == "test"], "dev")
    with pytest.raises(UserError, match="no column score_auxiliary"):
        chosen(table, "oracle", "score_auxiliary")


def test_a_file_is_read_block_by_block(scores: Make, tmp_path: Path) -> None:
    table = kept(scores, (10, 1.0, 1.0), (20, 2.0, 2.0))
    write_table(tmp_path / "checkpoints.parquet", table)
    back = read_checkpoints(tmp_path / "checkpoints.parquet")
    assert len(back) == len(table)
    write_table(tmp_path / "twice.parquet", pd.concat([table, table]))
    with pytest.raises(UserError, match=r"twice\.parquet step 10: .* a frame is listed twice"):
        read_checkpoints(tmp_path / "twice.parquet")
    write_table(tmp_path / "none.parquet", table.drop(columns="step"))
    with pytest.raises(UserError, match="column missing: step"):
        read_checkpoints(tmp_path / "none.parquet")
