"""What is written beside the simulated videos."""

from pathlib import Path

from fas.datasets.boxes import Boxes, boxes_path
from fas.datasets.manifest import read_manifest
from fas.datasets.registry import ADAPTERS
from fas.simulate.build import write_side_files
from fas.simulate.catalog import NO_FACE, captures
from fas.simulate.domains import DOMAINS
from fas.simulate.params import SimulateParams

PARAMS = SimulateParams(frames=2)
WITHOUT = {"sim_casia_fasd"}  # its layout may have boxes, the release has none


def test_a_manifest_has_its_boxes_beside_it(tmp_path: Path) -> None:
    made = captures(PARAMS)
    for capture in made:
        path = tmp_path / capture.dataset / capture.clip
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(capture.clip)
    write_side_files(PARAMS, {name: domain.adapter for name, domain in DOMAINS.items()}, tmp_path)
    for name, domain in DOMAINS.items():
        manifest = tmp_path / "manifests" / f"{name}.csv"
        clips = read_manifest(manifest)["clip"]
        assert boxes_path(manifest).is_file() == (ADAPTERS[domain.adapter].boxes is not None)
        if boxes_path(manifest).is_file():
            boxes = Boxes.read(boxes_path(manifest), name)
            faces = {capture.clip for capture in made if capture.dataset == name and capture.planted != NO_FACE}
            assert {clip for clip in clips if boxes.hints(clip)} == (set() if name in WITHOUT else faces)
