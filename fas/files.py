"""Reading and writing the pipeline's files: atomic, byte-deterministic, and never through a pickle.

Every writer here gives the same bytes for the same content: no times, no paths, no process ids.
"""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xxhash
from numpy.lib.npyio import NpzFile

from fas.errors import UserError


def write_atomic(path: Path, write: Callable[[Path], object]) -> None:
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


def opened_npz(path: Path) -> NpzFile:
    """An npz that many read from, left open: its table of contents is read once, and anew when the file or the process is another."""
    found = path.stat()
    return _opened(path, found.st_mtime_ns, found.st_size, os.getpid())


@lru_cache(maxsize=64)
def _opened(path: Path, changed: int, size: int, process: int) -> NpzFile:
    archive: NpzFile = np.load(path, allow_pickle=False)
    return archive


def npz_shape(path: Path, name: str) -> tuple[int, ...]:
    """The shape of one array of an npz, from its header alone.

    Raises:
        KeyError: there is no such array.
    """
    archive = opened_npz(path).zip
    assert archive is not None  # only a closed one has none
    with archive.open(f"{name}.npy") as file:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        return read(file)[0]


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with the line ends that it has."""
    write_atomic(path, lambda temporary: temporary.write_bytes(text.encode()))


def write_json(path: Path, value: Any) -> None:
    """Write sorted, indented JSON."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    write_text(path, text)


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        OSError: no such file.
        ValueError: not JSON.
    """
    return json.loads(path.read_text(encoding="utf-8-sig"))


def read_yaml(path: Path) -> Any:
    """Read a YAML 1.2 file, as DVC reads it (`1e-3` is a number, a repeated key is an error).

    Raises:
        UserError: no such file, or not YAML: the line and what is wrong there.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if not path.is_file():
        raise UserError(f"{path}: no such file")
    try:
        return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UserError(f"{path}{line}: {' '.join(str(error.problem).split())}") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: {' '.join(str(error).split())}") from None


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
            table = _read_csv(path, text)
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
            table[column] = table[column].astype(object).fillna("").astype(str)
    return table


def _read_csv(path: Path, text: tuple[str, ...]) -> pd.DataFrame:
    """Only the columns that are not text know of missing numbers: a person may be called NA."""
    columns = pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns
    missing = {column: ["", "NA", "nan", "NaN", "null"] for column in columns if column not in text}
    return pd.read_csv(path, dtype=dict.fromkeys(text, str), keep_default_na=False, na_values=missing, encoding="utf-8-sig")


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
