"""Several items at once: the records are those of one at a time, whoever fails or dies among them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from toystages.worker import Grouped, calls

from fas.config import Runtime
from fas.executors import Processes, Serial
from fas.items.item import Record
from fas.items.perform import Job, groups

TEXTS = ("one", "no_face", "fail", "three", "four", "fifty", "six")


@pytest.fixture
def hands() -> Iterator[Processes]:
    processes = Processes(Runtime(), 2)
    yield processes
    processes.stop()


def jobs(folder: Path, texts: tuple[str, ...]) -> list[Job]:
    return [Job(f"k{i}", text, (str(i), text), folder / "journal" / f"k{i}", folder / "scratch" / f"k{i}") for i, text in enumerate(texts)]


def records(hands: Serial | Processes, folder: Path, texts: tuple[str, ...], group: int) -> list[Record]:
    hands.start(Grouped(group=group))
    done = {done.key: done.record for done in hands.run(jobs(folder, texts))}
    assert len(done) == len(texts)
    return [done[key] for key in sorted(done)]


@pytest.fixture
def alone(tmp_path: Path, log: Path) -> list[Record]:
    return records(Serial(Runtime()), tmp_path / "alone", TEXTS, 1)


@pytest.mark.parametrize("group", [2, 3, 100])
def test_a_group_gives_the_records_of_one_at_a_time(tmp_path: Path, log: Path, alone: list[Record], group: int) -> None:
    assert [record.status for record in alone] == ["ok", "no_face", "failed", "ok", "ok", "ok", "ok"]
    assert records(Serial(Runtime()), tmp_path / "group", TEXTS, group) == alone
    written = {path.relative_to(tmp_path / "group"): path.read_bytes() for path in (tmp_path / "group").rglob("*.npz")}
    assert len(written) == 5
    assert all((tmp_path / "alone" / path).read_bytes() == data for path, data in written.items())


def test_processes_share_the_groups(tmp_path: Path, log: Path, alone: list[Record], hands: Processes) -> None:
    assert records(hands, tmp_path / "group", TEXTS, 3) == alone
    assert "together 0 1 2" in calls(log)


def test_where_a_group_fails_as_a_whole_each_is_done_by_itself(tmp_path: Path, log: Path) -> None:
    found = records(Serial(Runtime()), tmp_path, ("one", "spoil", "three"), 3)
    assert [record.status for record in found] == ["ok", "failed", "ok"]
    assert found[1].error == "ValueError: spoilt"


def test_a_process_that_dies_costs_only_the_item_at_fault(tmp_path: Path, log: Path, hands: Processes) -> None:
    found = records(hands, tmp_path, ("one", "die", "three", "four", "five", "six"), 3)
    assert [record.status for record in found] == ["ok", "failed", "ok", "ok", "ok", "ok"]
    assert "killed by signal 9" in found[1].error


def test_all_processes_have_something_to_do(tmp_path: Path) -> None:
    todo = jobs(tmp_path, ("a",) * 7)
    assert [len(group) for group in groups(Grouped(group=100), todo, 2)] == [4, 3]
    assert [len(group) for group in groups(Grouped(group=3), todo, 1)] == [3, 3, 1]
    assert [len(group) for group in groups(None, todo, 2)] == [1] * 7
