"""What stands below a table: what its numbers are, what they may be compared with, and by how much the papers' habit flatters."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fas.tables.columns import CHECKPOINTS, HIGHER_IS_BETTER, POLICIES, THRESHOLDS, Column, habits
from fas.tables.spec import AnySpec, Row, TableSpec

SIMULATED = "Simulated data: the attacks are simulated on real faces. Nothing here says how a method does on real attacks."
NOT_COMPARABLE = "Published numbers are of real data, ours of simulated data: they cannot be compared, so there is no difference."


def notes(spec: AnySpec, cells: pd.DataFrame, numbers: pd.DataFrame) -> list[str]:
    """The notes of a table, most important first. `numbers` are the published ones."""
    own = _meaning(spec, cells) if isinstance(spec, TableSpec) else []
    return [*own, *_comparison(spec, cells), *_flattery(spec, cells), *_counts(spec, cells), *spec.notes, *_doubts(numbers)]


def _meaning(spec: TableSpec, cells: pd.DataFrame) -> list[str]:
    """What the numbers are: data, unit, intervals, sources of thresholds, checkpoints, pooling."""
    told = [SIMULATED] if spec.collection == "simulated" else []
    told.append("Percent, over clips. [low, high]: 95 % interval over 1,000 resamples of the people.")
    told += _spreads(spec)
    told += [_variants(row) for row in spec.rows if row.variants]
    used = [column.policy for column in spec.columns if column.policy and column.policy != "fixed"]
    told += [f"@{THRESHOLDS[policy]}: {text}." for policy, text in POLICIES.items() if policy in used]
    kept = [column.checkpoint for column in spec.columns if column.checkpoint != "last"]
    told += [f"{'best on dev' if name == 'dev' else name}: {text}." for name, text in CHECKPOINTS.items() if name in kept]
    for group in dict.fromkeys(column.group for column in spec.columns if column.pool):
        pooled = next(column for column in spec.columns if column.pool and column.group == group)
        told.append(
            f"{group}: {', '.join(pooled.protocols)}. Each fold's own threshold decides its clips, then the errors are pooled; "
            "mean AUC is the mean over the folds, AUC ranks the scores of all folds together."
        )
    return told


def _variants(row: Row) -> str:
    """Where a row is of which variant."""
    others = "; ".join(f"{variant} on {', '.join(on)}" for variant, on in _by_variant(row).items())
    return f"{row.label}: variant {row.variant}, but {others}. A cell of runs that are not all of variant {row.variant} names theirs."


def _by_variant(row: Row) -> dict[str, list[str]]:
    return {variant: [one for one, name in row.variants.items() if name == variant] for variant in row.variants.values()}


def _spreads(spec: TableSpec) -> list[str]:
    """What stands behind a ±."""
    seeds = len(spec.seeds)
    told = [f"Mean ± standard deviation over {seeds} seeds."] if seeds > 1 else []
    averaged = dict.fromkeys((column.group, column.protocols) for column in spec.columns if column.folds)
    several = " of the folds' means over the seeds" if seeds > 1 else ""
    for group, protocols in averaged:
        told.append(f"{group}: mean ± standard deviation{several} over {len(protocols)} folds: {', '.join(protocols)}.")
    return told


def _comparison(spec: AnySpec, cells: pd.DataFrame) -> list[str]:
    if not cells.loc[cells["kind"] == "measured", "published"].notna().any():
        return []
    if isinstance(spec, TableSpec) and spec.collection == "simulated":
        return [NOT_COMPARABLE]
    return ["difference: ours minus published, in points."] if cells["difference"].notna().any() else []


def flattery(spec: AnySpec, cells: pd.DataFrame) -> pd.DataFrame:
    """By how many points the papers' habit makes a number look better than the honest column of the same runs.

    A line per habitual column that has an honest one beside it: `column, group, title, points` (mean over the rows that have both;
    NaN where none has) and `rows`, how many these are.
    """
    values = cells.set_index(["row", "column"])["value"].to_dict()
    lines = []
    for honest, habit in habits(spec.columns):
        sign = 1 if habit.metric in HIGHER_IS_BETTER else -1
        gains = [sign * (values[row.label, habit.name] - values[row.label, honest.name]) for row in spec.rows]
        known = [gain for gain in gains if np.isfinite(gain)]
        points = float(np.mean(known)) if known else np.nan
        lines.append({"column": habit.name, "group": habit.group, "title": habit.title, "points": points, "rows": len(known)})
    return pd.DataFrame(lines, columns=["column", "group", "title", "points", "rows"])


def _flattery(spec: AnySpec, cells: pd.DataFrame) -> list[str]:
    lines = flattery(spec, cells).dropna(subset="points").to_dict("records")
    if not lines:
        return []
    rows = max(line["rows"] for line in lines)
    mean = f" (mean over {rows} rows)" if rows > 1 else ""
    listed = "; ".join(f"{line['group']} {line['title']} by {line['points']:.1f} points" for line in lines)
    return [f"The papers' habit ({_habit(spec.columns)}) flatters{mean}: {listed}."]


def _habit(columns: Sequence[object]) -> str:
    """Which habits the table follows in words."""
    followed = [habit for _, habit in habits([column for column in columns if isinstance(column, Column)])]
    parts = ["oracle checkpoint"] if any(column.checkpoint == "oracle" for column in followed) else []
    parts += ["threshold at the test EER"] if any(column.policy == "test_eer" for column in followed) else []
    return ", ".join(parts)


def _counts(spec: AnySpec, cells: pd.DataFrame) -> list[str]:
    """How many test clips stand behind each group of columns; nothing where no clips do."""
    if not isinstance(spec, TableSpec):
        return []
    counted = []
    for group in dict.fromkeys(column.group for column in spec.columns):
        names = [column.name for column in spec.columns if column.group == group]
        scored = cells[cells["column"].isin(names) & cells["value"].notna()]
        if len(scored):
            counted.append(f"{group} {int(scored['n_live'].iloc[0])} + {int(scored['n_attack'].iloc[0])}")
    return [f"Test clips, live + attack: {'; '.join(counted)}."] if counted else []


def _doubts(numbers: pd.DataFrame) -> list[str]:
    """What is doubtful about published numbers: equal notes are told once, with the rows they are about."""
    doubtful = numbers[numbers["note"] != ""]
    told = []
    for note, lines in doubtful.groupby("note", sort=False):
        places = dict.fromkeys(f"{line['row']}, {line['column']}" for line in lines.to_dict("records"))
        told.append(f"Published, {'; '.join(places)}: {note}")
    return told
