"""A clean copy of the project on the tiny preset, commands run in it, and what its stages said of themselves."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[2]
METHODS = ("handcrafted", "lgsc", "pseudo_negative", "agfas", "adversarial_flow", "meta_pseudo_label")  # those of table demo
WITH_ITEMS = ("simulate", "frames", "flow", "identity", "cues", "residuals", *(f"train_{name}" for name in METHODS))


def run(folder: Path, *command: str, code: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command of this environment in `folder`; fails the test with its output when the exit code is another."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("FAS_", "DVC_", "GIT_"))}
    environment |= {"PATH": f"{Path(sys.executable).parent}:{environment['PATH']}", "FAS_THREADS": "1", **variables}
    environment |= {f"GIT_{who}_{what}": "tester@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == code, f"{' '.join(command)} ended with {done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done


def last(folder: Path, stage: str) -> dict[str, int]:
    return json.loads((folder / ".fas" / "last" / f"{stage}.json").read_text())


def forget(folder: Path) -> None:
    """Forget what the last run said, so that a stage that does not run now says nothing."""
    shutil.rmtree(folder / ".fas" / "last", ignore_errors=True)


def ran(folder: Path) -> set[str]:
    return {path.stem for path in (folder / ".fas" / "last").glob("*.json")} if (folder / ".fas" / "last").is_dir() else set()


def copy(folder: Path) -> Path:
    """A clean copy of the project with the tiny preset, as a git repository with one commit."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
    shutil.copy2(folder / "presets" / "tiny.yaml", folder / "params.yaml")
    run(folder, "git", "init", "-q", "-b", "main")
    run(folder, "git", "add", "-A")
    run(folder, "git", "commit", "-qm", "tiny")
    return folder
