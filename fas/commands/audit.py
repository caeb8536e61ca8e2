"""`fas audit`: what in the manifests can spoil a number."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fas.commands.output import as_json
from fas.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 10
SAME_PERSON = 0.363  # the cosine similarity above which SFace's authors call two faces one person (OpenCV Zoo)


def audit(
    manifests: Annotated[list[Path], typer.Argument(metavar="MANIFEST...", help="The manifests to look through.")],
    identity: Annotated[
        Path | None,
        typer.Option("--identity", help="data/identity/embeddings.parquet: also report different people who look like one."),
    ] = None,
    threshold: Annotated[
        float, typer.Option("--threshold", min=-1, max=1, help="Cosine similarity of two people's mean embeddings.")
    ] = SAME_PERSON,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Report equal captures, people in more than one role of a protocol, and different people who look like one."""
    from fas.commands.data import known_datasets
    from fas.datasets.audit import checked, duplicates, faces_of, lookalikes, shared_people
    from fas.datasets.manifest import read_manifests
    from fas.files import read_table

    rows = read_manifests(manifests)
    protocols = checked(rows, *known_datasets())
    found = {"duplicates": duplicates(rows), "shared_people": shared_people(rows, protocols)}
    people = None
    if identity is not None:
        people = faces_of(read_table(identity, required=("dataset", "clip", "embedding")), rows)
        if people.empty:
            raise UserError(f"{identity}: no embedding of a capture whose person the manifests know")
        found["lookalikes"] = lookalikes(people, threshold)
    if json:
        as_json({name: table.to_dict("records") for name, table in found.items()} | {"protocols": list(protocols)})
        return
    _print(_duplicates(found["duplicates"]))
    _print(_shared(found["shared_people"], list(protocols)))
    if people is not None:
        _print(_lookalikes(found["lookalikes"], len(people), threshold))


def _print(lines: Iterable[str]) -> None:
    """A heading, and what it is about: the first findings."""
    heading, *findings = lines
    typer.echo(heading)
    for line in findings[:SHOWN]:
        typer.echo("  " + line.replace("\n", "\n    "))
    if len(findings) > SHOWN:
        typer.echo(f"  ... and {len(findings) - SHOWN} more (--json prints all)")


def _duplicates(table: "pd.DataFrame") -> Iterator[str]:
    across = int(table["splits"].str.contains(", ").sum())
    yield f"{len(table)} contents that occur more than once" + (f", {across} of them in more than one split" if across else "")
    for row in table.to_dict("records"):
        yield f"{row['copies']} copies ({row['labels']}) in {row['splits']}:\n" + _few(row["clips"].split(", "), "\n", 4)


def _shared(table: "pd.DataFrame", protocols: list[str]) -> Iterator[str]:
    people = len(table.drop_duplicates(["dataset", "subject"]))
    yield f"{people} people in more than one role of a protocol ({_looked_at(protocols)})"
    for (name, dataset, roles), group in table.groupby(["protocol", "dataset", "roles"], sort=True):
        counted = f"{len(group)} of {dataset} in {roles} ({group['clips'].sum()} clips)"
        yield f"{name}: {counted}: " + _few(group["subject"], ", ", 12)


def _looked_at(protocols: list[str]) -> str:
    if not protocols:
        return "none looked at: the manifests suffice for no protocol, and have no splits"
    return f"looked at {len(protocols)}: {_few(protocols, ', ', 6)}"


def _lookalikes(table: "pd.DataFrame", people: int, threshold: float) -> Iterator[str]:
    yield f"{len(table)} pairs of different people with embeddings nearer than {threshold:g} (of {people} people)"
    for row in table.to_dict("records"):
        yield f"{row['similarity']:.3f}  {row['first']}  {row['second']}"


def _few(values: Iterable[str], between: str, count: int) -> str:
    """The first `count` values, and how many more there are."""
    values = list(values)
    more = [f"... and {len(values) - count} more"] if len(values) > count else []
    return between.join([*values[:count], *more])
