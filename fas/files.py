"""Reading and writing the pipeline's files: atomic, byte-deterministic, and never through a pickle.

Every writer here gives the same bytes for the same content: no times, no paths, no process ids.
"""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xxhash

from fas.errors import UserError


def write_atomic(path: Path, write: Callable[[Path], None]) -> None:
    """Run `write(temporary)` beside `path`, flush it to disk and rename it into place; nothing half-written is ever seen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".tmp-", suffix=path.suffix)
    os.close(handle)
    temporary = Path(name)
    try:
        write(temporary)
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_npz(path: Path, arrays: Mapping[str, np.ndarray], compress: bool = True) -> None:
    """Write named arrays. Bytes depend on the arrays and their order only."""
    save = np.savez_compressed if compress else np.savez
    write_atomic(path, lambda temporary: save(temporary, **arrays))  # type: ignore[arg-type]


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an npz, without pickles."""
    with np.load(path, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def write_json(path: Path, value: Any) -> None:
    """Write sorted, indented JSON."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_atomic(path, lambda temporary: temporary.write_text(text, encoding="utf-8") and None)


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as CSV or Parquet, chosen by the suffix.

    Raises:
        UserError: another suffix.
    """
    if path.suffix == ".csv":
        write_atomic(path, lambda temporary: table.to_csv(temporary, index=False, lineterminator="\n"))
    elif path.suffix == ".parquet":
        write_atomic(path, lambda temporary: table.to_parquet(temporary, index=False))
    else:
        raise UserError(f"{path}: a table is .csv or .parquet")


def read_table(path: Path, required: tuple[str, ...] = (), text: tuple[str, ...] = ()) -> pd.DataFrame:
    """Read a CSV or Parquet table; the columns named in `text` are read as strings with '' for empty.

    Raises:
        UserError: no such file, not a table, or a required column is missing.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    try:
        if path.suffix == ".csv":
            table = pd.read_csv(path, dtype=dict.fromkeys(text, str), keep_default_na=True, encoding="utf-8-sig")
        elif path.suffix == ".parquet":
            table = pd.read_parquet(path)
        else:
            raise UserError(f"{path}: a table is .csv or .parquet")
    except (ValueError, OSError) as error:
        raise UserError(f"{path}: not a readable table: {str(error).splitlines()[0]}") from None
    missing = [column for column in required if column not in table.columns]
    if missing:
        raise UserError(f"{path}: column missing: {', '.join(missing)}")
    for column in text:
        if column in table.columns:
            table[column] = table[column].fillna("").astype(str)
    return table


def digest_file(path: Path) -> str:
    """xxh3-128 hex digest of a file's bytes."""
    state = xxhash.xxh3_128()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            state.update(block)
    return state.hexdigest()


def digest_value(value: Any) -> str:
    """xxh3-128 hex digest of a JSON value in its canonical form."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return xxhash.xxh3_128_hexdigest(text.encode())
