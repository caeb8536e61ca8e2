"""Bars of AUC per class and method, and what the proposed method rebuilds."""

from pathlib import Path

import numpy as np
import pandas as pd

from fas.files import read_npz, write_atomic
from fas.one_class.worker import EXAMPLES

_DPI = 110


def bars(path: Path, cells: pd.DataFrame, title: str) -> None:
    """A group of bars per column of `cells` (row, column, value), a colour per row; the dashed line is chance."""
    from matplotlib.figure import Figure

    columns, rows = list(dict.fromkeys(cells["column"])), list(dict.fromkeys(cells["row"]))
    figure = Figure(figsize=(12, 4), layout="constrained")
    axes = figure.subplots()
    width = 0.8 / len(rows)
    for number, row in enumerate(rows):
        values = cells[cells["row"] == row].set_index("column")["value"].reindex(columns)
        axes.bar(np.arange(len(columns)) + (number - (len(rows) - 1) / 2) * width, values, width, label=row)
    axes.axhline(50, color="grey", linestyle="--", linewidth=1)
    axes.set_xticks(range(len(columns)), [column.split(" ", 1)[1] for column in columns])
    low = float(cells["value"].min())
    axes.set_ylim(min(45.0, low - 2), 101)
    axes.set(xlabel="normal class", ylabel="AUC, %", title=title)
    figure.legend(ncols=len(rows), loc="outside lower center", fontsize="small", frameon=False)
    _save(path, figure)


def reconstructions(path: Path, folders: dict[str, Path], title: str) -> None:
    """First row: a test image of each class. Below: what the network trained on the named class alone makes of them.

    `folders` leads from the normal class's name to the folder of its item.
    """
    from matplotlib.figure import Figure

    found = {name: read_npz(folder / EXAMPLES) for name, folder in folders.items()}
    first = next(iter(found.values()))
    side = first["rebuilt"].shape[1]
    edge = (side - first["image"].shape[1]) // 2
    originals = np.pad(first["image"], ((0, 0), (edge, edge), (edge, edge), (0, 0)))
    lines = {"input": originals, **{f"normal: {name}": one["rebuilt"] for name, one in found.items()}}
    figure = Figure(figsize=(len(originals), len(lines) + 0.6), layout="constrained")
    figure.suptitle(title)
    grid = figure.subplots(len(lines), len(originals), squeeze=False)
    for number, (name, pictures) in enumerate(lines.items()):
        for place, (axes, picture) in enumerate(zip(grid[number], pictures, strict=True)):
            axes.imshow(picture.squeeze(), cmap="gray", vmin=0, vmax=255)
            axes.set(xticks=[], yticks=[])
            own = number > 0 and place == number - 1 and len(found) == len(originals)
            axes.spines[:].set(color="tab:green" if own else "none", linewidth=3 if own else 0)
        grid[number][0].set_ylabel(name, rotation=0, ha="right", va="center")
    _save(path, figure)


def _save(path: Path, figure) -> None:
    write_atomic(path, lambda temporary: figure.savefig(temporary, dpi=_DPI, metadata={"Software": None}))
