"""A stage in one process: what it computes, reuses, writes and says."""

import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from toystages import cache
from toystages.worker import Toy, calls

from fas.config import Config
from fas.errors import StageError, UserError
from fas.files import read_json
from fas.items.engine import LAST, Row, Stage
from fas.items.guard import Owner
from fas.items.item import Item

OUTPUT = "data/toy"
SERIAL = Config(executor="serial")


def item(name: str, text: str | None = None, **changes: Any) -> Item:
    """A toy item whose text is its name unless given."""
    text = name if text is None else text
    return Item(**{"name": name, "ids": {"clip": name}, "inputs": {"content": text}, "task": (name, text), "file": f"{name}.bin"} | changes)


def items(*names: str) -> list[Item]:
    return [item(name) for name in names]


def run(toys: Sequence[Item], worker: Toy | None = None, config: Config = SERIAL, **settings: Any) -> list[Row]:
    with Stage("toy", OUTPUT, config=config, **settings) as stage:
        return stage.run(worker or Toy(), toys)


def summary() -> tuple[int, int, int, int]:
    """Computed, reused, failed, total of the last run."""
    last = read_json(LAST / "toy.json")
    return last["computed"], last["reused"], last["failed"], last["total"]


def index() -> pd.DataFrame:
    return pd.read_parquet(Path(OUTPUT) / "index.parquet").set_index("item")


def output() -> dict[str, bytes]:
    return {path.relative_to(OUTPUT).as_posix(): path.read_bytes() for path in sorted(Path(OUTPUT).rglob("*")) if path.is_file()}


