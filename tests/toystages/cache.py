"""A repository whose DVC cache the tests fill themselves: what `dvc repro` does after a stage, without DVC."""

import hashlib
import json
import shutil
from pathlib import Path

import yaml


def make(root: Path, cache_type: str = "copy") -> Path:
    """An empty repository at `root`; returns its cache folder."""
    (root / ".dvc").mkdir(parents=True)
    (root / ".dvc" / "config").write_text(f"[core]\n    no_scm = true\n[cache]\n    type = {cache_type}\n")
    return root / ".dvc" / "cache"


def add_remote(root: Path, folder: Path) -> None:
    """Make `folder` the repository's default remote."""
    with open(root / ".dvc" / "config", "a") as file:
        file.write(f"['remote \"storage\"']\n    url = {folder}\n")
    (root / ".dvc" / "config.local").write_text("[core]\n    remote = storage\n")


def keep(cache: Path, content: bytes, suffix: str = "") -> str:
    """Put an object into the cache; returns its md5."""
    md5 = hashlib.md5(content).hexdigest() + suffix
    path = cache / "files" / "md5" / md5[:2] / md5[2:]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return md5


def commit(root: Path, output: str) -> None:
    """Take `output` into the cache and note it in dvc.lock."""
    cache, folder = root / ".dvc" / "cache", root / output
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    listing = [{"md5": keep(cache, path.read_bytes()), "relpath": path.relative_to(folder).as_posix()} for path in files]
    md5 = keep(cache, json.dumps(listing).encode(), ".dir")
    lock = {"schema": "2.0", "stages": {"toy": {"cmd": "toy", "outs": [{"path": output, "hash": "md5", "md5": md5}]}}}
    (root / "dvc.lock").write_text(yaml.safe_dump(lock))


def empty(root: Path) -> None:
    """Drop every object of the cache, as `dvc gc` does; what stands beside the objects stays."""
    shutil.rmtree(root / ".dvc" / "cache" / "files")
