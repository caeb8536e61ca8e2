"""What a simulated tree has beside its videos: the official side files, and the manifests as `fas scan` makes them."""

from collections.abc import Mapping
from pathlib import Path

from fas.datasets.boxes import boxes_path, scan_boxes, write_boxes
from fas.datasets.manifest import write_manifest
from fas.datasets.registry import adapter
from fas.datasets.scan import scan
from fas.files import write_text
from fas.simulate.catalog import captures
from fas.simulate.layout import side_files
from fas.simulate.params import SimulateParams

MANIFESTS = "manifests"


def write_side_files(params: SimulateParams, adapters: Mapping[str, str], folder: Path) -> None:
    """Write lists, protocols and face positions beside the videos in `folder`, and `manifests/<dataset>.csv`, with the boxes
    beside it where the layout has some.

    `adapters` says which layout each simulated dataset has; without any, the folder of manifests is there all the same, for the later
    stages depend on it.
    """
    write_text(
        folder / MANIFESTS / "README.txt", "Manifests of the simulated datasets, one CSV each; none when nothing simulated is wanted.\n"
    )
    found = [capture for capture in captures(params) if capture.dataset in adapters]
    for path, text in side_files(params, found).items():
        write_text(folder / path, text)
    for dataset in sorted({capture.dataset for capture in found}):
        layout, manifest = adapter(adapters[dataset]), folder / MANIFESTS / f"{dataset}.csv"
        write_manifest(manifest, scan(layout, folder / dataset, dataset))
        if layout.boxes:
            write_boxes(boxes_path(manifest), scan_boxes(layout, folder / dataset, dataset))
