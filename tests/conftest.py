import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("fas", deadline=None)
settings.load_profile("fas")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several processes the long pipeline tests come first, so that the short ones fill up what time is left."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("pipeline") is None)


@pytest.fixture(scope="session")
def set_display_matrix() -> Callable[[Path, tuple[int, int, int, int]], None]:
    """Patches the 3x3 matrix of an mp4's or mov's track header, which a plain writer leaves at identity."""
    return _set_display_matrix


def _set_display_matrix(path: Path, matrix: tuple[int, int, int, int]) -> None:
    a, b, c, d = (value << 16 for value in matrix)
    data = path.read_bytes()
    plain = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    start = data.index(plain, data.index(b"tkhd"))
    path.write_bytes(data[:start] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + data[start + 36 :])
