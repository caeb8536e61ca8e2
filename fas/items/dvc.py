"""What the engine needs of DVC: cache objects by md5, links out of the cache, a batch from the remote, the last locked output.

DVC itself takes more than a second to import, so only its configuration is read until a remote or a lock file is really needed.
"""

import logging
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import yaml

logger = logging.getLogger(__name__)


class DvcCache:
    """The DVC cache that the repository at `root` uses. Without a repository it is empty and reuse is silently off."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder: Path | None = None
        self.links: list[str] = ["reflink", "copy"]
        self.remote = False
        if (root / ".dvc").is_dir():
            self._configure()

    def _configure(self) -> None:
        from dvc.config import Config

        settings = Config(str(self.root / ".dvc"))
        cache = settings["cache"]
        self.folder = Path(cache.get("dir") or self.root / ".dvc" / "cache")
        self.links = [*cache.get("type", self.links), "copy"]
        self.remote = bool(settings["core"].get("remote"))

    def object(self, md5: str) -> Path | None:
        """Where the cache keeps the bytes with this md5 (the file may be absent); None without a cache."""
        return self.folder / "files" / "md5" / md5[:2] / md5[2:] if self.folder else None

    def has(self, md5: str, size: int) -> bool:
        """Whether the cache holds these bytes whole."""
        path = self.object(md5)
        try:
            return path is not None and path.stat().st_size == size
        except OSError:
            return False

    def place(self, md5: str, target: Path) -> None:
        """Put the bytes at `target` the way `cache.type` says: reflink, hardlink, symlink, else a copy.

        Raises:
            FileNotFoundError: the cache does not hold them.
        """
        source = self.object(md5)
        if source is None or not source.is_file():
            raise FileNotFoundError(md5)
        for kind in self.links:
            try:
                _LINKS[kind](source, target)
                return
            except OSError as error:
                logger.debug("cannot %s %s: %s", kind, target, error)
        raise OSError(f"cannot write {target}")

    def fetch(self, md5s: Iterable[str]) -> None:
        """Bring objects from the default remote into the cache, all in one batch; what the remote lacks stays absent."""
        wanted = sorted(set(md5s))
        if not wanted or not self.remote:
            return
        from dvc.exceptions import DvcException
        from dvc.repo import Repo
        from dvc_data.hashfile.hash_info import HashInfo

        repo = Repo(str(self.root))
        try:
            repo.cloud.pull([HashInfo("md5", md5) for md5 in wanted])
        except (DvcException, OSError) as error:
            logger.warning("remote: %s", error)
        finally:
            repo.close()

    def locked_file(self, output: str, name: str) -> Path | None:
        """The cached bytes of `output/name` as dvc.lock remembers it, brought from the remote if need be; None where there are none."""
        if not self._locks(output):
            return None
        from dvc.api import DVCFileSystem
        from dvc.exceptions import DvcException

        try:
            info = DVCFileSystem(str(self.root)).info(f"{output}/{name}")
        except (DvcException, OSError) as error:  # no lock entry, no remote, or a listing that is nowhere: nothing to reuse
            logger.debug("%s: %s", output, error)
            return None
        md5 = info.get("md5")
        path = self.object(md5) if md5 else None
        if md5 and path is not None and not path.is_file():
            self.fetch([md5])
        return path if path is not None and path.is_file() else None

    def _locks(self, output: str) -> bool:
        lock = self.root / "dvc.lock"
        if self.folder is None or not lock.is_file():
            return False
        stages = (yaml.safe_load(lock.read_text(encoding="utf-8")) or {}).get("stages") or {}
        return any(out.get("path") == output for stage in stages.values() for out in stage.get("outs") or ())


def _reflink(source: Path, target: Path) -> None:
    from dvc_objects.fs.system import reflink

    reflink(str(source), str(target))
    target.chmod(0o644)


def _copy(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)


_LINKS = {"reflink": _reflink, "hardlink": os.link, "symlink": os.symlink, "copy": _copy}
