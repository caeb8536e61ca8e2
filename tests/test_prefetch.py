from threading import Event

import pytest

from fas.prefetch import prefetch


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("steps", [range(0), range(1), range(4, 11)])
def test_in_order_and_complete(workers: int, steps: range) -> None:
    assert list(prefetch(lambda step: step * step, steps, workers)) == [(step, step * step) for step in steps]


def test_runs_ahead_of_its_reader() -> None:
    second = Event()

    def compute(step: int) -> int:
        if step == 1:
            second.set()
        return step

    batches = prefetch(compute, range(5))
    assert next(batches) == (0, 0)
    assert second.wait(timeout=10)


def test_error_comes_at_its_step() -> None:
    def compute(step: int) -> int:
        if step == 2:
            raise ValueError("two")
        return step

    batches = prefetch(compute, range(5))
    assert [next(batches)[0], next(batches)[0]] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(batches)
