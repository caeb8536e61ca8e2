"""`fas audit`: what in the manifests can spoil a number."""

from pathlib import Path
from typing import Annotated

import typer

from fas.commands.output import as_json

SHOWN = 20
SAME_PERSON = 0.363  # the cosine similarity above which SFace's authors call two faces one person (OpenCV Zoo)


def audit(
    manifests: Annotated[list[Path], typer.Argument(metavar="MANIFEST...", help="The manifests to look through.")],
    identity: Annotated[
        Path | None, typer.Option("--identity", help="Embeddings of the identity stage: also report different people who look like one.")
    ] = None,
    threshold: Annotated[float, typer.Option("--threshold", help="Cosine similarity of two people's mean embeddings.")] = SAME_PERSON,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Report equal captures, people in more than one role of a protocol, and different people who look like one."""
    from fas.commands.data import known_datasets
    from fas.datasets.audit import duplicates, lookalikes, shared_people
    from fas.datasets.manifest import read_manifests
    from fas.files import read_table

    rows = read_manifests(manifests)
    found = {"duplicates": duplicates(rows), "shared_people": shared_people(rows, *known_datasets())}
    if identity is not None:
        found["lookalikes"] = lookalikes(read_table(identity, required=("dataset", "clip", "embedding")), rows, threshold)
    if json:
        as_json({name: table.to_dict("records") for name, table in found.items()})
        return
    titles = {
        "duplicates": "contents that occur more than once",
        "shared_people": "people in more than one role of a protocol",
        "lookalikes": f"pairs of people with embeddings nearer than {threshold:g}",
    }
    for name, table in found.items():
        typer.echo(f"{len(table)} {titles[name]}")
        for line in table.head(SHOWN).to_string(index=False, max_colwidth=100).splitlines() if len(table) else ():
            typer.echo(f"  {line}")
        if len(table) > SHOWN:
            typer.echo(f"  ... and {len(table) - SHOWN} more (--json prints all)")
