"""What the report reads of a run's kept checkpoints."""

from pathlib import Path

import pandas as pd
import pytest

from fas.errors import UserError
from fas.files import write_table
from fas.report.sources import Sources
from fas.tables.spec import TableSpec


@pytest.fixture
def bare(tmp_path: Path) -> Sources:
    return Sources(tmp_path / "runs", tmp_path / "data", tmp_path / "models/cues", pd.DataFrame())


def test_checkpoints_are_read_where_a_run_kept_some(bare: Sources, sources: Sources, spec: TableSpec) -> None:
    run = ("lgsc", "full", "p", 0)
    assert bare.checkpoints(spec, *run) is None
    scores = sources.scores(spec, *run)
    assert scores is not None
    table = pd.concat([scores.assign(step=step) for step in (10, 20)])
    path = bare.runs / "lgsc/full/p/0/checkpoints.parquet"
    write_table(path, table)
    kept = bare.checkpoints(spec, *run)
    assert kept is not None
    assert kept["step"].tolist() == table["step"].tolist()
    write_table(path, table.assign(label="spoof"))
    with pytest.raises(UserError, match=r"checkpoints\.parquet step 10: .* label is none of live, attack"):
        bare.checkpoints(spec, *run)
