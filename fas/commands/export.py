"""`fas export`: a trained model as one ONNX file."""

from pathlib import Path
from typing import Annotated

import typer


def export(
    model: Annotated[Path, typer.Argument(help="A model folder: runs/METHOD/VARIANT/PROTOCOL/SEED.")],
    out: Annotated[Path, typer.Option("--out", help="The ONNX file to write.")],
) -> None:
    """Write a trained model as ONNX: normalised pictures in, scores out, what else it takes in the file's metadata."""
    from fas.export import OPSET, write_onnx

    exported = write_onnx(model, out)
    shape = ", ".join(map(str, exported.shape))
    typer.echo(f"{out}: {exported.method}, opset {OPSET}, input (batch, {shape}); differs from torch by at most {exported.difference:.1e}")
