"""What the engine needs of DVC: cache objects by md5, links out of the cache, a batch from the remote, the last locked output.

DVC itself takes long to import, so only its configuration is read until a remote is really needed.
"""

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterable
from itertools import takewhile
from pathlib import Path

import yaml

from fas.errors import UserError

logger = logging.getLogger(__name__)
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a lock of many runs takes the other one a second


class DvcCache:
    """The DVC cache that the repository at `root` uses. Without a repository it is empty and reuse is silently off.

    Raises:
        UserError: DVC's configuration is not valid.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder: Path | None = None
        self.links = ["reflink"]
        self.remote = False
        self.shared = False
        if (root / ".dvc").is_dir():
            self._configure()

    def _configure(self) -> None:
        from dvc.config import Config, ConfigError

        try:
            settings = Config(str(self.root / ".dvc"))
        except ConfigError as error:
            raise UserError(f"{self.root / '.dvc'}: {' '.join(str(error).split())}") from None
        cache = settings["cache"]
        self.folder = Path(cache.get("dir") or self.root / ".dvc" / "cache")
        self.links = list(takewhile(lambda kind: kind != "copy", cache.get("type", self.links)))
        self.shared = cache.get("shared") == "group"
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
            raise FileNotFoundError(f"{md5} is gone from the cache")
        for kind in self.links:
            try:
                return _LINKS[kind](source, target)
            except OSError as error:
                logger.debug("cannot %s %s: %s", kind, target, error)
        shutil.copyfile(source, target)

    def fetch(self, md5s: Iterable[str]) -> None:
        """Bring objects from the default remote into the cache, all in one batch; what the remote lacks stays absent."""
        wanted = sorted(set(md5s))
        if not wanted or not self.remote:
            return
        from dvc.repo import Repo
        from dvc_data.hashfile.hash_info import HashInfo

        logging.getLogger("dvc.data_cloud").setLevel(logging.ERROR)  # what the remote lacks is a miss, no cause for a warning
        try:
            with Repo(str(self.root)) as repo:
                repo.cloud.pull([HashInfo("md5", md5) for md5 in wanted])
        except Exception as error:  # each kind of remote has errors of its own; what cannot be fetched is computed
            logger.warning("nothing fetched from the remote: %s", error)

    def locked_file(self, output: str, name: str) -> Path | None:
        """The cached bytes of `output/name` as dvc.lock remembers it, brought from the remote if need be; None where there are none."""
        folder = self._locked(output)
        listing = self.object(folder) if folder else None
        if listing is None:
            return None
        md5 = _listed(listing, name) if listing.is_file() else self._listed_remotely(output, name)
        path = self.object(md5) if md5 else None
        if md5 and path is not None and not path.is_file():
            self.fetch([md5])
        return path if path is not None and path.is_file() else None

    def _locked(self, output: str) -> str | None:
        """The md5 of the listing of `output` in dvc.lock."""
        lock = self.root / "dvc.lock"
        if self.folder is None or not lock.is_file():
            return None
        try:
            stages = (yaml.load(lock.read_text(encoding="utf-8"), _Loader) or {}).get("stages") or {}
        except (yaml.YAMLError, AttributeError):
            raise UserError("dvc.lock cannot be read: it is no YAML (a merge conflict?)") from None
        outs = (out for stage in stages.values() for out in stage.get("outs") or ())
        return next((out.get("md5") for out in outs if out.get("path") == output), None)

    def _listed_remotely(self, output: str, name: str) -> str | None:
        if not self.remote:
            return None
        from dvc.api import DVCFileSystem

        try:
            return DVCFileSystem(str(self.root)).info(f"{output}/{name}").get("md5")
        except Exception as error:  # as in `fetch`: without the listing there is nothing to reuse
            logger.debug("%s: %s", output, error)
            return None


def _listed(listing: Path, name: str) -> str | None:
    """The md5 of the file `name` in a folder's listing, a JSON list that the cache keeps as `<md5>.dir`."""
    try:
        files = json.loads(listing.read_text(encoding="utf-8"))
    except ValueError:  # cut short by a power failure
        return None
    return next((file["md5"] for file in files if file["relpath"] == name), None)


def _reflink(source: Path, target: Path) -> None:
    from dvc_objects.fs.system import reflink

    reflink(str(source), str(target))
    target.chmod(0o644)


_LINKS: dict[str, Callable[[Path, Path], None]] = {"reflink": _reflink, "hardlink": os.link, "symlink": os.symlink}
