"""Where results are remembered and found: the journal, dvc.lock and the ledger; what `tidy` drops and what it must keep."""

import json
import os
import platform
import stat
import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
from toystages import cache

from fas.errors import UserError
from fas.items import dvc
from fas.items.item import File, Item, Record
from fas.items.store import RECORD, Store, half_made

KEY = "0123456789abcdef0123456789abcdef"
BYTES = b"result"
ITEM = Item("one", {}, {}, None, file="one.bin")


def record_of(content: bytes, root: Path, cached: bool = True) -> Record:
    """The record of a one-file result; its bytes are in the cache when `cached`."""
    other = root.parent / "elsewhere"
    md5 = cache.keep(root / ".dvc" / "cache" if cached else other, content)
    return Record("ok", "", (File("out.bin", md5, len(content)),))


def journal(store: Store, record: Record, content: bytes = BYTES, key: str = KEY) -> Path:
    folder = store.journal(key)
    folder.mkdir(parents=True)
    (folder / RECORD).write_text(json.dumps(record.to_json()))
    if record.files:
        (folder / "out.bin").write_bytes(content)
    return folder


def lock(root: Path, record: Record, key: str = KEY) -> None:
    """Commit an output folder whose index knows `key`."""
    out = root / "data" / "toy"
    out.mkdir(parents=True, exist_ok=True)
    files = json.dumps([[file.name, file.md5, file.size] for file in record.files])
    pd.DataFrame({"key": [key], "status": [record.status], "error": [record.error], "files": [files]}).to_parquet(out / "index.parquet")
    cache.commit(root, "data/toy")


def test_an_unknown_key_is_not_found(root: Path) -> None:
    assert Store(root).find([KEY], "data/toy") == {}


def test_the_store_stands_beside_the_cache_that_the_repository_uses(root: Path) -> None:
    (root / ".dvc" / "config.local").write_text("[cache]\n    dir = ../../shared\n")
    assert Store(root).folder == root.parent / "shared" / "fas"


def test_without_a_repository_everything_is_still_remembered(tmp_path: Path) -> None:
    store = Store(tmp_path)
    record = Record("ok", "", (File("out.bin", "0" * 32, len(BYTES)),))
    journal(store, record)
    store.tidy()
    assert Store(tmp_path).find([KEY], "data/toy") == {KEY: record}


def test_an_item_in_the_journal_is_found_and_placed(root: Path) -> None:
    store = Store(root)
    record = record_of(BYTES, root, cached=False)
    journal(store, record)
    assert store.find([KEY], "data/toy") == {KEY: record}
    store.place(KEY, record, ITEM, root / "data")
    assert (root / "data" / "one.bin").read_bytes() == BYTES


@pytest.mark.parametrize("damage", ["short", "absent", "no record", "half a record"])
def test_a_damaged_journal_entry_is_no_result(root: Path, damage: str) -> None:
    store = Store(root)
    folder = journal(store, record_of(BYTES, root, cached=False))
    if damage == "short":
        (folder / "out.bin").write_bytes(BYTES[:2])
    if damage == "absent":
        (folder / "out.bin").unlink()
    if damage == "no record":
        (folder / RECORD).unlink()
    if damage == "half a record":
        (folder / RECORD).write_text('{"status": "ok"')
    assert store.find([KEY], "data/toy") == {}


def test_a_damaged_journal_entry_is_not_placed(root: Path) -> None:
    store = Store(root)
    record = record_of(BYTES, root)
    journal(store, record, content=b"edited in place")
    store.place(KEY, record, ITEM, root / "data")
    assert (root / "data" / "one.bin").read_bytes() == BYTES


def test_a_ledger_entry_is_found_while_the_cache_has_its_bytes(root: Path) -> None:
    store = Store(root)
    record = record_of(BYTES, root)
    store.remember(KEY, record)
    assert store.find([KEY, KEY, "other"], "data/toy") == {KEY: record}
    store.place(KEY, record, ITEM, root / "data")
    assert (root / "data" / "one.bin").read_bytes() == BYTES
    cache.empty(root)
    assert store.find([KEY], "data/toy") == {}
    with pytest.raises(FileNotFoundError):
        store.place(KEY, record, ITEM, root / "data")


def test_an_object_of_another_size_is_a_miss(root: Path) -> None:
    store = Store(root)
    record = record_of(BYTES, root)
    store.remember(KEY, record)
    path = store.cache.object(record.files[0].md5)
    assert path is not None
    path.write_bytes(BYTES[:1])
    assert store.find([KEY], "data/toy") == {}


def test_the_locked_output_is_read_out_of_the_cache(root: Path) -> None:
    record = record_of(BYTES, root)
    lock(root, record)
    store = Store(root)
    assert store.find([KEY], "data/toy") == {KEY: record}
    assert store.find([KEY], "data/other") == {}
    assert store.find(["other"], "data/toy") == {}


def test_the_locked_output_goes_before_the_ledger(root: Path) -> None:
    locked, own = record_of(b"the team's", root), record_of(b"this machine's", root)
    store = Store(root)
    store.remember(KEY, own)
    lock(root, locked)
    assert store.find([KEY], "data/toy") == {KEY: locked}


def test_the_ledger_helps_where_the_locked_bytes_are_gone(root: Path) -> None:
    store = Store(root)
    own = record_of(b"this machine's", root)
    store.remember(KEY, own)
    lock(root, record_of(b"the team's", root, cached=False))
    assert store.find([KEY], "data/toy") == {KEY: own}


def test_a_failed_row_of_the_locked_output_is_no_result(root: Path) -> None:
    lock(root, Record("failed", "cannot decode"))
    assert Store(root).find([KEY], "data/toy") == {}


