"""A dataset of still images through the real stages: many images share a file, and one more image computes one file anew."""

import json
from pathlib import Path

import cv2
import pandas as pd
import pytest

from fas.simulate.orl import picture
from tests.pipeline.project import copy, forget, last, run

pytestmark = pytest.mark.pipeline

PARAMS = """
datasets:
  photos: {adapter: folder, collection: real, buckets: 1}
"""
TABLE = """
id: photos
title: Photographs
collection: real
rows: [{label: cues, method: handcrafted, variant: default}]
columns: [{protocol: folder-official, metric: auc}]
"""


def photograph(root: Path, split: str, person: int, shot: int) -> None:
    """A live photograph of a real face, and a blurred one that stands for an attack."""
    image = cv2.copyMakeBorder(cv2.resize(picture(person, shot), None, fx=3, fy=3), 60, 60, 60, 60, cv2.BORDER_REPLICATE)
    for kind, shown in (("live", image), ("attack/print", cv2.GaussianBlur(image, (0, 0), 3))):
        path = root / split / kind / f"s{person}" / f"{shot}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), shown)


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    folder = copy(tmp_path / "fas")
    for split, people in (("train", (1, 2)), ("test", (3, 4))):
        for person in people:
            for shot in (1, 2):
                photograph(tmp_path / "photos", split, person, shot)
    (tmp_path / "photos/test/live/s3/wall.png").write_bytes(cv2.imencode(".png", picture(1, 1)[:8, :8])[1].tobytes())
    (tmp_path / "photos/test/live/s3/broken.png").write_bytes(b"no picture")
    text = (folder / "params.yaml").read_text().replace("tables: [demo]", "tables: [data/tables/photos.yaml]")
    text = text.replace("extract: {}", "extract: {photos: [frames, identity]}").replace("max_failed: 0.1", "max_failed: 0.5")
    (folder / "params.yaml").write_text(text.replace("\ndatasets:\n", PARAMS))
    (folder / "data/tables/photos.yaml").write_text(TABLE)
    scan(folder)
    return folder


def scan(folder: Path) -> None:
    run(folder, "fas", "scan", "folder", str(folder.parent / "photos"), "--name", "photos", "--out", "data/manifests/photos.csv")


def test_images_share_files_and_one_more_image_computes_one_of_them(lab: Path) -> None:
    root = {"FAS_ROOT_PHOTOS": str(lab.parent / "photos")}
    run(lab, "dvc", "repro", **root)
    assert last(lab, "frames")["computed"] == last(lab, "identity")["computed"] == 4  # train and test, live and attack
    files = sorted(path.name for path in (lab / "data/frames/photos").iterdir())
    assert files == [f"images-{split}-{label}-00000.npz" for split in ("test", "train") for label in ("attack", "live")]
    members = pd.read_parquet(lab / "data/frames/members.parquet").set_index("clip")
    assert len(members) == 18
    assert members.loc["test/live/s3/wall.png", "status"] == "no_face"
    assert members.loc["test/live/s3/broken.png", "status"] == "failed"
    assert len(pd.read_parquet(lab / "data/identity/members.parquet")) == 16
    assert pd.read_parquet(lab / "data/identity/embeddings.parquet")["clip"].nunique() == 16
    scores = pd.read_parquet(lab / "runs/handcrafted/default/folder-official/0/scores.parquet").set_index("clip")
    assert set(scores.index) == set(members.index)
    assert set(scores.index[scores["score"].isna()]) == {"test/live/s3/wall.png", "test/live/s3/broken.png"}
    assert pd.read_csv(lab / "reports/tables/photos.csv")["value"].notna().all()

    photograph(lab.parent / "photos", "test", 5, 1)
    (lab.parent / "photos/test/attack/print/s5/1.png").unlink()
    scan(lab)
    stages = {stage["stage"]: stage for stage in json.loads(run(lab, "fas", "plan", "--json", **root).stdout)["stages"]}
    assert list(stages["frames"]["run"]) == ["photos/images-test-live-00000"]
    forget(lab)
    run(lab, "dvc", "repro", "identity", "train_handcrafted", **root)
    assert (last(lab, "frames")["computed"], last(lab, "frames")["reused"]) == (1, 3)
    assert (last(lab, "identity")["computed"], last(lab, "identity")["reused"]) == (1, 3)
    assert last(lab, "train_handcrafted")["computed"] == 1  # the scores; nothing is trained again
