"""Score files of bob (bob.pad.base): the CSV of `bob pad run-pipeline`, and the older text files, in; the CSV out.

A CSV has the columns claimed_id (the person), test_label (the clip), is_bonafide, attack_type, score and any metadata. A text file has
`claimed_id real_id test_label score` in a line, or `claimed_id model_label real_id test_label score`; of a live clip both ids are
equal, of an attack real_id is its type. Higher = more live in both, and nan = not acquired. There is one file per group (dev, eval).
"""

import csv
from pathlib import Path

import pandas as pd

from fas.datasets.adapter import ATTACK, LIVE
from fas.errors import UserError
from fas.files import read_table, write_text
from fas.scores import COLUMNS, FRAME, check, score_columns, to_clips

GROUPS = {"train": "train", "dev": "dev", "test": "eval", "source_eval": "source_eval"}  # our role -> bob's name for it
_REQUIRED = ("claimed_id", "test_label", "is_bonafide", "attack_type", "score")
_METADATA = ("dataset", "instrument", "role")
_TEXT = (*_REQUIRED, *_METADATA, "video_key")
_LINES = {4: ("claimed_id", "real_id", "test_label", "score"), 5: ("claimed_id", "model_label", "real_id", "test_label", "score")}


def is_bob(path: Path) -> bool:
    """Whether a file is one of bob's: a CSV whose header says so, or a file that has another suffix than our tables."""
    if path.suffix != ".csv":
        return path.suffix != ".parquet"
    with open(path, encoding="utf-8-sig", errors="replace", newline="") as file:
        header = next(csv.reader(file), [])
    return {"claimed_id", "test_label"} <= set(header)


def read_bob(path: Path, role: str = "test") -> pd.DataFrame:
    """A score file of bob as a score table (`fas.scores`), checked.

    `claimed_id` becomes `subject`, `test_label` (or `video_key`) `clip`, `frame_id` `frame`; several scores of one clip without a
    frame_id are its frames, as `bob pad finalize-scores` takes them. Columns dataset, instrument, role and score_<name> are kept. Where
    the file has no role (bob's own have none) every clip gets `role`, where it has no dataset the clips are of dataset "bob".

    Raises:
        UserError: no such file, a missing column, neither 4 nor 5 columns in a line of text, or what `check` refuses.
    """
    table = _read_csv(path) if path.suffix == ".csv" else _read_text(path)
    table = table.assign(score=_numbers(table, path))
    absent = {"dataset": "bob", "instrument": "", "role": role}
    table = table.assign(**{name: value for name, value in absent.items() if name not in table})
    if table.duplicated(["dataset", "clip"]).any() and FRAME not in table:
        table[FRAME] = table.groupby(["dataset", "clip"]).cumcount()
    others = [name for name in score_columns(table) if name != "score"]
    table = table[[*COLUMNS, *others, *([FRAME] if FRAME in table else [])]]
    check(table, str(path))
    return table.astype(dict.fromkeys(score_columns(table), float))


def write_bob(folder: Path, scores: pd.DataFrame) -> list[Path]:
    """Write a score table (of clips or of frames) as bob's CSV files, one per role: `scores-dev.csv`, `scores-eval.csv`, ...

    A row is a clip. Beside bob's columns it has dataset, instrument, role and the method's other scores, so that `read_bob` gives the
    same clips back.
    """
    clips = to_clips(scores)
    live = clips["label"] == LIVE
    bobs = clips.rename(columns={"subject": "claimed_id", "clip": "test_label"})
    bobs = bobs.assign(is_bonafide=live.map({True: "True", False: "False"}), attack_type=clips["attack"].where(~live, ""))
    columns = [*_REQUIRED, *_METADATA, *(name for name in score_columns(clips) if name != "score")]
    written = []
    for role in sorted(set(bobs["role"]), key=list(GROUPS).index):
        path = folder / f"scores-{GROUPS[role]}.csv"
        write_text(path, bobs.loc[bobs["role"] == role, columns].to_csv(index=False, na_rep="nan", lineterminator="\n"))
        written.append(path)
    return written


def _read_csv(path: Path) -> pd.DataFrame:
    table = read_table(path, required=_REQUIRED, text=_TEXT)
    label = table["is_bonafide"].str.lower().map({"true": LIVE, "false": ATTACK})
    if label.isna().any():
        wrong = table[label.isna()].iloc[0]
        raise UserError(f"{path}: {wrong['test_label']}: is_bonafide is '{wrong['is_bonafide']}', not True or False")
    clip = table["video_key" if "video_key" in table else "test_label"]
    attack = table["attack_type"].where(label == ATTACK, "")
    table = table.drop(columns=FRAME, errors="ignore").rename(columns={"frame_id": FRAME})
    return table.assign(clip=clip, subject=table["claimed_id"], label=label, attack=attack)


def _read_text(path: Path) -> pd.DataFrame:
    rows = []
    for number, fields in enumerate(_lines(path), start=1):
        if not fields or fields[0].startswith("#"):
            continue
        if len(fields) not in _LINES:
            raise UserError(f"{path} line {number}: a table is .csv, .parquet or bob's text of 4 or 5 columns, not {len(fields)}")
        row = dict(zip(_LINES[len(fields)], fields, strict=True))
        live = row["real_id"] == row["claimed_id"]
        rows.append((row["test_label"], row["claimed_id"], LIVE if live else ATTACK, "" if live else row["real_id"], row["score"]))
    return pd.DataFrame(rows, columns=["clip", "subject", "label", "attack", "score"])


def _lines(path: Path) -> list[list[str]]:
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    try:
        return [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    except UnicodeDecodeError:
        raise UserError(f"{path}: not a readable table (one is .csv, .parquet or bob's text)") from None


def _numbers(table: pd.DataFrame, path: Path) -> pd.Series:
    numbers = pd.to_numeric(table["score"], errors="coerce")
    wrong = table[numbers.isna() & (table["score"].str.lower() != "nan")]
    if len(wrong):
        raise UserError(f"{path}: {wrong['clip'].iloc[0]}: the score '{wrong['score'].iloc[0]}' is not a number")
    return numbers.astype(float)
