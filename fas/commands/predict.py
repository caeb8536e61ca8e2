"""`fas predict`: a trained model on any video or image."""

import json
from pathlib import Path
from typing import Annotated

import typer


def predict(
    model: Annotated[Path, typer.Argument(help="A model folder: runs/METHOD/VARIANT/PROTOCOL/SEED.")],
    files: Annotated[list[Path], typer.Argument(help="Videos or images.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout and nothing else.")] = False,
) -> None:
    """Score files with a trained model: higher = more live; live when the score reaches the model's own threshold."""
    from fas.config import load
    from fas.predict import Predictor

    predictions = list(Predictor(model, load()).files(files))
    if as_json:
        typer.echo(json.dumps({"model": str(model), "files": predictions}, indent=2))
        return
    for one in predictions:
        if "error" in one:
            typer.echo(f"{one['file']}: {one['error']}")
        else:
            frames = len(one["frames"])
            typer.echo(f"{one['file']}: {one['decision']} (score {one['score']:.4f}, threshold {one['threshold']:.4f}, {frames} frames)")
