"""A repository to run toy items in."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from toystages import cache


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the toy workers log their calls."""
    monkeypatch.setenv("TOY_LOG", str(tmp_path / "calls.log"))
    return tmp_path / "calls.log"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: Path) -> Path:
    """A repository with an empty cache, as the working directory and away from the user's own settings."""
    for name in ("DVC_GLOBAL_CONFIG_DIR", "DVC_SYSTEM_CONFIG_DIR", "DVC_SITE_CACHE_DIR", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "settings"))
    cache.make(tmp_path / "repo")
    monkeypatch.chdir(tmp_path / "repo")
    return tmp_path / "repo"
