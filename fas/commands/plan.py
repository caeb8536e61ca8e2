"""`fas plan`: per stage, the items that `dvc repro` would compute, and why."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer


def plan(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout and nothing else.")] = False,
    every: Annotated[bool, typer.Option("--all", help="Name every item, not only the first few of a stage.")] = False,
) -> None:
    """Per stage, the items that would run and why. Runs nothing, fetches nothing."""
    from fas.config import load as load_config
    from fas.params import load
    from fas.plan.forecast import Forecaster
    from fas.plan.wanted import Wanted

    wanted = Wanted(load(), load_config())
    forecasts = Forecaster(wanted, Path.cwd()).all()
    if as_json:
        stages = [{"stage": one.stage, "total": one.total, "run": one.runs, "failed": one.failed, "note": one.note} for one in forecasts]
        typer.echo(json.dumps({"stages": stages, "absent": wanted.absent}, indent=2))
        return
    for one in forecasts:
        counted = one.total or not one.note
        typer.echo(f"{one.stage}: {len(one.runs)} of {one.total} items would run" if counted else f"{one.stage}: {one.note}")
        if counted and one.note:
            typer.echo(f"    cannot be computed: {one.note}")
        for why, count in Counter(one.runs.values()).items():
            names = [name for name, reason in one.runs.items() if reason == why]
            shown = names if every else names[:3]
            more = f" and {count - len(shown)} more" if count > len(shown) else ""
            typer.echo(f"    {why}: {', '.join(shown)}{more}")
        for name, error in one.failed.items():
            typer.echo(f"    failed, tried again when the stage runs: {name}: {error}")
    for name, reason in wanted.absent.items():
        typer.echo(f"cannot be made: {name}: {reason}")
