"""What all stages share."""

import pytest

from fas.errors import UserError
from stages import opened


def test_a_stage_that_is_launched_as_several_processes_is_refused_before_it_touches_anything(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UserError, match="stage toy: a stage is one process"), opened("toy", "out", 0.1):
        pass
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("WORLD_SIZE", "1")
    with opened("toy", "out", 0.1) as stage:
        assert stage.folder.is_dir()
