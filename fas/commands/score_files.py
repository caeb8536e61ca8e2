"""What people name when they mean scores: a score file, one of bob's, a run's folder, or a folder of runs."""

from pathlib import Path
from typing import TYPE_CHECKING

from fas.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

SCORES = "scores.parquet"


def read(path: Path, role: str = "test", score: str | None = None) -> "pd.DataFrame":
    """The score table of a file or of a run's folder; clips of a file without roles (bob's) play `role`.

    With `score` the method's other score of that name (column score_<score>) takes the place of its own.

    Raises:
        UserError: no such file, no scores in the folder, no score of that name, or what `read_scores` and `read_bob` refuse.
    """
    from fas.bob import is_bob, read_bob
    from fas.scores import read_scores

    file = score_file(path)
    table = read_bob(file, role) if is_bob(file) else read_scores(file)
    if score is None:
        return table
    if f"score_{score}" not in table:
        raise UserError(f"{file}: no column score_{score}")
    return table.assign(score=table[f"score_{score}"])


def score_file(path: Path) -> Path:
    """The score file that a path names: itself, or the one in a run's folder.

    Raises:
        UserError: there is none.
    """
    file = path / SCORES if path.is_dir() else path
    if not file.is_file():
        raise UserError(f"{path}: no {SCORES} in this folder" if path.is_dir() else f"{path}: no such file")
    return file


def runs(path: Path) -> dict[str, Path]:
    """The score files below a folder by their run's path in it, as `oci-to-m/0`; a single one, of a file or a run's folder, by "".

    Raises:
        UserError: there is none.
    """
    if not path.is_dir() or (path / SCORES).is_file():
        return {"": score_file(path)}
    files = {file.parent.relative_to(path).as_posix(): file for file in sorted(path.rglob(SCORES))}
    if not files:
        raise UserError(f"{path}: no {SCORES} below this folder")
    return files


def own_threshold(path: Path) -> float | None:
    """The threshold of a method's own score, from the config.json of the run that a score file lies in; None for a bare file.

    Raises:
        UserError: the config.json is no JSON.
    """
    import math

    from fas.files import read_json

    config = score_file(path).parent / "config.json"
    if not config.is_file():
        return None
    try:
        values = read_json(config)
    except ValueError as error:
        raise UserError(f"{config}: not JSON: {error}") from None
    threshold = values.get("threshold") if isinstance(values, dict) else None
    return float(threshold) if isinstance(threshold, int | float) and math.isfinite(threshold) else None
