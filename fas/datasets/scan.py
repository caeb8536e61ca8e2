"""A dataset's folder to its manifest: names, side files and bytes are read, no pixel is decoded."""

import re
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from fas.config import cores
from fas.datasets.adapter import Adapter, Capture
from fas.datasets.lists import check
from fas.datasets.manifest import COLUMNS
from fas.datasets.pattern import patterned
from fas.datasets.walk import NO_FILE, Tree, once, walk
from fas.errors import UserError
from fas.files import digest_file

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")


def scan(adapter: Adapter, root: Path, name: str | None = None, pattern: str | None = None) -> pd.DataFrame:
    """The manifest of the copy of a dataset under `root`: one row per capture, sorted by `clip`, the columns of `COLUMNS`.

    `name` fills the column `dataset` (default: the adapter's name). `pattern` replaces the adapter's grammar (see `patterned`).

    Raises:
        UserError: a wrong pattern, no such folder, the dataset is not in it, one capture is there twice, a file cannot be read,
            a protocol list in the copy that is not the protocol's rule, or a bad name.
    """
    dataset = adapter.name if name is None else name
    if not _NAME.fullmatch(dataset):
        raise UserError(f"dataset name '{dataset}': letters, digits and '_' only")
    tree = walk(root)
    if pattern is not None:
        adapter = patterned(adapter, pattern)
    captures = find(adapter, tree)
    rows = [{"dataset": dataset, "clip": clip, **asdict(capture)} for clip, capture in captures.items()]
    manifest = pd.DataFrame(rows, columns=list(COLUMNS)).fillna("").astype(str)
    check(adapter, tree, manifest)
    manifest["content"] = digests([root / clip for clip in captures])
    return manifest


def find(adapter: Adapter, tree: Tree) -> dict[str, Capture]:
    """The captures of a walked folder by `clip`, in order.

    Raises:
        UserError: there is none, one is there twice (beside and inside a wrapper folder, say, or as two types of file), or a name
            has no file behind it.
    """
    pattern, side = adapter.pattern(), adapter.side(tree)
    matches = {entry: match for entry in tree.entries if (match := pattern.fullmatch(entry.path))}
    if "ext" in pattern.groupindex:
        _no_folders(pattern, tree)
    found: dict[str, Capture] = {}
    first: dict[str, str] = {}
    for entry in once(matches):
        capture = adapter.describe(matches[entry], side)
        if capture is not None:
            if entry.via == NO_FILE:
                raise UserError(f"{tree.root / entry.path}: cannot be read: there is no file behind this name")
            path = first.setdefault(adapter.identity(matches[entry]), entry.path)
            if path != entry.path:
                raise UserError(f"{tree.root}: two copies of one capture: {path} and {entry.path}")
            found[entry.path] = capture
    if not found:
        raise UserError(f"{tree.root}: no {adapter.name} here (nothing like {adapter.example})")
    return found


def _no_folders(pattern: re.Pattern[str], tree: Tree) -> None:
    for folder in tree.folders:
        if pattern.fullmatch(folder):
            raise UserError(f"{tree.root / folder}: a folder, and a file is expected")


def digests(paths: Sequence[Path]) -> list[str]:
    """The xxh3-128 hex digest of every file, in order, read by several threads; a bar on a terminal tells how far it is.

    Raises:
        UserError: a file cannot be read.
    """
    with ThreadPoolExecutor(max_workers=min(8, cores())) as pool:
        return list(tqdm(pool.map(_digest, paths), total=len(paths), unit="file", leave=False, disable=not sys.stderr.isatty()))


def _digest(path: Path) -> str:
    try:
        return digest_file(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
