"""A working directory with small manifests of the simulated domains, and wanted tables over them."""

from pathlib import Path

import pandas as pd
import pytest

from fas.config import Config
from fas.datasets.manifest import COLUMNS, write_manifest
from fas.files import read_yaml
from fas.params import schema
from fas.plan.index import Entry, Index
from fas.plan.samples import Sample
from fas.plan.wanted import Wanted
from fas.schema import parse

ROOT = Path(__file__).resolve().parents[2]
REAL = {"msu": ("msu_mfsd", "M"), "casia": ("casia_fasd", "C"), "replay": ("replay_attack", "I"), "oulu": ("oulu_npu", "O")}
LIVE_ONLY = ("sim_faces", "ffhq", "celeba_spoof")
DOMAINS = ("sim_msu_mfsd", "sim_casia_fasd", "sim_replay_attack", "sim_oulu_npu")
TABLE = """
id: own
title: Own
collection: {collection}
rows: [{{label: A, method: {method}, variant: {variant}}}]
columns: [{{protocol: {protocol}, metric: auc}}]
"""


def row(dataset, clip, label, subject, split):
    known = {
        "dataset": dataset,
        "clip": clip,
        "media": "video",
        "label": label,
        "subject": subject,
        "split": split,
        "content": f"{dataset} {clip}",
    }
    return dict.fromkeys(COLUMNS, "") | known | ({} if label == "live" else {"attack": "print"})


def rows(dataset, people=6):
    """A live and an attack clip of each person; the first half trains. Of `LIVE_ONLY` there are only live clips."""
    labels = ("live",) if dataset in LIVE_ONLY else ("live", "attack")
    return [
        row(dataset, f"{label}/{n}.mp4", label, str(n), "train" if n < people // 2 else "test") for n in range(people) for label in labels
    ]


class Bench:
    """Writes manifests below the working directory and says what is wanted."""

    def __init__(self):
        self.values = read_yaml(ROOT / "params.yaml")

    def manifest(self, dataset, *more, folder="data/simulated/manifests", plain=True):
        """Write a manifest of `rows`, unless they are not wanted, and `more`."""
        write_manifest(Path(folder) / f"{dataset}.csv", pd.DataFrame([*(rows(dataset) if plain else []), *more]))

    def real(self, *faces):
        """Register the four real domains, and datasets of live faces; all but the faces have manifests."""
        for name, (adapter, letter) in REAL.items():
            self.values["datasets"][name] = {"adapter": adapter, "collection": "real", "letter": letter}
            self.manifest(name, folder="data/manifests")
        for name in faces:
            self.values["datasets"][name] = {"adapter": name, "collection": "real"}

    def preset(self, name):
        """The values of another params file, with the datasets and tables of this one."""
        kept = {key: self.values[key] for key in ("datasets", "tables")}
        self.values = read_yaml(ROOT / "presets" / f"{name}.yaml") | kept

    def table(self, method="handcrafted", variant="default", protocol="oci-to-m", collection="simulated"):
        """Want this one table alone."""
        text = TABLE.format(method=method, variant=variant, protocol=protocol, collection=collection)
        Path("own.yaml").write_text(text)
        self.values["tables"] = ["own.yaml"]

    def wanted(self, **config):
        return Wanted(parse(schema(), self.values, "params.yaml"), Config(**config))


@pytest.fixture
def bench(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    bench = Bench()
    for dataset in (*DOMAINS, "sim_faces"):
        bench.manifest(dataset)
    return bench


@pytest.fixture
def index():
    """An index in which all the clips, but those of `without`, have a feature."""

    def build(wanted, without=(), feature="frames"):
        there = [Sample(*pair) for pair in wanted.rows if pair not in without]
        return Index(Path("data") / feature, {one: Entry(f"{one.name}.npz", f"{feature} of {one.pair}") for one in there})

    return build


@pytest.fixture
def row_of():
    return row
