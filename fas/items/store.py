"""Where finished items are remembered: the crash journal and the ledger, both inside DVC's cache folder (`<cache>/fas`).

They stand beside the cache's own objects, so that queued experiments (which run in a folder of their own) and other clones with the
same cache share them; `dvc gc` leaves them alone.

    journal/<key>/    the files of an item whose stage has not reached the cache yet, and its record
    ledger/<k>/<key>  the record of every item ever finished here: its bytes are in the cache or the remote, by md5
    scratch/<key>/    checkpoints of an item that is being computed
"""

import json
import os
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import pandas as pd

from fas.files import write_atomic
from fas.items.dvc import DvcCache
from fas.items.item import File, Item, Record

RECORD = "record.json"
_KEEP_SECONDS = 30 * 24 * 3600


class Store:
    """The memory of one repository's cache. `root` is the repository's folder."""

    def __init__(self, root: Path) -> None:
        self.cache = DvcCache(root)
        self.folder = (self.cache.folder / "fas") if self.cache.folder else root / ".fas" / "store"

    def journal(self, key: str) -> Path:
        return self.folder / "journal" / key

    def scratch(self, key: str) -> Path:
        return self.folder / "scratch" / key

    def _ledger(self, key: str) -> Path:
        return self.folder / "ledger" / key[:2] / key

    def remember(self, key: str, record: Record) -> None:
        """Note a finished item in the ledger. Failures are never noted: they are tried again."""
        text = json.dumps(record.to_json(), separators=(",", ":"))
        write_atomic(self._ledger(key), lambda temporary: temporary.write_text(text) and None)

    def find(self, keys: Iterable[str], output: str, fetch: bool = True) -> dict[str, Record]:
        """Records of the keys whose bytes can be had, from the journal, the ledger, or `output` as dvc.lock remembers it.

        With `fetch`, bytes that only the remote has are brought into the cache in one batch; without it they are trusted to be there.
        """
        wanted = list(dict.fromkeys(keys))
        found = {key: record for key in wanted if (record := self._journaled(key))}
        known = {key: record for key in wanted if key not in found and (record := self._remembered(key))}
        unknown = [key for key in wanted if key not in found and key not in known]
        if unknown:
            previous = self._previous(output)
            known |= {key: previous[key] for key in unknown if key in previous}
        absent = {file.md5 for record in known.values() for file in record.files if not self.cache.has(file.md5, file.size)}
        if fetch:
            self.cache.fetch(absent)
        elif self.cache.remote:
            return found | known
        return found | {key: record for key, record in known.items() if self._at_hand(record)}

    def _at_hand(self, record: Record) -> bool:
        return all(self.cache.has(file.md5, file.size) for file in record.files)

    def _journaled(self, key: str) -> Record | None:
        folder = self.journal(key)
        record = _read_record(folder / RECORD)
        if record and all(_size(folder / file.name) == file.size for file in record.files):
            return record
        return None

    def _remembered(self, key: str) -> Record | None:
        return _read_record(self._ledger(key))

    def _previous(self, output: str) -> dict[str, Record]:
        path = self.cache.locked_file(output, "index.parquet")
        if path is None:
            return {}
        index = pd.read_parquet(path, columns=["key", "status", "error", "files"])
        rows = zip(index["key"], index["status"], index["error"], index["files"], strict=True)
        return {
            key: Record(status, error, tuple(File(*file) for file in json.loads(files)))
            for key, status, error, files in rows
            if status != "failed"
        }

    def place(self, key: str, record: Record, item: Item, output: Path) -> None:
        """Put an item's files below `output`: linked from the journal if they are there, else from the cache.

        Raises:
            FileNotFoundError: they are gone from both (a cache emptied meanwhile).
        """
        for file in record.files:
            target = output / item.path(file.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            source = self.journal(key) / file.name
            try:
                _link_or_copy(source, target)
            except FileNotFoundError:
                self.cache.place(file.md5, target)

    def tidy(self) -> None:
        """Drop journal entries whose bytes have reached the cache, what dead processes left, and what is a month old."""
        for entry in _entries(self.folder / "journal"):
            record = _read_record(entry / RECORD)
            half_made = record is None and not _alive(entry.name)
            if half_made or (record and self.cache.folder and self._at_hand(record)) or _old(entry):
                shutil.rmtree(entry, ignore_errors=True)
        for entry in _entries(self.folder / "scratch"):
            if _old(entry) or self._ledger(entry.name).exists():
                shutil.rmtree(entry, ignore_errors=True)


def _read_record(path: Path) -> Record | None:
    try:
        return Record.from_json(json.loads(path.read_text()))
    except (OSError, ValueError, KeyError, TypeError):  # absent, or cut short by a power failure: as if never written
        return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _old(path: Path) -> bool:
    with suppress(OSError):
        return time.time() - path.stat().st_mtime > _KEEP_SECONDS
    return False


def _alive(name: str) -> bool:
    """Whether the process that is making `<key>.<pid>` still runs."""
    pid = name.rpartition(".")[2]
    return pid.isdigit() and Path(f"/proc/{pid}").exists()


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # another file system
        shutil.copyfile(source, target)
