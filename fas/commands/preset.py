"""`fas preset`: what another preset would change, and writing it over params.yaml."""

from pathlib import Path
from typing import Annotated, Any

import typer

from fas.errors import UserError
from fas.files import read_yaml
from fas.schema import parse

FILE = Path("params.yaml")
FOLDER = Path("presets")
KEPT = ("tables", "extract", "datasets")


def preset(
    name: Annotated[str, typer.Argument(help="A file of presets/ without its ending: paper, tiny.")],
    write: Annotated[bool, typer.Option("--write", help="Write it over params.yaml (your tables, extract and datasets stay).")] = False,
) -> None:
    """Show what a preset changes against params.yaml; with --write, take it over (the old file is kept beside it)."""
    from fas.params import schema

    path = FOLDER / f"{name}.yaml"
    if not path.is_file():
        there = ", ".join(sorted(file.stem for file in FOLDER.glob("*.yaml"))) or "none here"
        raise UserError(f"no preset '{name}' (there is: {there})")
    wanted = read_yaml(path)
    parse(schema(), wanted, str(path))
    current = read_yaml(FILE)
    if not isinstance(current, dict):
        raise UserError(f"{FILE}: expected sections")
    changes = difference(current, {**wanted, **{key: current[key] for key in KEPT if key in current}})
    for key, before, after in changes:
        typer.echo(f"{key}: {before} -> {after}")
    if not changes:
        typer.echo(f"params.yaml already is the preset '{name}'")
    elif write:
        typer.echo(f"written to {FILE}; the old one is {_write(path, current)}")


def difference(before: Any, after: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """(path of the key, old value, new value) of every leaf that differs; `-` stands for an absent one."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        return [row for key in keys for row in difference(before.get(key, "-"), after.get(key, "-"), f"{path}.{key}" if path else str(key))]
    return [] if before == after else [(path, before, after)]


def _write(path: Path, current: dict[str, Any]) -> Path:
    """Write the preset with its comments, keeping the user's own sections, after a backup. Returns the backup."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 140
    values = yaml.load(path.read_text(encoding="utf-8"))
    for key in KEPT:
        if key in current:
            values[key] = current[key]
    backup = next(file for number in range(1, 1000) if not (file := Path(f"{FILE}.{number}.bak")).exists())
    backup.write_bytes(FILE.read_bytes())
    with FILE.open("w", encoding="utf-8") as stream:
        yaml.dump(values, stream)
    return backup
