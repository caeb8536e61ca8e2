"""`fas compare`: is B better than A on the same clips, or is the difference chance?"""

from enum import StrEnum
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated, Any

import typer

from fas.commands import score_files
from fas.commands.output import as_json, tables
from fas.errors import UserError


class Policy(StrEnum):
    """What a threshold comes from."""

    dev_eer = "dev_eer"
    source_eval_eer = "source_eval_eer"
    test_eer = "test_eer"
    fixed = "fixed"


class Metric(StrEnum):
    """What is compared."""

    auc = "auc"
    eer = "eer"
    hter = "hter"
    acer = "acer"


def compare(
    a: Annotated[Path, typer.Argument(metavar="A", help="A score file, a run's folder, or a folder of runs such as runs/lgsc/full.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The same of the other method; runs are paired by their path below A and B.")],
    only: Annotated[list[str] | None, typer.Option("--only", help="Only runs whose path matches, such as oci-to-m or *-to-?.")] = None,
    policy: Annotated[list[Policy] | None, typer.Option("--policy", help="Threshold policies (default: all there are).")] = None,
    metric: Annotated[list[Metric] | None, typer.Option("--metric", help="Metrics (default: all).")] = None,
    score_a: Annotated[
        str | None, typer.Option("--score-a", help="Another score of A than its own: NAME of its column score_NAME.")
    ] = None,
    score_b: Annotated[str | None, typer.Option("--score-b", help="Another score of B.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print B - A with 95 % intervals over people, who are resampled for both at once; several runs are folds of one comparison."""
    from fas.compare import compare as difference
    from fas.compare import pair

    files, left_out = _files(a, b, only or [])
    read, own = score_files.read, score_files.own_threshold
    pairs = [pair(read(first, score=score_a), read(second, score=score_b), (str(first), str(second))) for first, second in files.values()]
    thresholds = [(None if score_a else own(first), None if score_b else own(second)) for first, second in files.values()]
    result = _chosen(difference(pairs, thresholds), policy or [], metric or [])
    names = (str(one) if score is None else f"{one} ({score})" for one, score in ((a, score_a), (b, score_b)))
    about = {**dict(zip("ab", names, strict=True)), "runs": [name for name in files if name], "left_out": left_out}
    if json:
        as_json(about | result)
    else:
        show(about | result)


def _files(a: Path, b: Path, only: list[str]) -> tuple[dict[str, tuple[Path, Path]], list[str]]:
    """The score files of A and B by what they share below A and B ("" for a single run), and the paths of those left alone."""
    found = [{name: path for name, path in score_files.runs(one).items() if _matches(name, only)} for one in (a, b)]
    shared = sorted(found[0].keys() & found[1].keys())
    if not shared:
        examples = (f"{one} has {min(runs) or 'one run'}" if runs else f"{one} has none" for one, runs in zip((a, b), found, strict=True))
        raise UserError(f"no run in both{' that matches ' + ', '.join(only) if only else ''}: {', '.join(examples)}")
    left_out = [str(path.parent) for runs in found for name, path in runs.items() if name not in shared]
    return {name: (found[0][name], found[1][name]) for name in shared}, left_out


def _matches(name: str, only: list[str]) -> bool:
    return not only or any(fnmatch(name, pattern) or fnmatch(name, f"{pattern}/*") for pattern in only)


def _chosen(result: dict[str, Any], policies: list[Policy], metrics: list[Metric]) -> dict[str, Any]:
    """Only the policies and the metrics asked for.

    Raises:
        UserError: a policy that some run has no clips for.
    """
    for policy in policies:
        if policy not in result["policies"]:
            raise UserError(f"--policy {policy}: not every run has clips in role {policy.removesuffix('_eer')}")
    wanted = {
        name: {metric: value for metric, value in measures.items() if not metrics or metric in metrics}
        for name, measures in result["policies"].items()
        if not policies or name in policies
    }
    kept = {name: value for name, value in result.items() if name not in Metric.__members__ or not metrics or name in metrics}
    return kept | {"policies": {name: measures for name, measures in wanted.items() if measures}}


def show(result: dict[str, Any]) -> None:
    """Print a comparison as a table with a row per measure."""
    from rich.table import Table

    table = Table("", "A", "B", "B - A", "95 % interval", "other sign", "")
    for name in ("auc", "eer"):
        if name in result:
            table.add_row(name.upper(), *_row(result[name], higher=name == "auc"))
    for policy, measures in result["policies"].items():
        for name, one in measures.items():
            table.add_row(f"{name.upper()} {policy}", *_row(one))
    tables(
        f"A {result['a']}, B {result['b']}" + (f": {len(result['runs'])} runs: {', '.join(result['runs'])}" if result["runs"] else ""),
        *([f"left out, for they have no partner: {', '.join(result['left_out'])}"] if result["left_out"] else []),
        f"{result['n_live']} live and {result['n_attack']} attack clips of {result['people']} people, percent",
        table,
    )


def _row(one: dict[str, Any], higher: bool = False) -> list[str]:
    interval = f"[{one['ci95'][0]:+.2f}, {one['ci95'][1]:+.2f}]" if one["ci95"] else "-"
    opposite = "-" if one["opposite"] is None else f"{one['opposite']:.1f} %"
    values = ("-" if one[key] is None else f"{one[key]:.2f}" for key in ("a", "b"))
    difference = "-" if one["difference"] is None else f"{one['difference']:+.2f}"
    return [*values, difference, interval, opposite, _verdict(one["ci95"], higher)]


def _verdict(interval: list[float] | None, higher: bool) -> str:
    """Who is ahead, where the interval leaves no doubt."""
    if not interval or interval[0] <= 0 <= interval[1]:
        return "not told apart"
    return "B is better" if (interval[0] > 0) == higher else "A is better"
