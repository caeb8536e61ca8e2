"""The real pipeline on the tiny preset: `dvc repro` from a clean copy of the project, and what users do next."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.pipeline.project import METHODS, WITH_ITEMS, forget, last, ran, run

pytestmark = pytest.mark.pipeline


def test_first_run_makes_everything(finished: Path) -> None:
    assert ran(finished) >= set(WITH_ITEMS)
    for stage in WITH_ITEMS:
        assert last(finished, stage)["computed"] > 0, stage
        assert last(finished, stage)["reused"] == 0, stage
    table = pd.read_csv(finished / "reports" / "tables" / "demo.csv")
    assert set(table["method"]) == set(METHODS)
    assert "simulated" in (finished / "reports" / "tables" / "demo.md").read_text()
    assert (finished / "reports" / "index.html").is_file()
    assert json.loads((finished / "reports" / "metrics.json").read_text())["demo"]


def test_planted_captures_are_rows_not_crashes(finished: Path) -> None:
    index = pd.read_parquet(finished / "data" / "frames" / "index.parquet")
    assert {"item", "dataset", "clip", "key", "status", "error", "file", "seconds"} <= set(index.columns)
    assert set(index["status"]) == {"ok", "no_face", "failed"}
    assert (index.loc[index["status"] == "failed", "error"] != "").all()
    assert last(finished, "frames")["failed"] == (index["status"] == "failed").sum()


def test_every_clip_of_a_protocol_has_a_score_row(finished: Path) -> None:
    index = pd.read_parquet(finished / "data" / "frames" / "index.parquet").set_index(["dataset", "clip"])
    for path in finished.glob("runs/*/*/*/*/scores.parquet"):
        scores = pd.read_parquet(path)
        missing = {pair for pair in zip(scores["dataset"], scores["clip"], strict=True) if index.loc[pair, "status"] != "ok"}
        nan = set(zip(*(scores.loc[scores["score"].isna(), column] for column in ("dataset", "clip")), strict=True))
        assert nan == missing
        assert set(scores["role"]) == {"train", "dev", "test"}


def test_second_run_runs_nothing(project: Path) -> None:
    run(project, "dvc", "repro")
    assert ran(project) == set()


def test_a_method_parameter_retrains_that_method_only(project: Path) -> None:
    run(project, "dvc", "exp", "run", "-S", "lgsc.learning_rate=0.002")
    assert ran(project) == {"train_lgsc"}
    assert last(project, "train_lgsc")["computed"] == last(project, "train_lgsc")["total"]
    shown = run(project, "dvc", "exp", "show", "--csv").stdout
    assert "lgsc.learning_rate" in shown


def test_a_flow_parameter_retrains_what_reads_flow(project: Path) -> None:
    readers = {"flow", "train_adversarial_flow"}
    run(project, "dvc", "exp", "run", "-S", "flow.preset=fast")
    assert ran(project) == readers
    for stage in readers:
        assert last(project, stage)["computed"] == last(project, stage)["total"], stage
    forget(project)
    run(project, "dvc", "exp", "run", "-S", "flow.preset=medium")
    assert ran(project) <= readers  # DVC's own run cache may spare even these
    for stage in ran(project):
        assert last(project, stage)["computed"] == 0, stage


def test_a_colleague_pulls_and_nothing_runs(project: Path, tmp_path: Path) -> None:
    run(project, "dvc", "remote", "add", "-d", "shared", str(tmp_path / "remote"))
    run(project, "dvc", "push", "-q")
    run(project, "git", "add", "-A")
    run(project, "git", "commit", "-qm", "results")
    clone = tmp_path / "clone"
    run(tmp_path, "git", "clone", "-q", str(project), str(clone))
    run(clone, "dvc", "pull", "-q")
    run(clone, "dvc", "repro")
    assert ran(clone) == set()


def test_plan_says_what_would_run(project: Path) -> None:
    stages = {stage["stage"]: stage for stage in json.loads(run(project, "fas", "plan", "--json").stdout)["stages"]}
    assert not any(stage["run"] for stage in stages.values())
    assert len(stages["frames"]["failed"]) == 1  # the truncated capture
    text = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(text.replace("preset: medium", "preset: fast"))
    stages = {stage["stage"]: stage for stage in json.loads(run(project, "fas", "plan", "--json").stdout)["stages"]}
    assert len(stages["flow"]["run"]) == stages["flow"]["total"]
    assert not stages["train_lgsc"]["run"]


def test_predict_with_a_trained_model(project: Path) -> None:
    video = next(iter(sorted((project / "data/simulated/sim_msu_mfsd").rglob("*.mov"))))
    model = "runs/lgsc/full/oci-to-m/0"
    (project / "notes.txt").write_text("no video")
    answer = json.loads(run(project, "fas", "predict", model, str(video), "notes.txt", "--json").stdout)
    good, bad = answer["files"]
    assert good["decision"] in ("live", "attack")
    assert (good["score"] >= good["threshold"]) == (good["decision"] == "live")
    assert good["frames"] and all(len(frame["box"]) == 4 for frame in good["frames"])
    assert bad["error"]
    scores = pd.read_parquet(project / model / "scores.parquet")
    clip = str(video.relative_to(project / "data/simulated/sim_msu_mfsd"))
    expected = scores.loc[(scores["dataset"] == "sim_msu_mfsd") & (scores["clip"] == clip), "score"].mean()
    assert good["score"] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        ("preset: medium", "preset: quick", "flow.preset"),
        ("max_failed:", "max_fail:", "max_fail"),
        ("adapter: msu_mfsd", "adapter: msu", "datasets.sim_msu_mfsd.adapter"),
    ],
)
def test_a_wrong_parameter_is_one_line(project: Path, before: str, after: str, path: str) -> None:
    text = (project / "params.yaml").read_text()
    assert before in text
    (project / "params.yaml").write_text(text.replace(before, after))
    done = run(project, "fas", "plan", code=2)
    assert done.stderr.count("\n") == 1
    assert "params.yaml" in done.stderr
    assert path in done.stderr
    assert "Traceback" not in run(project, "dvc", "repro", code=255).stderr
