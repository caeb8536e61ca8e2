"""Batches computed ahead, in threads: the results are those of computing them one by one."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetch(compute: Callable[[int], T], steps: range, workers: int = 1) -> Iterator[tuple[int, T]]:
    """Yield (step, compute(step)) in order, with up to `workers` + 1 steps computed ahead.

    An error of `compute` is raised at its own step. `compute` must be a pure function of the step.
    """
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="batch") as pool:
        waiting: deque[tuple[int, Future[T]]] = deque()
        try:
            for step in steps:
                waiting.append((step, pool.submit(compute, step)))
                if len(waiting) > workers:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        finally:
            for _, future in waiting:
                future.cancel()
