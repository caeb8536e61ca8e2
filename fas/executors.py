"""Who computes the items: this process (`serial`) or several (`processes`). Chosen in the user's config, never in params.yaml.

An executor has three calls: `start(worker)`, `run(jobs)` (yields each job's outcome as it is ready, in any order) and `stop()`.
Another executor (a cluster's) joins by offering the same three.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Protocol

from fas.config import Config, Runtime
from fas.errors import UserError
from fas.items.item import FAILED, Record
from fas.items.perform import Done, Job, groups, one_line, perform_together
from fas.items.worker import Worker


class Executor(Protocol):
    """Computes jobs with one worker."""

    def start(self, worker: Worker) -> None:
        """Set the worker up.

        Raises:
            UserError: what its own setup says (a missing weight file, say).
        """
        ...

    def run(self, jobs: Sequence[Job]) -> Iterator[Done]:
        """Compute the jobs: the outcome of each as soon as it is ready, in any order. A job that fails has a failed record."""
        ...

    def stop(self) -> None:
        """Let go of what `start` took."""
        ...


def executor(config: Config, jobs: int, cpus: int, gpu: bool = False) -> Executor:
    """The configured executor for `jobs` items of a worker that needs `cpus` processors each.

    0 is a training: it takes the user's `threads`, so many at once as fit in `workers`, and one at a time on a GPU. So does a worker that
    computes on a GPU where there is one (`gpu`).
    """
    runtime = config.runtime(cpus)
    count = min(jobs, max(1, config.workers // runtime.threads))
    alone = (cpus == 0 and (count == 1 or _has_gpu(config.device))) or (gpu and _has_gpu(config.device))
    return Serial(runtime) if config.executor == "serial" or alone else Processes(runtime, count)


def _has_gpu(device: str) -> bool:
    """Whether the user's choice of a device means a GPU here."""
    if device != "auto":
        return device == "cuda"
    from torch.cuda import is_available

    return is_available()


class Serial:
    """Everything in this process, one item after the other."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.worker: Worker | None = None

    def start(self, worker: Worker) -> None:
        """Set the worker up here.

        Raises:
            UserError: what its own setup says.
        """
        try:
            worker.setup(self.runtime)
        except Exception as error:
            raise UserError(one_line(error)) from error
        self.worker = worker

    def run(self, jobs: Sequence[Job]) -> Iterator[Done]:
        """The outcomes in the order of the jobs, those of a group together. `start` comes first."""
        assert self.worker is not None, "start first"
        for group in groups(self.worker, jobs, 1):
            yield from perform_together(self.worker, group)

    def stop(self) -> None:
        """Let go of the worker."""
        self.worker = None


class Processes:
    """Several spawned processes, each set up once. A process that dies costs the item it was at, and is replaced."""

    def __init__(self, runtime: Runtime, count: int) -> None:
        self.runtime = runtime
        self.count = count
        self.context = multiprocessing.get_context("spawn")
        self.worker: Worker | None = None
        self.hands: list[tuple[BaseProcess, Connection]] = []

    def start(self, worker: Worker) -> None:
        """Start the processes and wait until each is set up.

        Raises:
            UserError: what a worker's own setup says (a missing weight file, say).
        """
        self.worker = worker
        self.hands = [self._hire() for _ in range(self.count)]
        for process, connection in self.hands:
            self._greet(process, connection)

    def run(self, jobs: Sequence[Job]) -> Iterator[Done]:
        """The outcomes as they are ready. `start` comes first.

        Where a process dies, its jobs are done again one by one if they were several; a single one fails, with how the process died.
        Processes that are at work when the caller ends early are killed.

        Raises:
            UserError: a new process cannot be set up.
        """
        waiting = groups(self.worker, jobs, self.count)[::-1]
        busy: dict[Connection, tuple[BaseProcess, list[Job]]] = {}
        free = list(self.hands)
        try:
            while waiting or busy:
                while waiting and free:
                    process, connection = self._awake(*free.pop())
                    group = waiting.pop()
                    with suppress(ConnectionError):  # it died this moment: told below
                        connection.send(group)
                    busy[connection] = (process, group)
                for ready in wait(list(busy)):
                    assert isinstance(ready, Connection)
                    process, group = busy.pop(ready)
                    try:
                        yield from ready.recv()
                    except (EOFError, ConnectionError):
                        reason = _epitaph(process)
                        if len(group) > 1:  # each by itself, so that only the one at fault fails
                            waiting += [[job] for job in reversed(group)]
                        else:
                            yield Done(group[0].key, Record(FAILED, reason), 0.0)
                    free.append((process, ready))
        finally:
            for process, _ in busy.values():  # the stage ends early: what is half done is done again
                process.kill()

    def stop(self) -> None:
        """End the processes: each has five seconds."""
        for _, connection in self.hands:
            connection.close()
        for process, _ in self.hands:
            process.join(timeout=5)
            if process.is_alive():
                process.kill()
                process.join()
        self.hands = []

    def _hire(self) -> tuple[BaseProcess, Connection]:
        here, there = self.context.Pipe()
        process = self.context.Process(target=_serve, args=(there, self.worker, self.runtime), daemon=False)
        process.start()
        there.close()
        return process, here

    def _greet(self, process: BaseProcess, connection: Connection) -> None:
        try:
            problem = connection.recv()
        except (EOFError, ConnectionError):
            problem = f"a worker process ended while it was set up: {_epitaph(process)}"
        if problem:
            for other, _ in self.hands:
                other.kill()
            raise UserError(problem)

    def _awake(self, process: BaseProcess, connection: Connection) -> tuple[BaseProcess, Connection]:
        """The same process, or a new one where it has died."""
        if process.is_alive():
            return process, connection
        self.hands.remove((process, connection))
        connection.close()
        fresh = self._hire()
        self.hands.append(fresh)
        self._greet(*fresh)
        return fresh


def _epitaph(process: BaseProcess) -> str:
    process.join(timeout=5)
    code = process.exitcode
    if code is None or code >= 0:
        return f"the worker process ended with {code}"
    return f"the worker process was killed by signal {-code}" + (" (out of memory?)" if -code == signal.SIGKILL else "")


def _serve(connection: Connection, worker: Worker, runtime: Runtime) -> None:
    """A worker process: set up once, then one job after the other until the pipe closes. Ends with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        worker.setup(runtime)
    except Exception as error:
        connection.send(one_line(error))
        return
    connection.send("")
    while True:
        try:
            group = connection.recv()
        except EOFError:
            return
        connection.send(perform_together(worker, group))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
