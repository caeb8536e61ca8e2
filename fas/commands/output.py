"""What commands print: one JSON object, or one name a line."""

import json
from collections.abc import Iterable
from typing import Any

import typer


def as_json(value: dict[str, Any]) -> None:
    """Print a JSON object, and nothing that is no JSON (a NaN is a mistake of the caller)."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def listing(rows: Iterable[tuple[str, str]]) -> None:
    """Print `name  description`, one a line, the descriptions below each other."""
    rows = list(rows)
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        typer.echo(f"{name:<{width}}  {text}")
