"""A small project as the stages leave it: four people of one dataset, a method that was trained, one that failed, a clip without a face.

`lgsc` draws cue maps, names a layer and has two figures of its own, one of them of a person; all are simple, no network is built.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from fas import methods
from fas.clips import Clip
from fas.files import write_json, write_npz, write_table
from fas.methods import method
from fas.methods.base import Drawn, FigureRun
from fas.report.sources import Sources
from fas.report.views import RowView, View
from fas.tables.spec import Column, Row, TableSpec

FACELESS = "3/live1.avi"
KINDS = [("live", ""), ("live", ""), ("attack", "print"), ("attack", "replay")]


def cue_maps(model: Path, params: object, shown: Sequence[tuple[Clip, int]], runtime: object) -> list[np.ndarray]:
    return [np.full((8, 8), 0.0 if clip.live else 0.5) for clip, _ in shown]


def embed(model: Path, params: object, clips: Sequence[Clip], runtime: object) -> Iterator[np.ndarray]:
    for number, clip in enumerate(clips):
        yield np.random.default_rng(number).normal(0 if clip.live else 5, 1, (2, 4)).astype(np.float32)


def figures(runs: Sequence[FigureRun], runtime: object) -> Iterator[Drawn]:
    for name, people in (("counts", False), ("faces", True)):
        figure = Figure(figsize=(3, 2))
        figure.subplots().bar([run.label for run in runs], [len(run.clips) for run in runs])
        yield Drawn(f"Own {name}", name, figure, people)


@pytest.fixture(scope="module", autouse=True)
def _methods() -> Iterator[None]:
    module = ModuleType("toy_figures")
    module.cue_maps, module.embed, module.figures = cue_maps, embed, figures  # type: ignore[attr-defined]
    lgsc = replace(method("lgsc"), cue_maps="toy_figures", embedding="toy_figures", layer="the toy's <layer>", figures="toy_figures")
    cards = {"lgsc": lgsc, "handcrafted": replace(method("handcrafted"), embedding="", figures="")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "toy_figures", module)
        patch.setattr(methods, "methods", lambda: cards)
        yield


@contextmanager
def blank() -> Iterator[None]:
    """Figures are written as one white pixel: for tests that look at something else."""

    def write(figure: Figure, target: Any, **options: Any) -> None:
        Image.new("RGB", (1, 1), "white").save(target, format="png")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Figure, "savefig", write)
        yield


@pytest.fixture
def undrawn() -> Iterator[None]:
    """`blank` for one test."""
    with blank():
        yield


def row_view(clips: pd.DataFrame, label: str = "toy", **metrics: Any) -> RowView:
    """A row with these clips (`label, attack, score`, and any others)."""
    usual = {"role": "test", "dataset": "s", "clip": [f"{number}.avi" for number in range(len(clips))], "instrument": ""}
    filled = clips.assign(**{name: value for name, value in usual.items() if name not in clips})
    return RowView(Row(label=label, method="lgsc"), Path("runs/toy"), f"lgsc/{label}/p/0", filled, metrics)


def view(*rows: RowView) -> View:
    column = Column(protocol="p", metric="auc")
    return View(TableSpec(id="toy", title="Toy", collection="simulated", rows=[row.row for row in rows], columns=[column]), "p", rows)


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """What makes rows and views out of clips, `make.row` and `make.view`; and `make.blank`."""
    return SimpleNamespace(row=row_view, view=view, blank=blank)


def captures() -> pd.DataFrame:
    rows = [
        {
            "dataset": "sim",
            "clip": f"{person}/{attack or label}{number}.avi",
            "media": "video",
            "label": label,
            "attack": attack,
            "instrument": attack,
            "subject": str(person),
            "split": "train" if person < 2 else "",
        }
        for person in range(4)
        for number, (label, attack) in enumerate(KINDS)
    ]
    return pd.DataFrame(rows)


def scores() -> pd.DataFrame:
    random = np.random.default_rng(0)
    table = captures().drop(columns=["media", "split"])
    table["role"] = np.where(table["subject"] < "2", "dev", "test")
    table["frame"] = 5
    table["score"] = np.where(table["label"] == "live", 1.0, -1.0) + random.normal(0, 1, len(table))
    table["score_auxiliary"] = -table["score"]
    table.loc[table["clip"] == FACELESS, ["score", "score_auxiliary"]] = np.nan
    return table


def feature_index(folder: Path, **more: str) -> None:
    rows = captures()
    lost = rows["clip"] == FACELESS
    table = rows[["dataset", "clip"]].assign(
        item=rows["dataset"] + "/" + rows["clip"],
        status=np.where(lost, "no_face", "ok"),
        error=np.where(lost, "no face found", ""),
        file=np.where(lost, "", "one.npz"),
        **more,
    )
    write_table(folder / "index.parquet", table)


@pytest.fixture(scope="session")
def spec() -> TableSpec:
    return TableSpec(
        id="toy",
        title="Toy <table>",
        collection="simulated",
        features=["flow", "residuals/dfg"],
        rows=[
            Row(label="LGSC", method="lgsc", variant="full"),
            Row(label="LGSC, head", method="lgsc", variant="full", score="auxiliary"),
            Row(label="Hand-crafted", method="handcrafted"),
        ],
        columns=[Column(protocol="p", metric="auc"), Column(protocol="p", metric="hter", policy="dev_eer")],
    )


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Sources:
    root = tmp_path_factory.mktemp("project")
    random = np.random.default_rng(1)
    faces = random.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    numbers = np.array([0, 5], np.int32)
    write_npz(root / "data/frames/one.npz", {"aligned": faces, "frame": numbers})
    write_npz(root / "data/flow/one.npz", {"flow": random.normal(size=(1, 2, 16, 16)).astype(np.float16), "frame": numbers[:1]})
    write_npz(root / "data/residuals/one.npz", {"reconstruction": faces[1:, ::2, ::2], "frame": numbers[1:]})
    feature_index(root / "data/frames")
    feature_index(root / "data/flow")
    feature_index(root / "data/residuals", cue="dfg")
    run = root / "runs/lgsc/full/p/0"
    write_table(run / "scores.parquet", scores())
    write_table(run / "history.csv", pd.DataFrame({"step": [1, 2, 3], "loss": [3.0, 2.0, 1.0]}))
    counted = {role: {"live": 4, "attack": 4} for role in ("train", "dev")}
    card = {"params": method("lgsc").params(steps=3).model_dump(mode="json", exclude={"variants"}), "extraction": {"flow": {"gap": 3}}}
    told = {"threshold": 0.5, "threshold_source": "dev_eer", "clips": counted, "warnings": ["no <weights>"]}
    write_json(run / "config.json", card | told)
    failed = {"item": ["handcrafted/default/p/0/fit"], "status": ["failed"], "error": ["ValueError: too few clips"], "file": [""]}
    write_table(root / "runs/handcrafted/index.parquet", pd.DataFrame(failed))
    return Sources(root / "runs", root / "data", root / "models/cues", captures())
