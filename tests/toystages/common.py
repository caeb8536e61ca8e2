"""What the toy stages share: their inputs and the one-line errors."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from fas.errors import UserError
from fas.items.engine import INDEX


def params(section: str) -> dict[str, Any]:
    return yaml.safe_load(Path("params.yaml").read_text())[section]


def manifest() -> list[tuple[str, str]]:
    """Name and content of every capture."""
    table = pd.read_csv("manifest.csv", dtype=str)
    return list(zip(table["name"], table["content"], strict=True))


def raw(name: str) -> str:
    return str(Path(os.environ["TOY_RAW"]) / name)


def finished(folder: str) -> list[tuple[str, str, str]]:
    """Name, digest and file of every capture that a stage has a result for."""
    index = pd.read_parquet(Path(folder) / INDEX)
    index = index[index["status"] == "ok"]
    return [(name, digest, str(Path(folder, file).absolute())) for name, digest, file in index[["item", "digest", "file"]].values]


def tell(main: Callable[[], None]) -> None:
    try:
        main()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
