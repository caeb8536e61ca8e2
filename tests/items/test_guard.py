"""One owner per output; a stage and its workers end with the process that started them."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from fas.errors import UserError
from fas.items.guard import Owner

# A stage as `dvc` starts it: it guards itself, has a child of its own, tells both process ids and waits.
STAGE = """
import os, subprocess, sys, time
from fas.items.guard import end_with_parent
end_with_parent(0.05)
child = subprocess.Popen(["sleep", "600"])
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""
# `dvc`: starts a command through a shell and waits for it.
STARTER = "import subprocess, sys; subprocess.run(sys.argv[1:])"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "locks" / "toy.lock"


def gone(pids: list[int], within: float = 20.0) -> bool:
    """Whether all processes end in time."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if not any(_runs(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def start(shell: list[str], environment: dict[str, str]) -> tuple[subprocess.Popen[str], list[int]]:
    """A starter with a stage behind `shell`; the stage's and its child's process ids."""
    command = [sys.executable, "-c", STARTER, *shell, f'"{sys.executable}" -c "$STAGE"; exit 0']
    starter = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "STAGE": STAGE, **environment})
    assert starter.stdout is not None
    return starter, [int(pid) for pid in starter.stdout.readline().split()]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
@pytest.mark.parametrize("shell", [["sh", "-c"], ["bash", "--noprofile", "--norc", "-c"]])
def test_a_stage_and_its_children_end_with_the_dvc_behind_the_shell(shell: list[str], how: signal.Signals) -> None:
    starter, pids = start(shell, {"DVC_STAGE": "toy"})
    assert len(pids) == 2
    assert all(_runs(pid) for pid in pids)
    starter.send_signal(how)
    starter.wait()
    assert gone(pids)


def test_a_stage_that_is_started_by_hand_outlives_its_terminal() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DVC_STAGE"}
    command = [sys.executable, "-c", STARTER, sys.executable, "-c", STAGE]
    starter = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert starter.stdout is not None
    pids = [int(pid) for pid in starter.stdout.readline().split()]
    try:
        starter.kill()
        starter.wait()
        assert not gone(pids, within=0.5)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGKILL)


def test_a_lock_is_taken_given_free_and_taken_again(lock: Path) -> None:
    for _ in range(2):
        with Owner(lock, "it"):
            assert lock.read_text() == str(os.getpid())


def test_a_second_owner_is_told_who_the_first_one_is(lock: Path) -> None:
    busy = rf"^data is being written by another run \(process {os.getpid()}\); wait for it or end it$"
    with Owner(lock, "data"), pytest.raises(UserError, match=busy), Owner(lock, "data", patience=0.2):
        pass


def test_a_successor_waits_for_an_owner_that_is_about_to_end(lock: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from fas.items.guard import Owner\n"
        "with Owner(Path(sys.argv[1]), 'it'): print('mine', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == "mine\n"
        with pytest.raises(UserError), Owner(lock, "it", patience=0):
            pass
        other.stdin.close()
        with Owner(lock, "it"):
            assert lock.read_text() == str(os.getpid())


def test_the_lock_of_a_killed_owner_is_free(lock: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from fas.items.guard import Owner\n"
        "with Owner(Path(sys.argv[1]), 'it'): print('mine', flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "mine\n"
        other.kill()
    with Owner(lock, "it", patience=0):
        pass
