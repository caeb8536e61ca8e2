"""Which of a run's kept checkpoints a column shows.

A run may keep the scores of several checkpoints beside those of its last weights: `checkpoints.parquet`, with the columns of
scores.parquet and an integer `step`, one block of rows per kept checkpoint.
"""

from pathlib import Path
from typing import Literal

import pandas as pd

from fas.errors import UserError
from fas.files import read_table
from fas.metrics import auc, eer
from fas.scores import CHECKPOINTS, COLUMNS, STEP, TEXT, check, to_clips

ROLES = {"dev": "dev", "oracle": "test"}


def read_checkpoints(path: Path) -> pd.DataFrame:
    """The scores of all kept checkpoints, each block checked as a score file is.

    Raises:
        UserError: no such file, a missing column, or a block that is no score table.
    """
    table = read_table(path, required=(*COLUMNS, STEP), text=TEXT)
    for step, block in table.groupby(STEP):
        check(block.drop(columns=STEP), f"{path} step {step}")
    return table


def chosen(checkpoints: pd.DataFrame, choice: Literal["dev", "oracle"], score: str = "score") -> pd.DataFrame:
    """The rows of the checkpoint with the lowest EER of `score` on the dev clips (`dev`) or on the test clips (`oracle`), without `step`.

    The HTER at a set's own EER threshold is that set's EER. Of equals the one with the higher AUC there, then the later step.

    Raises:
        UserError: the column or a class of the role's clips is not there.
    """
    role = ROLES[choice]
    ranks = {step: _rank(block.drop(columns=STEP), role, score, step) for step, block in checkpoints.groupby(STEP)}
    best = min(ranks, key=lambda step: ranks[step])
    return checkpoints[checkpoints[STEP] == best].drop(columns=STEP)


def _rank(block: pd.DataFrame, role: str, score: str, step: int) -> tuple[float, float, int]:
    clips = to_clips(block)
    if score not in clips:
        raise UserError(f"no column {score} in {CHECKPOINTS}")
    clips = clips[clips["role"] == role]
    live = clips["label"] == "live"
    if not live.any() or live.all():
        raise UserError(f"no clips of both classes in role {role}, by which the checkpoint is chosen")
    values = clips.loc[live, score].to_numpy(), clips.loc[~live, score].to_numpy()
    return eer(*values)[0], -auc(*values), -step
