"""`fas metrics`: the error rates of a score file."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fas.commands import score_files
from fas.commands.output import as_json, tables
from fas.errors import UserError

if TYPE_CHECKING:
    import pandas as pd


def metrics(
    scores: Annotated[Path, typer.Argument(help="Scores per clip or per frame, .csv or .parquet, bob's too; or a run's folder.")],
    threshold: Annotated[
        float | None, typer.Option("--threshold", help="Of the policy `fixed` (default: the run's own beside SCORES, else 0.5).")
    ] = None,
    dev: Annotated[Path | None, typer.Option("--dev", help="bob's scores of the dev clips, where they are a file of their own.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print error rates with their 95 % intervals over people."""
    from fas.metrics import evaluate
    from fas.scores import check_test

    if threshold is not None and not math.isfinite(threshold):
        raise UserError(f"--threshold {threshold}: not a finite number")
    table = score_files.read(scores)
    check_test(table, str(scores))
    if dev is not None:
        table = _with_dev(table, scores, dev)
    result = evaluate(table, score_files.own_threshold(scores) if threshold is None else threshold)
    if json:
        as_json(result)
    else:
        show(result)


def _with_dev(table: "pd.DataFrame", scores: Path, dev: Path) -> "pd.DataFrame":
    import pandas as pd

    from fas.scores import check

    more = score_files.read(dev, role="dev")
    if (table["role"] == "dev").any():
        raise UserError(f"{scores}: has dev clips of its own; --dev is for files without (bob's)")
    if (more["role"] != "dev").any():
        raise UserError(f"{dev}: has clips of other roles than dev")
    table = pd.concat([table, more], ignore_index=True)
    check(table, f"{scores} with {dev}")
    return table


def show(result: dict[str, Any]) -> None:
    """Print the metrics as tables: overall, TPR@FPR, and one row per threshold policy."""
    from rich.table import Table

    intervals = result["ci95"]
    overall = Table("AUC", "EER", *(f"BPCER{bound}" for bound in (10, 20, 100)))
    overall.add_row(
        _percent(result["auc"], intervals["auc"]),
        _percent(result["eer"], intervals["eer"]),
        *(_percent(result[f"bpcer{bound}"]) for bound in (10, 20, 100)),
    )
    detected = Table(*(f"TPR@FPR {fpr}" for fpr in ("1 %", "0.5 %", "0.1 %")))
    detected.add_row(*(_percent(value) for value in result["tpr_at_fpr"].values()))
    policies = Table("policy", "threshold", "HTER", "ACER", "APCER", "APCER pooled", "BPCER")
    for name, policy in result["policies"].items():
        interval = intervals["policies"][name]
        threshold = "-" if policy["threshold"] is None else f"{policy['threshold']:.4g}"
        averaged = (_percent(policy[key], interval[key]) for key in ("hter", "acer"))
        policies.add_row(name, threshold, *averaged, _worst(policy), *(_percent(policy[key]) for key in ("apcer_pooled", "bpcer")))
    counts = f"{result['n_live']} live and {result['n_attack']} attack clips, {_percent(result['fta'])} % not acquired"
    tables(counts, overall, detected, policies)


def _worst(policy: dict[str, Any]) -> str:
    """APCER with the attack class that it is of."""
    if policy["apcer"] is None:
        return "-"
    return f"{policy['apcer']:.2f} {max(policy['apcer_by_attack'], key=lambda name: policy['apcer_by_attack'][name])}"


def _percent(value: float | None, interval: list[float] | None = None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" + (f" [{interval[0]:.1f}, {interval[1]:.1f}]" if interval else "")
