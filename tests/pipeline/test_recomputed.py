"""The same inputs, parameters and seed give the same bytes on the same machine."""

from pathlib import Path

import pytest

from tests.pipeline.project import WITH_ITEMS, last, run

pytestmark = pytest.mark.pipeline


def test_recomputing_gives_the_same_bytes(project: Path) -> None:
    before = (project / "dvc.lock").read_text()
    run(project, "dvc", "repro", "-f", FAS_REUSE="0")
    for stage in WITH_ITEMS:
        assert last(project, stage)["reused"] == 0, stage
    assert (project / "dvc.lock").read_text() == before
