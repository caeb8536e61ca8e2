"""`fas metrics`: the error rates of a score file."""

import math
from pathlib import Path
from typing import Annotated, Any

import typer

from fas.commands.output import as_json
from fas.errors import UserError

_WIDTH = 110  # the tables' own width: a pipe or a narrow terminal must not cut numbers off


def metrics(
    scores: Annotated[Path, typer.Argument(help="Scores per clip or per frame, .csv or .parquet.")],
    threshold: Annotated[
        float | None, typer.Option("--threshold", help="Of the policy `fixed` (default: the run's own beside SCORES, else 0.5).")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print error rates with their 95 % intervals over people."""
    from fas.metrics import evaluate
    from fas.scores import read_scores

    if threshold is not None and not math.isfinite(threshold):
        raise UserError(f"--threshold {threshold}: not a finite number")
    table = read_scores(scores)
    if not (table["role"] == "test").any():
        raise UserError(f"{scores}: no clip has the role test")
    result = evaluate(table, own_threshold(scores) if threshold is None else threshold)
    if json:
        as_json(result)
    else:
        show(result)


def own_threshold(scores: Path) -> float | None:
    """The method's own threshold, from the config.json of the run that a score file lies in; None for a bare file.

    Raises:
        UserError: the config.json is no JSON.
    """
    from fas.files import read_json

    config = scores.parent / "config.json"
    if not config.is_file():
        return None
    try:
        values = read_json(config)
    except ValueError as error:
        raise UserError(f"{config}: not JSON: {error}") from None
    threshold = values.get("threshold") if isinstance(values, dict) else None
    return float(threshold) if isinstance(threshold, int | float) else None


def show(result: dict[str, Any]) -> None:
    """Print the metrics as two tables: overall, and one row per threshold policy."""
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False)
    console.width = max(console.width, _WIDTH)
    intervals = result["ci95"]
    console.print(f"{result['n_live']} live and {result['n_attack']} attack clips, {_percent(result['fta'])} % not acquired")
    overall = Table("AUC", "EER", *(f"BPCER{bound}" for bound in (10, 20, 100)))
    overall.add_row(
        _percent(result["auc"], intervals["auc"]),
        _percent(result["eer"], intervals["eer"]),
        *(_percent(result[f"bpcer{bound}"]) for bound in (10, 20, 100)),
    )
    console.print(overall)
    policies = Table("policy", "threshold", "HTER", "ACER", "APCER", "APCER pooled", "BPCER")
    for name, policy in result["policies"].items():
        interval = intervals["policies"][name]
        threshold = "-" if policy["threshold"] is None else f"{policy['threshold']:.4g}"
        averaged = (_percent(policy[key], interval[key]) for key in ("hter", "acer"))
        policies.add_row(name, threshold, *averaged, *(_percent(policy[key]) for key in ("apcer", "apcer_pooled", "bpcer")))
    console.print(policies)


def _percent(value: float | None, interval: list[float] | None = None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" + (f" [{interval[0]:.1f}, {interval[1]:.1f}]" if interval else "")
