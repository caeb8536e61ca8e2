"""What commands print: one JSON object, one name a line, or tables."""

import json
from collections.abc import Iterable
from typing import Any

import typer

_WIDTH = 110  # the tables' own width: a pipe or a narrow terminal must not cut numbers off


def as_json(value: dict[str, Any]) -> None:
    """Print a JSON object, and nothing that is no JSON (a NaN is a mistake of the caller)."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def listing(rows: Iterable[tuple[str, str]]) -> None:
    """Print `name  description`, one a line, the descriptions below each other."""
    rows = list(rows)
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        typer.echo(f"{name:<{width}}  {text}")


def tables(*parts: Any) -> None:
    """Print lines and rich tables below each other, on a terminal or into a pipe."""
    from rich.console import Console

    console = Console(markup=False, highlight=False)
    console.width = max(console.width, _WIDTH)
    for part in parts:
        console.print(part)
