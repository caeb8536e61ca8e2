"""`fas preset`: what another preset would change, and writing it over params.yaml.

A preset is about sizes. What the user's file says about data stays: tables, datasets, and the user's own choice of the live faces that cue
makers and methods learn from, and of weight files.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any

import typer

from fas.errors import UserError
from fas.files import read_yaml
from fas.schema import parse

FILE = Path("params.yaml")
FOLDER = Path("presets")
KEPT = ("tables", "extract", "datasets")  # whole sections
LIVE = ("faces", "extra_live")  # lists of datasets, in any section or variant
BESIDE = ("weights", "model", "algorithm")  # what a digest is of stands beside it and stays with it
_DIGEST = re.compile("[0-9a-f]{64}")

Kept = tuple[tuple[str, ...], Any]
"""The keys that lead to a value, and the value."""


def preset(
    name: Annotated[str, typer.Argument(help="A file of presets/ without its ending: paper, tiny.")],
    write: Annotated[bool, typer.Option("--write", help="Write it over params.yaml; what you said about data stays.")] = False,
) -> None:
    """Show what a preset changes against params.yaml; with --write, take it over (the old file is kept beside it)."""
    from fas.params import schema

    path = FOLDER / f"{name}.yaml"
    there = sorted(file.stem for file in FOLDER.glob("*.yaml"))
    if name not in there:
        raise UserError(f"no preset '{name}' (there is: {', '.join(there) or 'none here'})")
    shipped = {preset: read_yaml(FOLDER / f"{preset}.yaml") for preset in there}
    wanted = deepcopy(shipped[name])
    parse(schema(), wanted, str(path))
    current = read_yaml(FILE)
    if not isinstance(current, dict):
        raise UserError(f"{FILE}: expected sections")
    keep = list(kept(current, list(shipped.values())))
    own = [keys for keys, value in keep if put(wanted, keys, value)]
    parse(schema(), wanted, f"{path} with what stays of {FILE}")
    changes = difference(current, wanted)
    for key, before, after in changes:
        typer.echo(f"{key}: {before} -> {after}")
    if own:
        typer.echo(f"stays: {', '.join('.'.join(keys) for keys in own)}")
    if not changes:
        typer.echo(f"params.yaml already is the preset '{name}'")
    elif write:
        typer.echo(f"written to {FILE}; the old one is {_write(path, keep)}")


def kept(current: Mapping[str, Any], shipped: Sequence[Any], path: tuple[str, ...] = ()) -> Iterator[Kept]:
    """What stays of `current`: the sections `KEPT`, and of lists of live faces and of weight files' digests (with what is `BESIDE` them)
    the user's own, which are those that no preset in `shipped` has in the same place."""
    digests = {key for key, value in current.items() if isinstance(value, str) and _DIGEST.fullmatch(value)}
    mine = {key for key in digests if not any(_at(preset, (*path, key)) == current[key] for preset in shipped)}
    for key, value in current.items():
        here = (*path, key)
        live = key in LIVE and isinstance(value, list) and not any(_at(preset, here) == value for preset in shipped)
        whole = live or (not path and key in KEPT)
        if whole or key in mine or (mine and key in BESIDE):
            yield here, value
        elif isinstance(value, Mapping):
            yield from kept(value, shipped, here)


def put(values: Any, keys: tuple[str, ...], value: Any) -> bool:
    """Set the value that `keys` lead to, where the mapping around it is there. Returns whether it was another one."""
    around = _at(values, keys[:-1])
    if not isinstance(around, dict) or around.get(keys[-1]) == value:
        return False
    around[keys[-1]] = value
    return True


def _at(values: Any, keys: tuple[str, ...]) -> Any:
    """What `keys` lead to; None where they lead nowhere."""
    for key in keys:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def difference(before: Any, after: Any, path: str = "") -> list[tuple[str, Any, Any]]:
    """(path of the key, old value, new value) of every leaf that differs; `-` stands for an absent one."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [*before, *(key for key in after if key not in before)]
        return [row for key in keys for row in difference(before.get(key, "-"), after.get(key, "-"), f"{path}.{key}" if path else str(key))]
    return [] if before == after else [(path, before, after)]


def _write(path: Path, keep: Sequence[Kept]) -> Path:
    """Write the preset with its comments and with what stays, after a backup. Returns the backup."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 140
    values = yaml.load(path.read_text(encoding="utf-8"))
    for keys, value in keep:
        put(values, keys, value)
    backup = next(file for number in range(1, 1000) if not (file := Path(f"{FILE}.{number}.bak")).exists())
    backup.write_bytes(FILE.read_bytes())
    with FILE.open("w", encoding="utf-8") as stream:
        yaml.dump(values, stream)
    return backup
