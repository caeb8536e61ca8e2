"""The toy pipeline in a git and DVC repository of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import yaml

from toystages.worker import calls

PROJECT = Path(__file__).parents[2]
PARAMETERS: dict[str, dict[str, Any]] = {"a": {"effort": 1, "size": 64}, "b": {"gain": 1}, "c": {"gain": 1, "runs": ["A"]}}
STAGES = {
    "a": {"deps": ["manifest.csv"], "params": ["a"], "outs": ["data/a"]},
    "b": {"deps": ["data/a"], "params": ["b"], "outs": ["data/b"]},
    "c": {"deps": ["data/b"], "params": ["c"], "outs": ["runs"]},
}
Summary = dict[str, tuple[int, int, int]]
"""Stage -> computed, reused, total, of the stages that ran."""


@dataclass
class Repository:
    """A repository with its raw texts and its log of calls, all of it below `base`. Compiled modules are shared through `compiled`."""

    base: Path
    compiled: Path
    seen: int = 0

    @property
    def root(self) -> Path:
        return self.base / "repository"

    @property
    def raw(self) -> Path:
        return self.base / "raw"

    @property
    def log(self) -> Path:
        return self.base / "calls.log"

    @property
    def journal(self) -> Path:
        return self.root / ".dvc" / "cache" / "fas" / "journal"

    def initialise(self, names: list[str]) -> None:
        """`git init`, `dvc init`, the toy's dvc.yaml and one capture for each name."""
        self.root.mkdir(parents=True)
        self.raw.mkdir()
        self.git("init", "-q")
        self.dvc("init", "-q")
        stages = {name: {"cmd": f"{sys.executable} -m toystages.{name}", **stage} for name, stage in STAGES.items()}
        (self.root / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
        (self.root / "params.yaml").write_text(yaml.safe_dump(PARAMETERS))
        (self.root / ".dvcignore").write_text(".fas/\n__pycache__/\n")
        (self.root / ".gitignore").write_text(".fas/\n/data\n/runs\n")
        self.capture(*names)
        self.commit()

    def capture(self, *names: str, text: str = "") -> None:
        """Add captures; `text` is what they show (default: their names)."""
        with open(self.root / "manifest.csv", "a") as manifest:
            if manifest.tell() == 0:
                manifest.write("name,content\n")
            for name in names:
                (self.raw / name).write_text(text or name)
                manifest.write(f"{name},{text or name}\n")

    def remove(self, name: str) -> None:
        lines = (self.root / "manifest.csv").read_text().splitlines(keepends=True)
        (self.root / "manifest.csv").write_text("".join(line for line in lines if not line.startswith(f"{name},")))

    def set(self, section: str, **values: Any) -> None:
        parameters = yaml.safe_load((self.root / "params.yaml").read_text())
        parameters[section].update(values)
        (self.root / "params.yaml").write_text(yaml.safe_dump(parameters))

    def run(self, *command: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            command, cwd=self.root, env=self._environment(environment), text=True, capture_output=True, check=False, timeout=120
        )
        assert not check or done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done

    def git(self, *arguments: str) -> str:
        return self.run("git", *arguments).stdout

    def dvc(self, *arguments: str, check: bool = True, **environment: str) -> str:
        done = self.run(sys.executable, "-m", "dvc", *arguments, check=check, **environment)
        return done.stdout + done.stderr

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "toy")

    def repro(self, *arguments: str, **environment: str) -> Summary:
        """`dvc repro`; the summaries of the stages that ran."""
        shutil.rmtree(self.root / ".fas" / "last", ignore_errors=True)
        self.dvc("repro", *arguments, **environment)
        return self.summaries()

    def summaries(self) -> Summary:
        found = {}
        for path in sorted((self.root / ".fas" / "last").glob("*.json")):
            last = json.loads(path.read_text())
            found[last["stage"]] = (last["computed"], last["reused"], last["total"])
        return found

    def calls(self) -> list[str]:
        """The calls since the last time this was asked, sorted."""
        everything = calls(self.log)
        new, self.seen = everything[self.seen :], len(everything)
        return sorted(new)

    def output(self, folder: str) -> dict[str, bytes]:
        path = self.root / folder
        return {file.relative_to(path).as_posix(): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        """`dvc repro` in the background, in a process group of its own. It heeds Ctrl-C, even where the tests themselves do not."""
        command = [sys.executable, "-m", "dvc", "repro", *arguments]
        with open(self.base / "background.log", "ab") as output:
            return subprocess.Popen(
                command,
                cwd=self.root,
                env=self._environment(environment),
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # no threads here
            )

    def copy(self, base: Path) -> "Repository":
        """The same repository, raw texts and log elsewhere."""
        shutil.copytree(self.base, base, symlinks=True)
        return replace(self, base=base)

    def _environment(self, more: dict[str, str]) -> dict[str, str]:
        """Without the user's own settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("FAS_", "DVC_", "TOY_", "PYTHON", "GIT_"))}
        settings = str(self.base / "settings")
        return {
            **kept,
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
            "PYTHONPYCACHEPREFIX": str(self.compiled),
            "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "tests")]),
            "HOME": settings,
            "XDG_CONFIG_HOME": settings,
            "DVC_SITE_CACHE_DIR": str(self.base / "site"),
            "DVC_NO_ANALYTICS": "1",
            **{f"GIT_{who}_{what}": "toy@toy" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
            "OMP_NUM_THREADS": "1",
            "FAS_EXECUTOR": "serial",
            "TOY_RAW": str(self.raw),
            "TOY_LOG": str(self.log),
            **more,
        }


def processes(repository: Repository) -> list[psutil.Process]:
    """The stages and workers of a repository that still run."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(repository.root) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def wait_until(holds: Any, within: float = 60.0) -> bool:
    """Whether `holds()` becomes true in time."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


def interrupt(process: subprocess.Popen[bytes], how: signal.Signals, group: bool) -> None:
    """Send a signal to `dvc` alone or to its whole group, as a terminal does, and wait for its end."""
    if group:
        os.killpg(process.pid, how)
    else:
        process.send_signal(how)
    process.wait(timeout=60)
