"""Executors: equal results, a worker process that dies, a setup that fails, and no process that outlives its stage."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from toystages.worker import Toy, calls

from fas.config import Config, Runtime
from fas.errors import UserError
from fas.executors import Executor, Processes, Serial, executor
from fas.items.item import Record
from fas.items.perform import Done, Job

RUNTIME = Runtime()


@pytest.fixture
def folder(tmp_path: Path, log: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def hands() -> Iterator[Processes]:
    """Two worker processes, not yet started."""
    processes = Processes(RUNTIME, 2)
    yield processes
    processes.stop()
    assert multiprocessing.active_children() == []


def jobs(folder: Path, *texts: str) -> list[Job]:
    return [Job(f"k{i}", text, (str(i), text), folder / "journal" / f"k{i}", folder / "scratch" / f"k{i}") for i, text in enumerate(texts)]


def compute(hands: Executor, todo: list[Job], worker: Toy | None = None) -> dict[str, Done]:
    hands.start(worker or Toy())
    return {done.key: done for done in hands.run(todo)}


def statuses(done: dict[str, Done]) -> dict[str, str]:
    return {key: done[key].record.status for key in sorted(done)}


def test_serial_and_processes_give_the_same_records(tmp_path: Path, hands: Processes, log: Path) -> None:
    texts = ("one", "no_face", "fail", "two", "three")
    records: list[dict[str, Record]] = []
    for name, chosen in (("serial", Serial(RUNTIME)), ("processes", hands)):
        done = compute(chosen, jobs(tmp_path / name, *texts))
        records.append({key: done[key].record for key in sorted(done)})
    assert records[0] == records[1]
    assert [record.status for record in records[0].values()] == ["ok", "no_face", "failed", "ok", "ok"]
    assert sorted(calls(log)) == sorted([f"toy {i}" for i in range(5)] * 2)


def test_a_process_that_dies_costs_its_item_only(folder: Path, hands: Processes) -> None:
    done = compute(hands, jobs(folder, "one", "die", "two", "die", "three", "die", "four"))
    assert statuses(done) == {"k0": "ok", "k1": "failed", "k2": "ok", "k3": "failed", "k4": "ok", "k5": "failed", "k6": "ok"}
    assert done["k1"].record.error == "the worker process was killed by signal 9 (out of memory?)"
    assert not (folder / "journal" / "k1").exists()


def test_a_process_that_died_while_it_waited_is_replaced(folder: Path, hands: Processes) -> None:
    hands.start(Toy())
    for process, _ in hands.hands:
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
    done = {done.key: done for done in hands.run(jobs(folder, "one", "two", "three"))}
    assert statuses(done) == {"k0": "ok", "k1": "ok", "k2": "ok"}


def test_a_single_item_that_kills_its_process_is_a_row(folder: Path) -> None:
    hands = executor(Config(executor="processes", workers=2), jobs=1, cpus=1)
    try:
        assert statuses(compute(hands, jobs(folder, "die"))) == {"k0": "failed"}
    finally:
        hands.stop()


@pytest.mark.parametrize("kind", ["serial", "processes"])
def test_a_failed_setup_is_one_line(folder: Path, hands: Processes, kind: str) -> None:
    chosen: Executor = hands if kind == "processes" else Serial(RUNTIME)
    with pytest.raises(UserError, match=r"^ValueError: no weights there$"):
        chosen.start(Toy(broken="no weights\n there"))


class Dying(Toy):
    """Ends the process while it is set up."""

    def setup(self, runtime: Runtime) -> None:
        os._exit(3)


def test_a_process_that_ends_in_its_setup_is_one_line(hands: Processes) -> None:
    with pytest.raises(UserError, match=r"^a worker process ended while it was set up: the worker process ended with 3$"):
        hands.start(Dying())


def test_a_full_disk_stops_the_stage(folder: Path, hands: Processes) -> None:
    done = compute(hands, jobs(folder, "full"))
    assert done["k0"].fatal.startswith("disk full: ")


def test_what_is_under_way_is_ended_when_the_stage_ends_early(folder: Path, hands: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_SLEEP", "600")
    hands.start(Toy())
    running = hands.run(jobs(folder, "one", "two", "three"))
    hands.hands[0][0].kill()
    assert next(running).record.status == "failed"
    running.close()
    for process, _ in hands.hands:
        process.join(timeout=60)
        assert not process.is_alive()


@pytest.mark.parametrize(
    ("settings", "cpus", "count"),
    [
        ({"executor": "serial", "workers": 4}, 1, 0),
        ({"executor": "processes", "workers": 4}, 0, 0),
        ({"executor": "processes", "workers": 6, "device": "cpu"}, 0, 2),
        ({"executor": "processes", "workers": 6, "device": "cuda"}, 0, 0),
        ({"executor": "serial", "workers": 6, "device": "cpu"}, 0, 0),
        ({"executor": "processes", "workers": 4}, 1, 4),
        ({"executor": "processes", "workers": 4}, 2, 2),
        ({"executor": "processes", "workers": 1}, 2, 1),
        ({"executor": "processes", "workers": 16}, 1, 8),
    ],
)
def test_as_many_processes_as_fit(settings: dict[str, Any], cpus: int, count: int) -> None:
    chosen = executor(Config(**settings, threads=3), jobs=8, cpus=cpus)
    assert (chosen.count if isinstance(chosen, Processes) else 0) == count
    assert isinstance(chosen, Processes | Serial)
    assert chosen.runtime.threads == (cpus or 3)
