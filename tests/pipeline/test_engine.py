"""The item engine under the real `dvc`: a toy pipeline of three stages, and everything that must hold when it is run, killed and shared."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from toystages.repository import Repository, interrupt, processes, wait_until
from toystages.worker import calls

pytestmark = pytest.mark.pipeline

FEW = [f"{'train' if number < 5 else 'test'}{number:03}" for number in range(10)]
EVERYTHING_REUSED = {"a": (0, 10, 10), "b": (0, 10, 10), "c": (0, 2, 2)}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """Ten captures, nothing computed yet. To be copied, not to be run."""
    base = tmp_path_factory.mktemp("toy")
    repository = Repository(base / "fresh", base / "compiled")
    repository.initialise(FEW)
    return repository


@pytest.fixture(scope="module")
def done(fresh: Repository) -> Repository:
    """Ten captures, all stages computed and committed. To be copied, not to be run."""
    repository = fresh.copy(fresh.base.parent / "done")
    assert repository.repro() == {"a": (10, 0, 10), "b": (10, 0, 10), "c": (2, 0, 2)}
    assert len(repository.calls()) == 22
    repository.commit()
    return repository


@pytest.fixture
def toy(done: Repository, tmp_path: Path) -> Repository:
    """A pipeline of its own for one test, all stages computed."""
    return done.copy(tmp_path / "toy")


@pytest.fixture
def new(fresh: Repository, tmp_path: Path) -> Repository:
    """A pipeline of its own for one test, nothing computed."""
    return fresh.copy(tmp_path / "toy")


def test_a_second_repro_runs_nothing(toy: Repository) -> None:
    assert toy.repro() == {}
    assert toy.calls() == []


def test_one_capture_added_to_two_hundred_is_one_item(new: Repository) -> None:
    new.capture(*(f"test{number:03}" for number in range(len(FEW), 200)))
    assert new.repro("b") == {"a": (200, 0, 200), "b": (200, 0, 200)}
    assert len(new.calls()) == 400
    new.capture("test999")
    assert new.repro("b") == {"a": (1, 200, 201), "b": (1, 200, 201)}
    assert new.calls() == ["a test999", "b test999"]


def test_a_new_test_capture_retrains_nothing(toy: Repository) -> None:
    toy.capture("test999")
    assert toy.repro() == {"a": (1, 10, 11), "b": (1, 10, 11), "c": (1, 1, 2)}
    assert toy.calls() == ["a test999", "b test999", "score A"]


def test_a_removed_capture_is_gone_from_every_output(toy: Repository) -> None:
    toy.remove("test007")
    assert toy.repro() == {"a": (0, 9, 9), "b": (0, 9, 9), "c": (1, 1, 2)}
    for folder in ("data/a", "data/b"):
        assert "test007.bin" not in toy.output(folder)
        assert "test007" not in set(pd.read_parquet(toy.root / folder / "index.parquet")["item"])
    assert toy.calls() == ["score A"]


def test_a_parameter_changed_and_changed_back_computes_nothing(toy: Repository) -> None:
    toy.set("b", gain=2)
    assert toy.repro() == {"b": (10, 0, 10), "c": (2, 0, 2)}
    toy.calls()
    toy.set("b", gain=1)
    assert toy.repro("--no-run-cache") == {"b": (0, 10, 10), "c": (0, 2, 2)}
    assert toy.calls() == []


def test_equal_bytes_stop_the_ripple(toy: Repository) -> None:
    before = toy.output("data/b")
    toy.set("a", effort=2)
    assert toy.repro() == {"a": (10, 0, 10), "b": (0, 10, 10)}, "b: no item has changed; c: not even a file"
    assert toy.calls() == [f"a {name}" for name in sorted(FEW)]
    assert toy.output("data/b") == before


def test_run_sets_one_by_one_and_together_train_nothing_twice(toy: Repository) -> None:
    toy.set("c", runs=["B"])
    assert toy.repro() == {"c": (2, 0, 2)}
    toy.set("c", runs=["A", "B"])
    assert toy.repro() == {"c": (0, 4, 4)}
    assert toy.calls() == ["fit B", "score B"]


def test_experiments_elsewhere_share_what_is_computed(toy: Repository) -> None:
    toy.git("rm", "-q", "--cached", "dvc.lock")
    toy.git("commit", "-q", "-m", "a lock file need not be tracked")
    toy.capture("test999")
    toy.dvc("exp", "run", "--temp", "-S", "c.runs=[B]", FAS_EXECUTOR="processes", FAS_WORKERS="2")
    assert toy.calls() == ["a test999", "b test999", "fit B", "score B"]
    toy.dvc("exp", "run", "--temp", "-S", "c.runs=[A,B]")
    assert toy.calls() == ["score A"]
    toy.set("c", runs=["B"])
    assert toy.repro("--no-run-cache") == {"a": (0, 11, 11), "b": (0, 11, 11), "c": (0, 2, 2)}


def test_queued_experiments_share_what_is_computed(toy: Repository) -> None:
    for runs in ("[B]", "[A,B,C]"):
        toy.dvc("exp", "run", "--queue", "-S", f"c.runs={runs}")
    try:
        toy.dvc("queue", "start")
        assert wait_until(lambda: "score C" in calls(toy.log), within=120), toy.dvc("queue", "status")
    finally:
        toy.dvc("queue", "stop", "--kill", check=False)
    assert toy.calls() == ["fit B", "fit C", "score B", "score C"]


def test_another_executor_recomputes_nothing_and_makes_the_same_bytes(toy: Repository) -> None:
    lock = (toy.root / "dvc.lock").read_text()
    assert toy.repro("-f", FAS_EXECUTOR="processes", FAS_WORKERS="2") == EVERYTHING_REUSED
    assert toy.calls() == []
    assert (toy.root / "dvc.lock").read_text() == lock


def test_a_fresh_clone_computes_only_what_the_remote_lacks(toy: Repository, tmp_path: Path) -> None:
    toy.dvc("remote", "add", "--default", "storage", str(tmp_path / "storage"))
    toy.commit()
    toy.dvc("push")
    clone = Repository(tmp_path / "clone", toy.compiled)
    clone.raw.mkdir(parents=True)
    subprocess.run(["git", "clone", "-q", str(toy.root), str(clone.root)], check=True)
    assert clone.repro("--pull", "--allow-missing") == {}
    clone.capture("test999")
    assert clone.repro("--pull", "--allow-missing") == {"a": (1, 10, 11), "b": (1, 10, 11), "c": (1, 1, 2)}
    assert clone.calls() == ["a test999", "b test999", "score A"]
    cloned = clone.output("data/b")
    assert all(cloned[name] == content for name, content in toy.output("data/b").items() if name != "index.parquet")


def test_a_remote_that_is_out_of_reach_is_no_obstacle(toy: Repository) -> None:
    toy.dvc("remote", "add", "--default", "storage", str(toy.base / "nowhere"))
    toy.capture("test999")
    for folder in ("files", "fas/journal"):
        shutil.rmtree(toy.root / ".dvc" / "cache" / folder)
    assert toy.repro("a") == {"a": (11, 0, 11)}


@pytest.mark.parametrize(
    ("how", "group", "executor"),
    [(signal.SIGKILL, False, "processes"), (signal.SIGKILL, True, "serial"), (signal.SIGINT, True, "processes")],
    ids=["kill-dvc", "kill-group", "interrupt-group"],
)
def test_a_killed_run_leaves_no_orphan_and_loses_nothing(new: Repository, how: signal.Signals, group: bool, executor: str) -> None:
    running = new.start("a", FAS_EXECUTOR=executor, FAS_WORKERS="2", TOY_SLEEP="0.3")
    assert wait_until(lambda: len(_finished(new)) >= 4)
    interrupt(running, how, group)
    assert wait_until(lambda: processes(new) == [], within=20)
    kept = len(_finished(new))
    assert 4 <= kept < 10
    assert new.repro("a") == {"a": (10 - kept, kept, 10)}
    calls = new.calls()
    assert set(calls) == {f"a {name}" for name in FEW}
    assert len(calls) <= 10 + 2, "only what was under way is computed again"


def _finished(repository: Repository) -> list[Path]:
    return list(repository.journal.glob("*[!.]/.record.json"))


def test_a_kill_between_the_stages_end_and_the_commit_loses_nothing(new: Repository) -> None:
    new.capture("test998", text="no_face")
    new.run(sys.executable, "-m", "toystages.a")
    assert new.summaries() == {"a": (11, 0, 11)}
    shutil.rmtree(new.root / "data")
    shutil.rmtree(new.root / ".dvc" / "cache" / "fas" / "ledger")
    assert new.repro("a") == {"a": (0, 11, 11)}
    assert len(new.calls()) == 11


def test_failures_are_rows_and_are_tried_again(new: Repository) -> None:
    new.capture("test998", text="fail")
    assert new.repro("a") == {"a": (10, 0, 11)}
    assert new.repro("-f", "a") == {"a": (0, 10, 11)}
    assert new.calls().count("a test998") == 2


def test_a_full_disk_fails_the_stage_and_keeps_what_is_finished(new: Repository) -> None:
    manifest = (new.root / "manifest.csv").read_text()
    new.capture("test998", text="full")
    output = new.dvc("repro", "a", check=False)
    assert "error: stage a: disk full: OSError: [Errno 28] No space left on device: " in output
    assert "10 newly finished items are kept for the next run" in output
    assert "Traceback" not in output
    (new.root / "manifest.csv").write_text(manifest)
    assert new.repro("a") == {"a": (0, 10, 10)}


@pytest.mark.parametrize("kind", ["copy", "hardlink"])
def test_large_items_are_placed_as_the_cache_type_says(new: Repository, kind: str) -> None:
    new.set("a", size=2_000_000)
    new.dvc("config", "cache.type", kind)
    new.repro("a")
    first = new.output("data/a")
    new.capture("test999")
    assert new.repro("a") == {"a": (1, 10, 11)}
    assert all(_placed(path) == kind for path in (new.root / "data" / "a").glob("*.bin"))
    second = new.output("data/a")
    assert all(second[name] == content for name, content in first.items() if name != "index.parquet")
    assert "uncommitted" not in new.dvc("data", "status"), "the cache has what the workspace has"


def _placed(path: Path) -> str:
    return "hardlink" if path.stat().st_nlink > 1 else "copy"
