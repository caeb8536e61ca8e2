"""`fas scores`: score files for other tools."""

from pathlib import Path
from typing import Annotated

import typer

from fas.commands import score_files


def scores(
    source: Annotated[Path, typer.Argument(metavar="SCORES", help="A score file, or a run's folder.")],
    bob: Annotated[Path, typer.Option("--bob", help="Folder for bob's files: scores-dev.csv, scores-eval.csv, ...")],
) -> None:
    """Write the clip scores as bob's CSV files, one per role; `fas metrics` reads them too."""
    from fas.bob import write_bob

    for path in write_bob(bob, score_files.read(source)):
        typer.echo(path)
