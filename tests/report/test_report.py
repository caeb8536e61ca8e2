import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from fas.clips import Clip
from fas.files import write_json
from fas.methods import method
from fas.metrics import evaluate
from fas.report import Sources, report
from fas.tables.spec import TableSpec

VOID = {"meta", "img", "br", "link"}


def cue_maps(model: Path, params: object, shown: Sequence[tuple[Clip, int]], runtime: object) -> list[np.ndarray]:
    return [np.full((8, 8), 0.0 if clip.live else 0.5) for clip, _ in shown]


@pytest.fixture(scope="module", autouse=True)
def _methods() -> Iterator[None]:
    """`lgsc` offers cue maps, `handcrafted` does not; neither imports its networks."""
    with pytest.MonkeyPatch.context() as patch:
        cards = {
            name: SimpleNamespace(name=name, params=method(name).params, cue_maps=module, draw_cue_maps=lambda: cue_maps)
            for name, module in {"lgsc": "a.module", "handcrafted": ""}.items()
        }
        patch.setattr("fas.report.figures.method", cards.__getitem__)
        yield


@pytest.fixture(scope="module")
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, spec: TableSpec, sources: Sources, printed: io.StringIO) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    report(folder, [spec], sources, Console(file=printed))
    return folder


def test_metrics_are_those_of_evaluate(out: Path, spec: TableSpec, sources: Sources) -> None:
    expected = evaluate(pd.read_parquet(sources.runs / "lgsc/full/p/0/scores.parquet"))
    metrics = json.loads((out / "metrics.json").read_text())["toy"]
    assert metrics["LGSC"]["p auc"] == pytest.approx(expected["auc"], abs=5e-4)
    assert metrics["LGSC"]["p hter@dev_eer"] == pytest.approx(expected["policies"]["dev_eer"]["hter"], abs=5e-4)
    assert metrics["LGSC, head"]["p auc"] != metrics["LGSC"]["p auc"]
    assert metrics["Hand-crafted"] == {}


def test_everything_is_there(out: Path) -> None:
    files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
    assert files == {
        "index.html",
        "metrics.json",
        "tables/toy.csv",
        "tables/toy.md",
        "tables/toy.tex",
        "plots/roc.csv",
        "plots/histogram.csv",
        "figures/roc-toy-p.png",
        "figures/histogram-toy-p-lgsc-full.png",
        "figures/histogram-toy-p-lgsc-full-auxiliary.png",
        "figures/gallery-toy-sim.png",
        "figures/history-lgsc-full-p-0.png",
    }
    for path in out.glob("figures/*.png"):
        picture = cv2.imread(str(path))
        assert picture is not None
        assert picture.std() > 5, path.name


def test_page_is_well_formed_and_stands_alone(out: Path) -> None:
    page = (out / "index.html").read_text()
    opened: list[str] = []

    class Check(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list) -> None:
            opened.extend([] if tag in VOID else [tag])

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

    Check().feed(page)
    assert opened == []
    pictures = re.findall(r'<img src="([^"]+)"', page)
    assert len(pictures) == len(set(pictures)) == 5
    assert all((out / picture).is_file() for picture in pictures)
    assert not re.search(r"https?://|<script", page)
    assert "/tmp" not in page


def test_page_tells_what_happened(out: Path) -> None:
    page = (out / "index.html").read_text()
    assert "Toy &lt;table&gt; (simulated data)" in page
    assert "Simulated data." in page
    assert "lgsc/full/p/0: no &lt;weights&gt;" in page
    assert "handcrafted/default/p/0/fit: ValueError: too few clips" in page  # the empty cells' reason
    assert page.count("no face found") == 3  # frames, flow and residuals of the one clip
    assert "steps: 3" in page
    assert "gap: 3" in page
    assert "4 + 4" in page  # the clips it was trained on


def test_real_data_is_not_called_simulated(tmp_path: Path, spec: TableSpec) -> None:
    nothing = Sources(
        tmp_path / "runs", tmp_path / "data", tmp_path / "models/cues", pd.DataFrame(columns=["dataset", "clip", "label", "attack"])
    )
    report(tmp_path, [spec.model_copy(update={"collection": "real"})], nothing)
    assert "Toy &lt;table&gt;</h2>" in (tmp_path / "index.html").read_text()
    assert "simulated" not in (tmp_path / "index.html").read_text().lower()


def test_tables_are_printed(out: Path, printed: io.StringIO) -> None:
    assert "Toy <table> (simulated data)" in printed.getvalue()
    assert "LGSC, head" in printed.getvalue()


def test_plots_tables_hold_every_clip(out: Path) -> None:
    histogram = pd.read_csv(out / "plots/histogram.csv")
    counts = histogram.groupby(["row", "class"])["clips"].sum()
    assert counts["LGSC"].to_dict() == {"live": 3, "print": 2, "replay": 2}  # one live clip has no face
    roc = pd.read_csv(out / "plots/roc.csv")
    assert list(roc.columns) == ["table", "protocol", "row", "threshold", "apcer_pooled", "bpcer"]
    for _, curve in roc.groupby("row"):
        assert curve["apcer_pooled"].is_monotonic_decreasing
        assert curve["bpcer"].is_monotonic_increasing


def test_the_same_inputs_give_the_same_bytes(out: Path, tmp_path: Path, spec: TableSpec, sources: Sources) -> None:
    report(tmp_path, [spec], sources)
    for path in out.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / path.relative_to(out)).read_bytes(), path.name


def test_an_empty_project_still_gives_a_report(tmp_path: Path, spec: TableSpec, sources: Sources) -> None:
    empty = Sources(tmp_path / "runs", tmp_path / "data", tmp_path / "models/cues", sources.captures.iloc[:0])
    stream = io.StringIO()
    report(tmp_path / "reports", [spec], empty, Console(file=stream))
    assert "no scores: lgsc/full/p/0" in stream.getvalue()
    assert "no scores: lgsc/full/p/0" in (tmp_path / "reports/index.html").read_text()
    assert json.loads((tmp_path / "reports/metrics.json").read_text()) == {"toy": {row.label: {} for row in spec.rows}}
    assert not (tmp_path / "reports/figures").exists()


def test_the_page_tells_which_faces_a_cue_maker_learned_from(tmp_path: Path, spec: TableSpec, sources: Sources, out: Path) -> None:
    counts = {"faces": {"kept": 90, "left_out": 7}}
    card = {"cue": "dfg", "version": 1, "params": {"faces": ["faces"], "max_yaw": 30.0}, "clips": 9, "faces": 80, "pose": counts}
    write_json(tmp_path / "cues/dfg/config.json", card)
    report(tmp_path / "reports", [spec], replace(sources, cues=tmp_path / "cues"))
    page = (tmp_path / "reports/index.html").read_text()
    assert "Faces that the cue makers learned from" in page
    assert "<td>97</td><td>7</td><td>90</td><td>80</td>" in page
    assert "cue makers learned" not in (out / "index.html").read_text()
