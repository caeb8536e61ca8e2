import fcntl
import subprocess
from pathlib import Path

import pytest

from tests.pipeline.project import copy, forget, run


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A clean copy of the project after its first `dvc repro`; several processes of one test run share it."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if hasattr(request.config, "workerinput") else shared
    folder, done = shared / "tiny" / "fas", shared / "tiny.done"
    with (shared / "tiny.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            run(copy(folder), "dvc", "repro")
            done.touch()
    return folder


@pytest.fixture
def project(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished project, its cache included, to change freely."""
    folder = tmp_path / "fas"
    subprocess.run(["cp", "-a", str(finished), str(folder)], check=True)
    forget(folder)
    return folder