def test_every_item_has_its_file_its_row_and_a_place_in_the_summary(root: Path, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = run(items("b", "a"))
    assert [row.item.name for row in rows] == ["b", "a"]
    assert set(output()) == {"a.bin", "b.bin", "index.parquet"}
    assert list(index().index) == ["a", "b"]
    assert index().loc["a", ["clip", "status", "error", "file"]].to_list() == ["a", "ok", "", "a.bin"]
    assert index()["digest"].to_list() == [row.record.digest for row in reversed(rows)]
    assert set(read_json(LAST / "toy.json")) == {"stage", "computed", "reused", "failed", "total", "seconds"}
    assert summary() == (2, 0, 0, 2)
    assert capsys.readouterr().out.startswith("toy: computed 2, reused 0, failed 0 of 2 in ")


def test_an_item_is_computed_once(root: Path, log: Path) -> None:
    run(items("a", "b"))
    first = output()
    run(items("a", "b"))
    assert summary() == (0, 2, 0, 2)
    assert output() == first
    assert calls(log) == ["toy a", "toy b"]


def test_an_item_is_computed_once_also_after_its_stage_was_committed(root: Path, log: Path) -> None:
    run(items("a", "b"))
    cache.commit(root, OUTPUT)
    run(items("a", "b", "c"))
    assert summary() == (1, 2, 0, 3)
    assert [entry.name for entry in (root / ".dvc/cache/fas/journal").iterdir()] == [item("c").key(Toy())]
    run(items("b", "c"))
    assert summary() == (0, 2, 0, 2)
    assert set(output()) == {"b.bin", "c.bin", "index.parquet"}


@pytest.mark.parametrize("forgotten", ["ledger", "lock"])
def test_the_ledger_and_the_locked_output_each_suffice(root: Path, log: Path, forgotten: str) -> None:
    run(items("a"))
    cache.commit(root, OUTPUT)
    run([])
    if forgotten == "lock":
        (root / "dvc.lock").unlink()
    else:
        ledger = root / ".dvc/cache/fas/ledger"
        ledger.rename(root / "gone")
    run(items("a"))
    assert summary() == (0, 1, 0, 1)
    assert len(calls(log)) == 1


def test_a_changed_parameter_computes_anew_and_changed_back_computes_nothing(root: Path, log: Path) -> None:
    for gain in (1, 2, 1, 2):
        run(items("a", "b"), Toy(gain=gain))
        cache.commit(root, OUTPUT)
    assert len(calls(log)) == 4


def test_results_do_not_depend_on_order_or_company(root: Path) -> None:
    run(items("a", "b", "c"))
    together = output()
    run(items("c", "a", "b"), reuse=False)
    assert output() == together
    run(items("b"), reuse=False)
    assert output()["b.bin"] == together["b.bin"]


def test_the_index_does_not_tell_whether_an_item_was_reused(root: Path) -> None:
    run(items("a", "b"))
    first = output()["index.parquet"]
    run(items("b", "a"))
    assert output()["index.parquet"] == first


def test_equal_contents_under_two_names_are_computed_once(root: Path, log: Path) -> None:
    rows = run([item("a", "same"), item("b", "same")])
    assert summary() == (1, 1, 0, 2)
    assert len(calls(log)) == 1
    assert rows[0].record.digest == rows[1].record.digest
    assert output()["a.bin"] == output()["b.bin"]


def test_equal_contents_fail_under_both_names(root: Path, log: Path) -> None:
    run([item("a", "fail"), item("b", "fail")], max_failed=1.0)
    assert summary() == (0, 0, 2, 2)
    assert list(index()["status"]) == ["failed", "failed"]


def test_a_failure_is_a_row_and_is_tried_again(root: Path, log: Path) -> None:
    for _ in range(2):
        run([item("bad", "fail"), *items("a", "b")], max_failed=0.5)
        cache.commit(root, OUTPUT)
    assert index().loc["bad", ["status", "error", "file", "digest"]].to_list() == [
        "failed",
        "ValueError: cannot decode this at all: part",
        "",
        "",
    ]
    assert set(output()) == {"a.bin", "b.bin", "index.parquet"}
    assert summary() == (0, 2, 1, 3)
    assert calls(log).count("toy bad") == 2


def test_failures_have_the_same_bytes_every_time(root: Path) -> None:
    run([item("bad", "fail")], max_failed=1.0)
    first = output()
    run([item("bad", "fail")], max_failed=1.0)
    assert output() == first


def test_a_capture_without_a_face_is_a_result(root: Path, log: Path) -> None:
    for _ in range(2):
        run([item("back", "no_face")], max_failed=0.0)
        cache.commit(root, OUTPUT)
    run([item("back", "no_face")], max_failed=0.0)
    assert index().loc["back", ["status", "error"]].to_list() == ["no_face", "no face in any frame"]
    assert summary() == (0, 1, 0, 1)
    assert len(calls(log)) == 1


def test_a_stage_fails_past_max_failed_and_still_says_what_it_did(root: Path, log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StageError, match=r"stage toy: 1 of 3 items failed, more than max_failed=0.1; the first: bad: ValueError"):
        run([*items("a", "b"), item("bad", "fail")])
    assert summary() == (2, 0, 1, 3)
    assert "computed 2, reused 0, failed 1 of 3" in capsys.readouterr().out
    run([*items("a", "b"), item("bad", "fail")], max_failed=0.34)
    assert summary() == (0, 2, 1, 3)


@pytest.mark.parametrize("text", ["full", "wrapped_full"])
def test_a_full_disk_ends_the_stage_in_one_line_and_finished_items_are_kept(root: Path, log: Path, text: str) -> None:
    with pytest.raises(StageError, match=r"^stage toy: disk full: .*; 2 newly finished items are kept for the next run$") as error:
        run([*items("a", "b"), item("c", text), *items("d")])
    assert "\n" not in str(error.value)
    assert "toy d" not in calls(log), "every further item would have failed alike"
    run(items("a", "b", "d"))
    assert summary() == (1, 2, 0, 3)


def test_failed_items_are_not_told_as_kept(root: Path) -> None:
    with pytest.raises(StageError, match="1 newly finished items are kept"):
        run([*items("a"), item("bad", "fail"), item("c", "full")])


@pytest.mark.parametrize("call", ["remember", "place"])
def test_a_disk_that_fills_up_while_the_stage_writes_is_told_in_one_line(
    root: Path, monkeypatch: pytest.MonkeyPatch, call: str, log: Path
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, os.strerror(28))

    with monkeypatch.context() as patch:
        patch.setattr(f"fas.items.store.Store.{call}", full)
        with pytest.raises(StageError, match=r"^stage toy: cannot write data/toy: No space left on device; finished items are kept$"):
            run(items("a"))
    run(items("a"))
    assert summary() == (0, 1, 0, 1)


def test_a_disk_that_fills_up_under_the_index_is_told_in_one_line(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr("fas.items.engine.write_table", full)
    with pytest.raises(StageError, match="No space left on device; finished items are kept"):
        run(items("a"))


@pytest.mark.parametrize("obstacle", ["data", ".fas", ".dvc/cache/fas/journal"])
def test_an_output_that_cannot_be_written_is_told_in_one_line(root: Path, log: Path, obstacle: str) -> None:
    Path(obstacle).parent.mkdir(parents=True, exist_ok=True)
    Path(obstacle).write_text("a file where a folder should be")
    with pytest.raises(UserError, match=r"^stage toy: cannot write") as error:
        run(items("a"))
    assert "\n" not in str(error.value)
    assert calls(log) == []


def test_what_stood_in_the_output_before_is_gone(root: Path) -> None:
    (root / OUTPUT / "old").mkdir(parents=True)
    (root / OUTPUT / "old" / "stale.bin").write_bytes(b"stale")
    run(items("a"))
    assert set(output()) == {"a.bin", "index.parquet"}


def test_a_stage_without_items_writes_an_empty_index(root: Path, log: Path) -> None:
    run([])
    assert summary() == (0, 0, 0, 0)
    assert len(index()) == 0
    cache.commit(root, OUTPUT)
    run(items("a"))
    assert summary() == (1, 0, 0, 1)


def test_two_phases_are_one_output(root: Path, log: Path) -> None:
    for expected in ((2, 0, 0, 2), (0, 2, 0, 2)):
        with Stage("toy", OUTPUT, config=SERIAL) as stage:
            (fit,) = stage.run(Toy("fit", file="model.bin"), [item("fit", folder="run", file="")])
            digest = fit.record.digest
            assert (stage.folder / "run" / "model.bin").is_file(), "the second phase may read what the first one made"
            stage.run(Toy("score"), [item("score", folder="run", inputs={"model": digest})])
        assert summary() == expected
        assert set(output()) == {"run/model.bin", "run/score.bin", "index.parquet"}


@pytest.mark.parametrize("reuse", [True, False])
def test_equal_items_of_two_phases_are_computed_once(root: Path, log: Path, reuse: bool) -> None:
    with Stage("toy", OUTPUT, config=SERIAL, reuse=reuse) as stage:
        stage.run(Toy(), [item("a", "same")])
        stage.run(Toy(), [item("b", "same"), item("c")])
    assert calls(log) == ["toy a", "toy c"]
    assert summary() == (2, 1, 0, 3)
    assert output()["a.bin"] == output()["b.bin"]


def test_names_are_unique_over_all_phases(root: Path) -> None:
    with pytest.raises(UserError, match="two items have one name: a"):
        run([item("a"), item("a", "other")])
    with pytest.raises(UserError, match="two items have one name: a"), Stage("toy", OUTPUT, config=SERIAL) as stage:
        stage.run(Toy(), items("a"))
        stage.run(Toy("other"), items("a"))


@pytest.mark.parametrize("file", ["same.bin", "index.parquet"])
def test_no_item_overwrites_another_ones_file(root: Path, file: str) -> None:
    with pytest.raises(UserError, match=f"stage toy: .* would both write {OUTPUT}/{file}"):
        run([item("a", file=file), item("b", file=file)])


def test_a_blocked_item_is_reused_and_never_computed(root: Path, log: Path) -> None:
    with pytest.raises(UserError, match="stage toy: 1 items are not computed yet and cannot be here: no root"):
        run([item("a", blocked="no root")])
    assert calls(log) == []
    run(items("a"))
    run([item("a", blocked="no root")])
    assert summary() == (0, 1, 0, 1)


@pytest.mark.parametrize("order", [1, -1])
def test_a_blocked_item_is_computed_through_an_equal_one(root: Path, log: Path, order: int) -> None:
    run([item("a", "same", blocked="no root"), item("b", "same")][::order])
    assert calls(log) == ["toy b"]


def test_without_reuse_everything_is_computed(root: Path, log: Path) -> None:
    run(items("a", "b"))
    cache.commit(root, OUTPUT)
    run(items("a", "b"), reuse=False)
    assert summary() == (2, 0, 0, 2)
    assert len(calls(log)) == 4


def test_without_reuse_checkpoints_are_dropped(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Resuming(Toy):
        def work(self, task: Any, out: Path, scratch: Path) -> None:
            (out / self.file).write_bytes(b"resumed" if scratch.exists() else b"from the start")
            scratch.mkdir(parents=True, exist_ok=True)
            if task[1] == "first":
                raise ValueError("interrupted")

    for reuse, expected in ((True, b"resumed"), (False, b"from the start")):
        for task in ("first", "second"):
            run([item("a", task=("a", task), inputs={"reuse": reuse})], Resuming(), max_failed=1.0, reuse=reuse)
        assert output()["a.bin"] == expected


def test_checkpoints_of_a_finished_item_are_gone(root: Path) -> None:
    class Scratching(Toy):
        def work(self, task: Any, out: Path, scratch: Path) -> None:
            scratch.mkdir(parents=True)
            super().work(task, out, scratch)

    run(items("a"), Scratching())
    assert list((root / ".dvc/cache/fas/scratch").iterdir()) == []


def test_a_failed_setup_is_told_in_one_line(root: Path) -> None:
    with pytest.raises(UserError, match=r"^ValueError: no weights there$"):
        run(items("a"), Toy(broken="no weights\nthere"))


def test_an_output_has_one_owner(root: Path, log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fas.items.engine.Owner", partial(Owner, patience=0.2))
    busy = rf"data/toy \(stage toy\) is being written by another run \(process {os.getpid()}\)"
    with Owner(Path(".fas/locks/toy.lock"), "it"), pytest.raises(UserError, match=busy):
        run(items("a"))
    assert calls(log) == []
    run(items("a"))
    assert summary() == (1, 0, 0, 1)


def test_a_stage_that_failed_gives_its_output_free(root: Path) -> None:
    with pytest.raises(StageError):
        run([item("a", "full")])
    run(items("a"))
    assert summary() == (1, 0, 0, 1)


def test_a_shared_cache_can_be_written_by_the_group(root: Path) -> None:
    before = os.umask(0o022)
    try:
        (root / ".dvc/config.local").write_text("[cache]\n    shared = group\n")
        run(items("a"))
        folders = [path for path in (root / ".dvc/cache/fas").rglob("*") if path.is_dir()]
        assert folders
        assert all(path.stat().st_mode & 0o020 for path in folders)
    finally:
        os.umask(before)


def test_no_time_and_no_path_is_in_an_output(root: Path) -> None:
    run([*items("a"), item("bad", "fail"), item("back", "no_face")], max_failed=0.5)
    table = index()
    assert table["seconds"].isna().all()
    assert str(root) not in json.dumps(table.drop(columns="seconds").to_dict())
