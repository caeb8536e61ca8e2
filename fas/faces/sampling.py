"""Which frames of a clip are used: pure functions of the number of frames."""

from collections.abc import Callable, Mapping


def uniform(count: int, k: int) -> list[int]:
    """The middles of `k` equal parts of `count` frames; all frames if there are fewer than `k`. Strictly increasing."""
    k = min(k, count)
    return [(2 * j + 1) * count // (2 * k) for j in range(k)]


def ssdg(count: int, k: int) -> list[int]:
    """Frame 6 + j*floor(count/k), modulo the length, for j < k (SSDG's code; AG-FAS uses it with k = 1 and 2).

    Sorted and without repetitions, which occur in clips of fewer than `k` frames.
    """
    return sorted({(6 + j * (count // k)) % count for j in range(k)})


def first60(count: int, k: int) -> list[int]:
    """`uniform` over the first 60 frames (the training clips of SiW's protocol 1)."""
    return uniform(reach("first60", count), k)


def reach(policy: str, count: int) -> int:
    """How many of a clip's `count` frames a policy looks at, counted from the first."""
    return min(count, 60) if policy == "first60" else count


POLICIES: Mapping[str, Callable[[int, int], list[int]]] = {"uniform": uniform, "ssdg": ssdg, "first60": first60}


def pair_starts(count: int, k: int, gap: int) -> list[int]:
    """At most `k` uniform frames that have one `gap` later in a clip of `count` frames."""
    return uniform(max(count - gap, 0), k) if k else []
