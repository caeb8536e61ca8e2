"""All identity embeddings in one table, for audits and t-SNE: one row per frame."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fas.features.task import read_arrays
from fas.files import write_atomic
from fas.items.bundle import Bundle, told
from fas.items.engine import Row
from fas.items.item import OK


def write_embeddings(folder: Path, rows: Sequence[Row]) -> None:
    """Write `embeddings.parquet` (dataset, clip, frame, embedding: list of float32 with unit norm) from the items' npz files."""
    columns: dict[str, list[object]] = {"dataset": [], "clip": [], "frame": [], "embedding": []}
    usual = {(row.item.ids["dataset"], row.item.ids["clip"]) for row in rows if not row.item.ids["sampling"]}
    for row in sorted(rows, key=lambda row: row.item.name):
        if row.item.ids["sampling"] and (row.item.ids["dataset"], row.item.ids["clip"]) in usual:
            continue  # a capture that some protocol samples in its own way is told once
        for clip, frames, embeddings in _clips(folder, row):
            columns["dataset"] += [row.item.ids["dataset"]] * len(frames)
            columns["clip"] += [clip] * len(frames)
            columns["frame"] += frames.tolist()
            columns["embedding"] += list(embeddings.astype(np.float32))
    types = pa.schema([("dataset", pa.string()), ("clip", pa.string()), ("frame", pa.int32()), ("embedding", pa.list_(pa.float32()))])
    table = pa.table(columns, schema=types)
    write_atomic(folder / "embeddings.parquet", lambda temporary: pq.write_table(table, temporary))


def _clips(folder: Path, row: Row) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """The clips of an item with their frame numbers and embeddings: one, or the members of a bundle that have a face."""
    if not row.file:
        return
    path = folder / row.file
    if not isinstance(row.item.task, Bundle):
        frames, embeddings = read_arrays(path, ("frame", "embedding"))
        yield row.item.ids["clip"], frames, embeddings
        return
    with np.load(path, allow_pickle=False) as archive:
        for number, (clip, status, _) in enumerate(told(path)):
            if status == OK:
                yield clip, archive[f"{number}/frame"], archive[f"{number}/embedding"]
