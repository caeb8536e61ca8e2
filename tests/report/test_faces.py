"""`report.faces: false`: no picture of a person anywhere in reports/."""

import re
from pathlib import Path

import numpy as np
import pytest

from fas.report.build import report
from fas.report.params import ReportParams
from fas.report.sources import Sources
from fas.tables.spec import TableSpec

DRAWN = ("roc-", "roclog-", "det-", "histogram-", "tsne-", "history-", "own-")  # of scores, features and losses
TEXT = {".html", ".json", ".csv", ".md", ".tex"}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, spec: TableSpec, sources: Sources) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "load", refuse)  # features are not even read, but for the method's own t-SNE
        report(folder, [spec], sources, ReportParams(faces=False))
    return folder


def refuse(*arguments: object, **options: object) -> None:
    raise AssertionError("a file of pictures was opened")


def test_only_curves_are_drawn(out: Path) -> None:
    files = [path for path in out.rglob("*") if path.is_file() and path.suffix not in TEXT]
    assert files
    for path in files:
        assert path.suffix == ".png"
        assert path.parent == out / "figures"
        assert path.name.startswith(DRAWN), path.name
    assert {path.name for path in files if path.name.startswith("own-")} == {"own-toy-p-lgsc-counts.png"}


def test_the_page_has_no_picture_but_the_method_s_own_curve(out: Path) -> None:
    page = (out / "index.html").read_text()
    assert re.findall(r"<img\b", page) == []
    assert len(re.findall(r"data:image/", page)) == 1
    assert re.search(r'"heading":"Own counts","file":"own-toy-p-lgsc-counts.png","picture":"data:image/', page)
    assert '"pictures":{"captions":{},"clips":{}},"cues":{}' in page
    assert "Own faces" not in page


def test_nothing_else_is_missing(out: Path, tmp_path: Path, spec: TableSpec, sources: Sources) -> None:
    report(tmp_path, [spec], sources)
    left_out = {path.name for path in tmp_path.rglob("*")} - {path.name for path in out.rglob("*")}
    assert left_out == {
        "gallery-toy-sim.png",
        "worst-toy-p-lgsc-full.png",
        "worst-toy-p-lgsc-full-auxiliary.png",
        "own-toy-p-lgsc-faces.png",
    }