@pytest.mark.parametrize("damage", ["index", "columns", "listing", "lock"])
def test_a_damaged_locked_output_is_no_result(root: Path, damage: str) -> None:
    out = root / "data" / "toy"
    out.mkdir(parents=True)
    pd.DataFrame({"other": [1]}).to_parquet(out / "index.parquet")
    if damage == "index":
        (out / "index.parquet").write_bytes(b"PAR1")
    cache.commit(root, "data/toy")
    if damage == "listing":
        next((root / ".dvc" / "cache" / "files").rglob("*.dir")).write_text("[")
    if damage == "lock":
        (root / "dvc.lock").write_text("schema: '2.0'\n")
    assert Store(root).find([KEY], "data/toy") == {}


def test_what_is_not_fetched_is_trusted_to_the_remote(tmp_path: Path, root: Path) -> None:
    record = record_of(BYTES, root, cached=False)
    Store(root).remember(KEY, record)
    assert Store(root).find([KEY], "data/toy", fetch=False) == {}
    cache.add_remote(root, tmp_path / "storage")
    assert Store(root).find([KEY], "data/toy", fetch=False) == {KEY: record}
    assert Store(root).find([KEY], "data/toy") == {}, "a remote that lacks the bytes is a miss"
    cache.keep(tmp_path / "storage", BYTES)
    assert Store(root).find([KEY], "data/toy") == {KEY: record}
    assert Store(root).cache.has(record.files[0].md5, len(BYTES))


def test_a_remote_that_does_not_work_is_a_miss(root: Path) -> None:
    (root / ".dvc" / "config.local").write_text("[core]\n    remote = nowhere\n")
    Store(root).remember(KEY, record_of(BYTES, root, cached=False))
    assert Store(root).find([KEY], "data/toy") == {}


def test_a_bad_configuration_is_one_line(root: Path) -> None:
    (root / ".dvc" / "config.local").write_text("['remote \"storage\"']\n    url = nosuch://where\n")
    with pytest.raises(UserError, match=r"\.dvc: config file error: Unsupported URL type nosuch://"):
        Store(root)


def test_tidy_keeps_what_the_cache_lacks_and_drops_what_it_has(root: Path) -> None:
    store = Store(root)
    lacking = journal(store, record_of(b"not committed", root, cached=False), b"not committed", key="a" * 32)
    reached = journal(store, record_of(BYTES, root), key="b" * 32)
    Store(root).tidy()
    assert lacking.is_dir()
    assert not reached.exists()
    assert set(store.find(["a" * 32, "b" * 32], "data/toy")) == {"a" * 32, "b" * 32}


def test_tidy_drops_no_result_that_only_the_journal_knows(root: Path) -> None:
    store = Store(root)
    record = Record("no_face", "no face in any frame")
    journal(store, record)
    store.tidy()
    assert not store.journal(KEY).exists()
    assert store.find([KEY], "data/toy") == {KEY: record}


def test_tidy_drops_what_the_dead_left_half_made(root: Path) -> None:
    store = Store(root)
    dead = subprocess.Popen(["true"])
    dead.wait()
    maker = f"{platform.node()}.{dead.pid}"
    entries = {name: store.journal(name) for name in (f"{KEY}.{maker}", f"{KEY}.elsewhere.{dead.pid}", half_made(Path(KEY)).name)}
    for entry in entries.values():
        entry.mkdir(parents=True)
    store.tidy()
    assert [entry.exists() for entry in entries.values()] == [False, True, True]


def test_tidy_drops_what_is_a_month_old(root: Path) -> None:
    store = Store(root)
    folder = journal(store, record_of(BYTES, root, cached=False))
    store.scratch(KEY).mkdir(parents=True)
    long_ago = time.time() - 31 * 24 * 3600
    for path in (folder, store.scratch(KEY)):
        os.utime(path, (long_ago, long_ago))
    store.tidy()
    assert not folder.exists()
    assert not store.scratch(KEY).exists()


def test_tidy_keeps_the_checkpoints_of_unfinished_items_only(root: Path) -> None:
    store = Store(root)
    for key in ("a" * 32, "b" * 32):
        store.scratch(key).mkdir(parents=True)
    store.remember("a" * 32, record_of(BYTES, root))
    store.tidy()
    assert [store.scratch(key).exists() for key in ("a" * 32, "b" * 32)] == [False, True]


@pytest.mark.parametrize(("kind", "links"), [("copy", 1), ("hardlink", 2), ("symlink", 1), ("reflink,hardlink", 2)])
def test_bytes_are_placed_as_the_cache_type_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, links: int) -> None:
    def no_reflink(source: Path, target: Path) -> None:
        raise OSError("not on this file system")

    monkeypatch.setitem(dvc._LINKS, "reflink", no_reflink)
    root = tmp_path / "repo"
    cache.make(root, kind)
    store = Store(root)
    record = record_of(BYTES, root)
    target = root / "data" / "one.bin"
    target.parent.mkdir()
    target.write_bytes(b"in the way")
    store.place(KEY, record, ITEM, root / "data")
    assert target.read_bytes() == BYTES
    assert target.is_symlink() == (kind == "symlink")
    assert target.stat().st_nlink == links


def test_a_full_disk_is_told_when_placing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("shutil.copyfile", full)
    store = Store(root)
    with pytest.raises(OSError, match="No space left"):
        store.place(KEY, record_of(BYTES, root), ITEM, root / "data")


def test_remembered_files_can_be_read_by_others(root: Path) -> None:
    store = Store(root)
    store.remember(KEY, record_of(BYTES, root))
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o044 for path in (store.folder / "ledger").rglob(KEY))
