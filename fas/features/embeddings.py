"""All identity embeddings in one table, for audits and t-SNE: one row per frame."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fas.files import read_npz, write_atomic
from fas.items.engine import Row


def write_embeddings(folder: Path, rows: Sequence[Row]) -> None:
    """Write `embeddings.parquet` (dataset, clip, frame, embedding: list of float32 with unit norm) from the items' npz files."""
    columns: dict[str, list[object]] = {"dataset": [], "clip": [], "frame": [], "embedding": []}
    for row in sorted(rows, key=lambda row: row.item.name):
        if not row.file:
            continue
        arrays = read_npz(folder / row.file)
        for frame, embedding in zip(arrays["frame"], arrays["embedding"], strict=True):
            columns["dataset"].append(row.item.ids["dataset"])
            columns["clip"].append(row.item.ids["clip"])
            columns["frame"].append(int(frame))
            columns["embedding"].append(embedding.astype(np.float32))
    types = pa.schema([("dataset", pa.string()), ("clip", pa.string()), ("frame", pa.int32()), ("embedding", pa.list_(pa.float32()))])
    table = pa.table(columns, schema=types)
    write_atomic(folder / "embeddings.parquet", lambda temporary: pq.write_table(table, temporary))
