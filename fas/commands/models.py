"""`fas methods`: what is there."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fas.errors import UserError

if TYPE_CHECKING:
    from fas.params import BaseParams

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout and nothing else.")]


def list_methods(
    preset: Annotated[
        str | None, typer.Option(help="Build the networks with the sizes of presets/PRESET.yaml instead of params.yaml.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The methods: paper, features they read, variants, and trainable parameters of each network they build."""
    from fas.methods import methods
    from fas.params import FILE, load

    path = Path("presets") / f"{preset}.yaml" if preset else FILE
    if preset and not path.is_file():
        raise UserError(f"no preset '{preset}' (there is: {', '.join(sorted(file.stem for file in Path('presets').glob('*.yaml')))})")
    params = load(path)
    cards = [describe(name, params) for name in methods()]
    if as_json:
        typer.echo(json.dumps({"methods": cards}, indent=2))
        return
    for card in cards:
        typer.echo(f"{card['name']}  paper {card['paper'] or '-'}  reads {', '.join(card['inputs'])}")
        for variant, networks in card["parameters"].items():
            typer.echo(f"  {variant}: " + (", ".join(f"{name} {count:,}" for name, count in networks.items()) or "no networks"))


def describe(name: str, params: "BaseParams") -> dict[str, Any]:
    """One method as contracts.md 8 states it; `parameters` are trainable counts per variant and network."""
    import torch

    from fas.methods import method

    one = method(name)
    section = params.method(name)
    counts = {}
    inputs: set[str] = set()
    for variant in section.variants:
        applied = section.variant(name, variant)
        inputs |= set(one.inputs(applied))
        with torch.device("meta"):  # shapes alone: paper-sized networks cost neither time nor memory
            networks = one.load().networks(applied)
        counts[variant] = {key: sum(p.numel() for p in network.parameters() if p.requires_grad) for key, network in networks.items()}
    return {
        "name": name,
        "title": one.title,
        "paper": one.paper,
        "inputs": sorted(inputs),
        "variants": list(section.variants),
        "parameters": counts,
    }
