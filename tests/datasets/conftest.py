"""The official folder trees of the datasets, complete, as names over a few bytes."""

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from fas.datasets.registry import ADAPTERS
from fas.datasets.scan import scan

MSU_TRAIN = (2, 3, 5, 6, 7, 8, 9, 11, 12, 21, 22, 34, 53, 54, 55)
MSU_TEST = (1, 13, 14, 23, 24, 26, 28, 29, 30, 32, 33, 35, 36, 37, 39, 42, 48, 49, 50, 51)
REPLAY = {
    "train": (1, 2, 4, 6, 7, 8, 12, 16, 18, 25, 27, 103, 105, 108, 110),
    "devel": (3, 5, 10, 15, 17, 22, 29, 30, 101, 111, 113, 114, 116, 118, 119),
    "test": (9, 11, 13, 14, 19, 20, 21, 23, 24, 26, 28, 31, 102, 104, 106, 107, 109, 112, 115, 117),
}
OULU = {"Train": range(1, 21), "Dev": range(21, 36), "Test": range(36, 56)}


def msu_mfsd() -> Iterator[str]:
    for client, (camera, extension) in product(MSU_TRAIN + MSU_TEST, (("android", "mp4"), ("laptop", "mov"))):
        yield f"scene01/real/real_client{client:03d}_{camera}_SD_scene01.{extension}"
        for instrument in ("ipad_video", "iphone_video", "printed_photo"):
            yield f"scene01/attack/attack_client{client:03d}_{camera}_SD_{instrument}_scene01.{extension}"


def casia_fasd() -> Iterator[str]:
    videos = [*map(str, range(1, 9)), *(f"HR_{number}" for number in range(1, 5))]
    for split, people in (("train", 20), ("test", 30)):
        for person, video in product(range(1, people + 1), videos):
            yield f"{split}_release/{person}/{video}.avi"


def replay_attack() -> Iterator[str]:
    shown = (("print", "highdef_photo"), *product(("mobile",), ("mobile_photo", "mobile_video")))
    shown += tuple(product(("highdef",), ("highdef_photo", "highdef_video")))
    for split, clients in REPLAY.items():
        for client, light in product(clients, ("adverse", "controlled")):
            yield f"enroll/{split}/client{client:03d}_session01_webcam_enroll_{light}.mov"
            yield from (f"{split}/real/client{client:03d}_session01_webcam_authenticate_{light}_{take}.mov" for take in (1, 2))
            for support, (device, sample) in product(("fixed", "hand"), shown):
                yield f"{split}/attack/{support}/attack_{device}_client{client:03d}_session01_{sample}_{light}.mov"


def oulu_npu() -> Iterator[str]:
    for split, users in OULU.items():
        for user, phone, session, kind in product(users, range(1, 7), range(1, 4), range(1, 6)):
            yield f"{split}_files/{phone}_{session}_{user:02d}_{kind}.avi"


def plant(root: Path, names: Iterable[str]) -> Path:
    """Write every named file under `root`; the bytes are the name."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return root


def plant_msu(root: Path) -> Path:
    """MSU-MFSD with its list files as released: CRLF, two digits, no end of the last line."""
    plant(root, msu_mfsd())
    for split, clients in (("train", MSU_TRAIN), ("test", MSU_TEST)):
        (root / f"{split}_sub_list.txt").write_bytes("\r\n".join(f"{client:02d}" for client in clients).encode())
    return root


@pytest.fixture(name="plant", scope="session")
def _plant() -> Callable[[Path, Iterable[str]], Path]:
    return plant


@pytest.fixture(scope="session")
def trees(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Complete copies of the four datasets, by adapter."""
    base = tmp_path_factory.mktemp("datasets")
    named = {"casia_fasd": casia_fasd(), "replay_attack": replay_attack(), "oulu_npu": oulu_npu()}
    return {"msu_mfsd": plant_msu(base / "MSU")} | {name: plant(base / name, names) for name, names in named.items()}


@pytest.fixture(scope="session")
def manifests(trees: dict[str, Path]) -> pd.DataFrame:
    """The manifests of the four datasets in one table."""
    return pd.concat([scan(ADAPTERS[name], root) for name, root in trees.items()], ignore_index=True)
