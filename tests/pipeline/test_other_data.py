"""The pipeline with another table than the default's, and on captures of a lab's own."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.pipeline.project import last, run

pytestmark = pytest.mark.pipeline

BASELINES = """\
id: baselines
title: What else there is
collection: simulated
rows:
  - {label: SSDG, method: ssdg, variant: full}
  - {label: SSAN, method: ssan, variant: extra_live}
  - {label: SA-FAS, method: safas, variant: full}
  - {label: T = 600, method: mean_residual, variant: t600}
  - {label: MemAE, method: mean_residual, variant: memae}
columns:
  - {protocol: oci-to-m, metric: auc}
"""


def test_another_table_computes_what_it_needs_and_no_more(project: Path) -> None:
    (project / "data" / "tables" / "baselines.yaml").write_text(BASELINES)
    run(project, "dvc", "exp", "run", "-S", "tables=[data/tables/baselines.yaml]")
    for method, runs in (("ssdg", 1), ("ssan", 1), ("safas", 1), ("mean_residual", 2)):
        assert last(project, f"train_{method}")["computed"] == 2 * runs, method
    assert last(project, "train_lgsc")["total"] == 0
    assert last(project, "frames")["computed"] == 0
    assert last(project, "cues")["computed"] == 1  # MemAE; the generator of T = 600 is there
    table = pd.read_csv(project / "reports" / "tables" / "baselines.csv")
    assert table["value"].notna().sum() == 5


def test_a_lab_without_simulated_data_extracts_its_own_captures(project: Path, tmp_path: Path) -> None:
    office = tmp_path / "office"
    for number, clip in enumerate(sorted((project / "data/simulated/sim_faces").rglob("*.m*"))):
        target = office / "train" / "live" / f"person{number}" / clip.name
        target.parent.mkdir(parents=True)
        shutil.copy(clip, target)
    (office / "train" / "attack" / "print" / "person9").mkdir(parents=True)
    (office / "train" / "attack" / "print" / "person9" / "broken.mp4").write_bytes(b"no video")
    text = (project / "params.yaml").read_text()
    text = (
        text.replace("tables: [demo]", "tables: []")
        .replace("extract: {}", "extract: {office: [frames]}")
        .replace("max_failed: 0.1", "max_failed: 0.5")
    )
    (project / "params.yaml").write_text(text.replace("datasets:\n", "datasets:\n  office: {adapter: folder, collection: real}\n"))
    run(project, "fas", "scan", "folder", str(office), "--name", "office", "--out", "data/manifests/office.csv")
    refused = run(project, "dvc", "repro", code=255)
    assert "FAS_ROOT_OFFICE" in refused.stderr
    run(project, "dvc", "repro", FAS_ROOT_OFFICE=str(office))
    index = pd.read_parquet(project / "data/frames/index.parquet").set_index("clip")
    assert set(index["dataset"]) == {"office"}
    assert index.loc["train/attack/print/person9/broken.mp4", "status"] == "failed"
    assert (index["status"] == "ok").sum() >= 1
    assert last(project, "simulate")["total"] == 0
