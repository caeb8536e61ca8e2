"""All identity embeddings in one table, for audits and t-SNE: one row per frame."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fas.clips import Member, Source
from fas.features.task import read_arrays
from fas.files import write_atomic
from fas.items.bundle import Bundle, told
from fas.items.engine import Row
from fas.items.item import OK


def write_embeddings(folder: Path, rows: Sequence[Row]) -> None:
    """Write `embeddings.parquet` (dataset, clip, frame, embedding: list of float32 with unit norm) from the items' npz files."""
    columns: dict[str, list[object]] = {"dataset": [], "clip": [], "frame": [], "embedding": []}
    for row in sorted(rows, key=lambda row: row.item.name):
        for clip, source in _sources(folder, row):
            frames, embeddings = read_arrays(source, ("frame", "embedding"))
            columns["dataset"] += [row.item.ids["dataset"]] * len(frames)
            columns["clip"] += [clip] * len(frames)
            columns["frame"] += frames.tolist()
            columns["embedding"] += list(embeddings.astype(np.float32))
    types = pa.schema([("dataset", pa.string()), ("clip", pa.string()), ("frame", pa.int32()), ("embedding", pa.list_(pa.float32()))])
    table = pa.table(columns, schema=types)
    write_atomic(folder / "embeddings.parquet", lambda temporary: pq.write_table(table, temporary))


def _sources(folder: Path, row: Row) -> Iterator[tuple[str, Source]]:
    """The clips of an item and where their arrays are: one, or the members of a bundle that have a face."""
    if not row.file:
        return
    path = folder / row.file
    if not isinstance(row.item.task, Bundle):
        yield row.item.ids["clip"], path
        return
    for number, (clip, status, _) in enumerate(told(path)):
        if status == OK:
            yield clip, Member(path, number)
