"""Face boxes of a dataset: out of its side files into a table beside the manifest, and clip by clip out of the table.

They are taken out when a folder is scanned, so that what is computed from them is known without the raw data.
"""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from fas.config import cores
from fas.datasets.adapter import Adapter
from fas.datasets.box_files import BoxFiles, read_boxes
from fas.datasets.pattern import patterned
from fas.datasets.scan import find
from fas.datasets.walk import Tree, once, walk
from fas.errors import UserError
from fas.faces.hints import Hints, Unit
from fas.files import read_table, write_table

CORNERS = ("x1", "y1", "x2", "y2")
COLUMNS = ("dataset", "clip", "frame", *CORNERS, "unit")
_UNITS: tuple[Unit, ...] = ("pixel", "share")


def boxes_path(manifest: Path) -> Path:
    """Where the boxes of a manifest's captures are."""
    return manifest.with_name(f"{manifest.stem}.boxes.parquet")


def scan_boxes(adapter: Adapter, root: Path, name: str | None = None, pattern: str | None = None) -> pd.DataFrame:
    """The face boxes in the side files of a copy's captures: the columns of `COLUMNS`, sorted by clip and frame.

    `x1` to `y2` are float32 in the column `unit`: `pixel`, or `share` of the picture's width and height. A capture without a side
    file has no row. `name` and `pattern` are those of `scan`.

    Raises:
        UserError: as `find`, the dataset has no such files, two are of one capture, or one is not what it should be.
    """
    if adapter.boxes is None:
        raise UserError(f"{adapter.name}: no side files with face boxes are known of it")
    tree = walk(root)
    there, captures = _side_files(adapter.boxes, tree), find(patterned(adapter, pattern) if pattern else adapter, tree)
    files = {clip: there[key] for clip in sorted(captures) if (key := adapter.boxes.capture(clip)) in there}
    found = _read(adapter.boxes, [root / path for path in files.values()])
    counts = [len(frames) for frames, _ in found]
    corners = np.concatenate([np.empty((0, 4), np.float32), *(boxes for _, boxes in found)])
    table = pd.DataFrame(dict(zip(CORNERS, corners.T, strict=True)))
    table.insert(0, "frame", np.concatenate([np.empty(0, np.int32), *(frames for frames, _ in found)]))
    table.insert(0, "clip", pd.Series(list(files), dtype=str).repeat(counts).to_numpy())
    table.insert(0, "dataset", name or adapter.name)
    table["unit"] = "share" if adapter.boxes.format.side else "pixel"
    return table


def _side_files(files: BoxFiles, tree: Tree) -> dict[str, str]:
    """What `BoxFiles.capture` calls a capture -> its side file."""
    pattern = re.compile(files.path, re.DOTALL)
    matches = {entry: match["capture"] for entry in tree.entries if (match := pattern.fullmatch(entry.path))}
    found: dict[str, str] = {}
    for entry in once(matches):
        first = found.setdefault(matches[entry], entry.path)
        if first != entry.path:
            raise UserError(f"{tree.root}: two side files of one capture: {first} and {entry.path}")
    return found


def _read(files: BoxFiles, paths: list[Path]) -> list[tuple[np.ndarray, np.ndarray]]:
    with ThreadPoolExecutor(max_workers=min(8, cores())) as pool:
        results = pool.map(lambda path: read_boxes(path, files.format), paths)
        return list(tqdm(results, total=len(paths), unit="file", leave=False, disable=not sys.stderr.isatty()))


def write_boxes(path: Path, table: pd.DataFrame) -> None:
    """Write what `scan_boxes` gave; the same boxes give the same bytes."""
    write_table(path, table[list(COLUMNS)])


class Boxes:
    """A dataset's face boxes, clip by clip. `table`: the columns of `COLUMNS` in any order of rows; without one there are no boxes."""

    def __init__(self, table: pd.DataFrame | None = None) -> None:
        table = pd.DataFrame(columns=list(COLUMNS)) if table is None else table
        codes, clips = pd.factorize(table["clip"])
        frames = table["frame"].to_numpy(np.int32)
        order = np.lexsort((frames, codes))
        bounds = np.searchsorted(codes[order], np.arange(len(clips) + 1))
        self._rows = dict(zip(clips, pairwise(bounds), strict=True))
        self._frames, self._corners = frames[order], table[list(CORNERS)].to_numpy(np.float32)[order]
        self._shares = (table["unit"] == "share").to_numpy()[order]

    @classmethod
    def read(cls, path: Path, dataset: str) -> "Boxes":
        """The boxes of `dataset` that `write_boxes` wrote, or that a team made with the same columns.

        Raises:
            UserError: no such table, a missing column, another dataset's boxes, an unknown unit, or a box that is not made of numbers.
        """
        table = read_table(path, required=COLUMNS)
        for column, allowed in (("dataset", (dataset,)), ("unit", _UNITS)):
            if wrong := [value for value in table[column].unique() if value not in allowed]:
                raise UserError(f"{path}: {column} '{wrong[0]}' is none of {', '.join(allowed)}")
        for column in ("frame", *CORNERS):
            if not pd.api.types.is_numeric_dtype(table[column]) or not np.isfinite(table[column]).all():
                raise UserError(f"{path}: column {column} holds something that is not a number")
        return cls(table)

    def hints(self, clip: str) -> Hints | None:
        """The boxes of a capture; None when there are none."""
        if clip not in self._rows:
            return None
        start, stop = self._rows[clip]
        return Hints(self._frames[start:stop], self._corners[start:stop], "share" if self._shares[start] else "pixel")

    def inputs(self, clip: str) -> dict[str, str]:
        """What a result that uses the hints depends on: their digest; nothing where there are none."""
        hints = self.hints(clip)
        return {"hints": hints.digest()} if hints else {}
