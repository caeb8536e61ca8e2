"""`fas datasets`, `fas scan`, `fas protocols`, `fas protocol`: from folders to manifests, from manifests to roles."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from fas.commands.output import as_json, listing

if TYPE_CHECKING:
    import pandas as pd

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def datasets(json: Json = False) -> None:
    """List the datasets that `fas scan` reads."""
    from fas.datasets.registry import ADAPTERS

    if json:
        rows = [{"name": a.name, "title": a.title, "letter": a.letter, "splits": list(a.splits)} for a in ADAPTERS.values()]
        as_json({"datasets": rows})
    else:
        listing((adapter.name, adapter.title) for adapter in ADAPTERS.values())


def scan(
    dataset: Annotated[str, typer.Argument(help="A name that `fas datasets` lists.")],
    root: Annotated[Path, typer.Argument(help="The folder that holds the dataset.")],
    out: Annotated[Path, typer.Option("--out", help="The manifest to write, .csv or .parquet.")],
    name: Annotated[str | None, typer.Option("--name", help="What to call the dataset (default: DATASET).")] = None,
    pattern: Annotated[
        str | None,
        typer.Option("--pattern", metavar="REGEX", help="For other file names: a regular expression of a path, groups label, subject, ..."),
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Compare with the published counts; exit 1 when they differ.")] = False,
    boxes: Annotated[bool, typer.Option("--boxes", help="Also write the face boxes in its side files, beside the manifest.")] = False,
) -> None:
    """Write the manifest of a dataset: one row per capture."""
    from fas.datasets.boxes import boxes_path, scan_boxes, write_boxes
    from fas.datasets.manifest import write_manifest
    from fas.datasets.registry import adapter
    from fas.datasets.scan import scan as read

    found = scan_boxes(adapter(dataset), root, name, pattern) if boxes else None  # quick, so that its errors come first
    table = read(adapter(dataset), root, name, pattern)
    write_manifest(out, table)
    live = int((table["label"] == "live").sum())
    people = table.loc[table["subject"] != "", "subject"].nunique()
    of = f"of {people} people" if people else "of unknown people"
    typer.echo(f"{out}: {len(table)} captures ({live} live, {len(table) - live} attack) {of}")
    if found is not None:
        write_boxes(boxes_path(out), found)
        typer.echo(f"{boxes_path(out)}: {len(found)} face boxes of {found['clip'].nunique()} captures")
    if verify and not _as_published(dataset, table):
        raise typer.Exit(1)


def _as_published(dataset: str, manifest: "pd.DataFrame") -> bool:
    """Whether the counts are the published ones; prints what differs."""
    from fas.datasets.registry import adapter
    from fas.datasets.verify import compare, differences

    compared = compare(adapter(dataset), manifest)
    different = differences(compared)
    edition = f" ({compared['edition'].iloc[0]})" if compared["edition"].iloc[0] else ""
    if different.empty:
        typer.echo(f"as published{edition}: {len(compared)} groups, {len(manifest)} captures")
        return True
    typer.echo(f"not as published{edition}, {len(different)} of {len(compared)} groups differ:")
    table = different.drop(columns="edition").assign(missing=different["published"] - different["found"])
    typer.echo(table[["split", "label", "attack", "instrument", "published", "found", "missing", "files"]].to_string(index=False))
    return False


def protocols(json: Json = False) -> None:
    """List the protocols."""
    from fas.datasets.protocols import PROTOCOLS

    if json:
        as_json({"protocols": [{"name": protocol.name, "title": protocol.title} for protocol in PROTOCOLS.values()]})
    else:
        listing((protocol.name, protocol.title) for protocol in PROTOCOLS.values())


def protocol(
    name: Annotated[str, typer.Argument(help="A name that `fas protocols` lists.")],
    manifests: Annotated[list[Path], typer.Argument(metavar="MANIFEST...", help="The manifests of the datasets it needs.")],
    out: Annotated[Path, typer.Option("--out", help="The table to write, .csv or .parquet.")],
    dev: Annotated[
        Literal["seeded", "none"], typer.Option("--dev", help="Without an official dev split: 20 % of the training people, or none.")
    ] = "seeded",
    seed: Annotated[int, typer.Option("--seed", help="Of the seeded dev split.")] = 0,
) -> None:
    """Write which clip plays which part in a protocol: dataset, clip, role."""
    from fas.datasets.manifest import read_manifests
    from fas.datasets.protocols import protocol as assign
    from fas.files import write_table

    letters, adapters = known_datasets()
    table = assign(name, read_manifests(manifests), letters, adapters, dev=dev, seed=seed)
    write_table(out, table)
    counts = table["role"].value_counts()
    typer.echo(f"{out}: " + ", ".join(f"{counts[role]} {role}" for role in ("train", "dev", "source_eval", "test") if role in counts))


def known_datasets() -> tuple[dict[str, str], dict[str, str]]:
    """Letter and adapter by dataset: as params.yaml declares it, and every other adapter's name with its usual letter.

    Raises:
        UserError: there is a params.yaml, but it is wrong.
    """
    from fas.datasets.registry import ADAPTERS
    from fas.params import FILE, load

    declared = load().datasets if FILE.is_file() else {}
    usual = {name: adapter for name, adapter in ADAPTERS.items() if name not in declared}
    letters = {name: one.letter for name, one in (usual | declared).items() if one.letter}
    return letters, {name: name for name in usual} | {name: one.adapter for name, one in declared.items()}
