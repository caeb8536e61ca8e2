"""A stage that runs items: take what is known, compute the rest, write the index, say what was done in one line."""

import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import pandas as pd
from tqdm import tqdm

from fas import config as user_config
from fas.errors import StageError, UserError
from fas.executors import executor
from fas.files import write_json, write_table
from fas.items.bundle import MEMBERS, Bundle, told
from fas.items.guard import Owner, end_with_parent
from fas.items.item import FAILED, Item, Record
from fas.items.perform import Done, Job
from fas.items.store import Store
from fas.items.worker import Worker

INDEX = "index.parquet"
LAST = Path(".fas") / "last"


@dataclass(frozen=True)
class Finished:
    """A key's result: taken from an earlier run (`reused`) or computed in `seconds`."""

    record: Record
    reused: bool
    seconds: float


@dataclass(frozen=True)
class Row:
    """A finished item of this run. `seconds` is 0 for what was reused."""

    item: Item
    key: str
    record: Record
    reused: bool
    seconds: float

    @property
    def file(self) -> str:
        """The path of the item's first file below the stage's output; empty when it has none."""
        files = self.record.files
        return self.item.path(files[0].name) if files else ""


class Stage:
    """One stage of the pipeline: `with Stage("frames", "data/frames") as stage: stage.run(worker, items)`.

    `run` may be called several times (trainings, then scorings). On leaving, the index and the summary are written.
    `reuse=False` (`FAS_REUSE=0`) computes everything anew.

    Raises:
        UserError: the output folder cannot be written or belongs to another run.
        StageError: more than `max_failed` of the items failed, or the machine gave out. Finished items are kept.
    """

    def __init__(
        self, name: str, output: str, max_failed: float = 0.1, config: user_config.Config | None = None, reuse: bool = True
    ) -> None:
        self.name = name
        self.output = output
        self.folder = Path(output)
        self.max_failed = max_failed
        self.config = config or user_config.load()
        self.reuse = reuse
        self.rows: list[Row] = []
        self._taken = {INDEX: "the index"}
        self._start = time.monotonic()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        end_with_parent()
        try:
            self._stack.enter_context(Owner(Path(".fas") / "locks" / f"{self.name}.lock", f"{self.output} (stage {self.name})"))
            self.store = Store(Path.cwd())
            if self.store.cache.shared:
                os.umask(0o002)
            self.store.tidy()
            if self.folder.exists():
                shutil.rmtree(self.folder)
            self.folder.mkdir(parents=True)
        except OSError as error:
            self._stack.close()
            raise UserError(f"stage {self.name}: cannot write {error.filename or self.output}: {error.strerror or error}") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._stack:
            if kind is None:
                self._finish()

    def run(self, worker: Worker, items: Sequence[Item]) -> list[Row]:
        """The results of all items, in the items' order: reused where their key is known, computed otherwise."""
        for name, count in Counter([item.name for item in items] + [row.item.name for row in self.rows]).items():
            if count > 1:
                raise UserError(f"stage {self.name}: two items have one name: {name}")
        depends = worker.depends() if items else {}
        keys = [item.key(worker, depends) for item in items]
        made = {row.key: row.record for row in self.rows}  # by an earlier call of this run
        known = self.store.find(keys, self.output) if self.reuse else {}
        known |= {key: made[key] for key in keys if key in made}
        finished = {key: Finished(record, True, 0.0) for key, record in known.items()}
        missing: dict[str, Item] = {}
        for key, item in zip(keys, items, strict=True):
            if key not in finished and (key not in missing or missing[key].blocked):
                missing[key] = item
        if any(item.blocked for item in missing.values()):
            before = self.store.failed_before(self.output)
            finished |= {key: Finished(before[key], True, 0.0) for key, item in missing.items() if item.blocked and key in before}
            missing = {key: item for key, item in missing.items() if key not in finished}
        if missing:
            finished |= self._compute(worker, missing)
        rows = []
        for key, item in zip(keys, items, strict=True):
            rows.append(self._keep(item, key, finished[key]))
            finished[key] = Finished(finished[key].record, True, 0.0)  # an equal item under another name shares the result
        self.rows += rows
        return rows

    def _compute(self, worker: Worker, missing: Mapping[str, Item]) -> dict[str, Finished]:
        blocked = [item for item in missing.values() if item.blocked]
        if blocked:
            raise UserError(f"stage {self.name}: {len(blocked)} items are not computed yet and cannot be here: {blocked[0].blocked}")
        hands = executor(self.config, len(missing), getattr(worker, "cpus", 1), getattr(worker, "gpu", False))
        jobs = [Job(key, item.name, item.task, self.store.journal(key), self.store.scratch(key)) for key, item in missing.items()]
        if not self.reuse:
            for key in missing:
                self.store.forget(key)
        done: dict[str, Finished] = {}
        try:
            hands.start(worker)
            with tqdm(total=len(jobs), desc=self.name, unit="item", disable=not sys.stderr.isatty()) as bar:
                for result in hands.run(jobs):
                    if result.fatal:
                        kept = sum(finished.record.status != FAILED for finished in done.values())
                        raise StageError(f"stage {self.name}: {result.fatal}; {kept} newly finished items are kept for the next run")
                    done[result.key] = self._finished(result)
                    bar.update()
        finally:
            hands.stop()
        return done

    def _finished(self, result: Done) -> Finished:
        if result.record.status != FAILED:
            with self._writing():
                self.store.remember(result.key, result.record)
        return Finished(result.record, False, result.seconds)

    def _keep(self, item: Item, key: str, finished: Finished) -> Row:
        for path in (item.path(file.name) for file in finished.record.files):
            if path in self._taken:
                raise UserError(f"stage {self.name}: {item.name} and {self._taken[path]} would both write {self.output}/{path}")
            self._taken[path] = item.name
        with self._writing():
            self.store.place(key, finished.record, item, self.folder)
        return Row(item, key, finished.record, finished.reused, finished.seconds)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StageError(f"stage {self.name}: cannot write {self.output}: {error.strerror or error}; finished items are kept") from None

    def index(self) -> pd.DataFrame:
        """One row per item, sorted by name. `seconds` stays empty here, for times would make equal results differ; see `.fas/last`."""
        rows = sorted(self.rows, key=lambda row: row.item.name)
        table = {
            "item": [row.item.name for row in rows],
            **{name: [row.item.ids.get(name, "") for row in rows] for name in dict.fromkeys(name for row in rows for name in row.item.ids)},
            "key": [row.key for row in rows],
            "status": [row.record.status for row in rows],
            "error": [row.record.error for row in rows],
            "file": [row.file for row in rows],
            "seconds": pd.Series([None] * len(rows), dtype="float64"),
            "digest": [row.record.digest for row in rows],
            "files": [json.dumps([[file.name, file.md5, file.size] for file in row.record.files]) for row in rows],
        }
        return pd.DataFrame(table)

    def members(self) -> pd.DataFrame:
        """A line per member of the bundles, with the index's columns, `member` (its number in the file) and `digest` (of the whole file).

        Empty where there is no bundle.
        """
        lines = [
            {**about, "clip": clip, "status": status, "error": error, "member": number}
            for row in sorted(self.rows, key=lambda row: row.item.name)
            if isinstance(row.item.task, Bundle) and row.file
            for about in [{"item": row.item.name, **row.item.ids, "file": row.file, "digest": row.record.digest}]
            for number, (clip, status, error) in enumerate(told(self.folder / row.file))
        ]
        return pd.DataFrame(lines)

    def _finish(self) -> None:
        failed = [row for row in self.rows if row.record.status == FAILED]
        computed = sum(not row.reused and row.record.status != FAILED for row in self.rows)
        seconds = time.monotonic() - self._start
        total = len(self.rows)
        summary = {
            "computed": computed,
            "reused": total - computed - len(failed),
            "failed": len(failed),
            "total": total,
            "seconds": round(seconds, 2),
        }
        times = pd.DataFrame([{"item": row.item.name, "seconds": round(row.seconds, 3), "reused": row.reused} for row in self.rows])
        shared = self.members()
        with self._writing():
            write_table(self.folder / INDEX, self.index())
            if len(shared):
                write_table(self.folder / MEMBERS, shared)
            write_json(LAST / f"{self.name}.json", {"stage": self.name, **summary})
            write_table(LAST / f"{self.name}.items.csv", times)
        print(
            f"{self.name}: computed {computed}, reused {summary['reused']}, failed {len(failed)} of {total} in {seconds:.1f} s", flush=True
        )
        self._refuse("items", [(row.item.name, row.record.error) for row in failed], total)
        if len(shared):
            bad = shared[shared["status"] == FAILED]
            self._refuse("captures in shared files", list(zip(bad["clip"], bad["error"], strict=True)), len(shared))

    def _refuse(self, what: str, failed: list[tuple[str, str]], total: int) -> None:
        if len(failed) > self.max_failed * total:
            name, error = failed[0]
            raise StageError(
                f"stage {self.name}: {len(failed)} of {total} {what} failed, more than max_failed={self.max_failed}; "
                f"the first: {name}: {error}"
            )
