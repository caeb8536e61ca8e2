"""A table's cells as text, laid out once for all formats: two lines of header, one line per row, and notes."""

from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from fas.tables.spec import POLICIES, Column, TableSpec

SIMULATED = "Simulated data: the attacks are simulated on real faces. Nothing here says how a method does on real attacks."
EMPTY = "–"

_METRICS = {
    "auc": "AUC",
    "auc_mean": "mean AUC",
    "eer": "EER",
    "hter": "HTER",
    "acer": "ACER",
    "apcer": "APCER",
    "apcer_pooled": "APCER, all attacks",
    "bpcer": "BPCER",
    "bpcer10": "BPCER10",
    "bpcer20": "BPCER20",
    "bpcer100": "BPCER100",
    "fta": "FTA",
}
_THRESHOLDS = {"dev_eer": "dev EER", "source_eval_eer": "source EER", "test_eer": "test EER"}


@dataclass(frozen=True)
class Layout:
    """A table as text. `groups` are (title, columns spanned); a row is its label and one text per column."""

    id: str
    caption: str
    groups: tuple[tuple[str, int], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...]

    @property
    def full_columns(self) -> tuple[str, ...]:
        """Group and column in one text, for formats with one line of header."""
        groups = [title for title, span in self.groups for _ in range(span)]
        return tuple(f"{group} {column}" for group, column in zip(groups, self.columns, strict=True))

    @property
    def transposed(self) -> bool:
        """Whether the rows are better printed side by side: when there are more columns than rows."""
        return len(self.columns) > len(self.rows)

    def blocks(self) -> list[tuple[str, list[tuple[str, tuple[str, ...]]]]]:
        """The transposed table: per group its title and its lines, (column, one text per row)."""
        turned = []
        start = 0
        for group, span in self.groups:
            numbers = range(start, start + span)
            turned.append((group, [(self.columns[number], tuple(texts[number] for _, texts in self.rows)) for number in numbers]))
            start += span
        return turned


def layout(spec: TableSpec, cells: pd.DataFrame) -> Layout:
    """`cells` (from `compute`) in the order of the spec."""
    found = {(cell["row"], cell["column"]): cell for cell in cells.to_dict("records")}
    reasons = list(dict.fromkeys(cell["reason"] for cell in found.values() if cell["reason"]))
    rows = tuple((row.label, tuple(_text(found[row.label, column.name], reasons) for column in spec.columns)) for row in spec.rows)
    notes = [*_meaning(spec), *_counts(spec, cells), *(f"({number}) {reason}" for number, reason in enumerate(reasons, 1))]
    return Layout(
        id=spec.id,
        caption=spec.heading,
        groups=tuple((title, len(list(columns))) for title, columns in groupby(spec.columns, lambda column: column.group)),
        columns=tuple(title(column) for column in spec.columns),
        rows=rows,
        notes=tuple(notes),
    )


def title(column: Column) -> str:
    """`HTER @dev EER`: a metric and where its threshold comes from."""
    return _METRICS[column.metric] + (f" @{_THRESHOLDS[column.policy]}" if column.policy else "")


def _text(cell: dict, reasons: list[str]) -> str:
    if pd.isna(cell["value"]):
        return f"{EMPTY} ({reasons.index(cell['reason']) + 1})"
    text = f"{cell['value']:.1f}"
    if not pd.isna(cell["std"]):
        return f"{text} ± {cell['std']:.1f}"
    return text if pd.isna(cell["ci_low"]) else f"{text} [{cell['ci_low']:.1f}, {cell['ci_high']:.1f}]"


def _meaning(spec: TableSpec) -> list[str]:
    """What the numbers are: data, unit, intervals, sources of thresholds, pooling."""
    notes = [SIMULATED] if spec.collection == "simulated" else []
    notes.append("Percent, over clips. [low, high]: 95 % interval over 1,000 resamples of the people.")
    if len(spec.seeds) > 1:
        notes.append(f"Mean ± standard deviation over {len(spec.seeds)} seeds.")
    used = [column.policy for column in spec.columns if column.policy]
    notes += [f"@{_THRESHOLDS[policy]}: {text}." for policy, text in POLICIES.items() if policy in used]
    for group in dict.fromkeys(column.group for column in spec.columns if column.pool):
        pooled = next(column for column in spec.columns if column.pool and column.group == group)
        notes.append(
            f"{group}: {', '.join(pooled.protocols)}. Each fold's own threshold decides its clips, then the errors are pooled; "
            "mean AUC is the mean over the folds, AUC ranks the scores of all folds together."
        )
    return notes


def _counts(spec: TableSpec, cells: pd.DataFrame) -> list[str]:
    """How many test clips stand behind each group of columns."""
    counted = []
    for group in dict.fromkeys(column.group for column in spec.columns):
        names = [column.name for column in spec.columns if column.group == group]
        scored = cells[cells["column"].isin(names) & cells["value"].notna()]
        if len(scored):
            counted.append(f"{group} {int(scored['n_live'].iloc[0])} + {int(scored['n_attack'].iloc[0])}")
    return [f"Test clips, live + attack: {'; '.join(counted)}."] if counted else []
