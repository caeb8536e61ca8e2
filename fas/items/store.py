"""Where finished items are remembered: the crash journal and the ledger, both inside DVC's cache folder (`<cache>/fas`).

They stand beside the cache's own objects, so that queued experiments (which run in a folder of their own) and other clones with the
same cache share them; `dvc gc` leaves them alone.

    journal/<key>/    the files of an item whose stage has not reached the cache yet, and its record (`<key>.<host>.<pid>`: being made)
    ledger/<k>/<key>  the record of every item ever finished here: its bytes are in the cache or the remote, by md5
    scratch/<key>/    checkpoints of an item that is being computed
"""

import json
import logging
import os
import platform
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

import pandas as pd
import psutil

from fas.items.dvc import DvcCache
from fas.items.item import FAILED, File, Item, Record

logger = logging.getLogger(__name__)

RECORD = ".record.json"
_KEEP_SECONDS = 30 * 24 * 3600


class Store:
    """The memory of one repository's cache. `root` is the repository's folder."""

    def __init__(self, root: Path) -> None:
        self.cache = DvcCache(root)
        self.folder = (self.cache.folder / "fas") if self.cache.folder else root / ".fas" / "store"

    def journal(self, key: str) -> Path:
        """Where an item's files lie until its stage is in the cache."""
        return self.folder / "journal" / key

    def scratch(self, key: str) -> Path:
        """Where an item's checkpoints lie while it is computed."""
        return self.folder / "scratch" / key

    def _ledger(self, key: str) -> Path:
        return self.folder / "ledger" / key[:2] / key

    def remember(self, key: str, record: Record) -> None:
        """Note a finished item in the ledger. Failures are never noted: they are tried again.

        Not flushed to disk, which would cost more than a small item: an entry that a power failure cuts short is as if never written.
        """
        path = self._ledger(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = half_made(path)
        temporary.write_text(json.dumps(record.to_json(), separators=(",", ":")))
        temporary.replace(path)

    def forget(self, key: str) -> None:
        """Drop what an unfinished stage left of an item: its result and its checkpoints."""
        shutil.rmtree(self.journal(key), ignore_errors=True)
        shutil.rmtree(self.scratch(key), ignore_errors=True)

    def find(self, keys: Iterable[str], output: str, fetch: bool = True) -> dict[str, Record]:
        """Records of the keys whose bytes can be had: from the journal, from `output` as dvc.lock remembers it, or from the ledger.

        dvc.lock goes before the ledger, so that a team's locked bytes stay what they are on a machine that once made others.
        With `fetch`, bytes that only the remote has are brought into the cache in a batch; without it they are trusted to be there.
        """
        wanted = list(dict.fromkeys(keys))
        found = {key: record for key in wanted if (record := self._journaled(key))}
        previous = self._previous(output) if len(found) < len(wanted) else {}
        found |= self._at_hand({key: previous[key] for key in wanted if key not in found and key in previous}, fetch)
        found |= self._at_hand({key: record for key in wanted if key not in found and (record := self._remembered(key))}, fetch)
        return found

    def _at_hand(self, records: Mapping[str, Record], fetch: bool) -> dict[str, Record]:
        if not fetch and self.cache.remote:
            return dict(records)
        if fetch:
            self.cache.fetch(file.md5 for record in records.values() for file in record.files if not self.cache.has(file.md5, file.size))
        return {key: record for key, record in records.items() if self._cached(record)}

    def _cached(self, record: Record) -> bool:
        return all(self.cache.has(file.md5, file.size) for file in record.files)

    def _journaled(self, key: str) -> Record | None:
        folder = self.journal(key)
        record = read_record(folder)
        if record and all(_size(folder / file.name) == file.size for file in record.files):
            return record
        return None

    def _remembered(self, key: str) -> Record | None:
        return _read(self._ledger(key))

    def failed_before(self, output: str) -> dict[str, Record]:
        """Records of the items that failed in `output` as dvc.lock remembers it: for whoever cannot try them again."""
        return {key: record for key, record in self._locked_records(output).items() if record.status == FAILED}

    def _previous(self, output: str) -> dict[str, Record]:
        return {key: record for key, record in self._locked_records(output).items() if record.status != FAILED}

    def _locked_records(self, output: str) -> dict[str, Record]:
        path = self.cache.locked_file(output, "index.parquet")
        if path is None:
            return {}
        try:
            index = pd.read_parquet(path, columns=["key", "status", "error", "files"])
        except (OSError, ValueError) as error:  # an index of another make
            logger.debug("%s: %s", path, error)
            return {}
        rows = zip(index["key"], index["status"], index["error"], index["files"], strict=True)
        return {key: Record(status, error, tuple(File(*file) for file in json.loads(files))) for key, status, error, files in rows}

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
            if _size(source) == file.size:
                _link_or_copy(source, target)
            else:
                self.cache.place(file.md5, target)

    def tidy(self) -> None:
        """Drop journal entries whose bytes have reached the cache, what dead processes left, and what is a month old."""
        for entry in _entries(self.folder / "journal"):
            if self._settled(entry) or _old(entry):
                shutil.rmtree(entry, ignore_errors=True)
        for entry in _entries(self.folder / "scratch"):
            if _old(entry) or self._ledger(entry.name).exists():
                shutil.rmtree(entry, ignore_errors=True)

    def _settled(self, entry: Path) -> bool:
        """Whether a journal entry can go: who was making it is dead, or the cache has its bytes and the ledger its record."""
        if "." in entry.name:
            return _deserted(entry.name)
        record = read_record(entry)
        if record is None:
            return True
        if not self.cache.folder or not self._cached(record):
            return False
        if self._remembered(entry.name) != record:  # its stage was killed before it could note the item
            self.remember(entry.name, record)
        return True


def half_made(path: Path) -> Path:
    """Where this process makes what is renamed to `path` when it is finished."""
    return path.with_name(f"{path.name}.{platform.node()}.{os.getpid()}")


def _deserted(name: str) -> bool:
    """Whether the process that was making `<key>.<host>.<pid>` is dead. Only its own host can tell."""
    host, _, pid = name.partition(".")[2].rpartition(".")
    return host == platform.node() and pid.isdigit() and not psutil.pid_exists(int(pid))


def read_record(entry: Path) -> Record | None:
    """The record of a journal entry; None when there is none."""
    return _read(entry / RECORD)


def _read(path: Path) -> Record | None:
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


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or another user's file
        shutil.copyfile(source, target)
