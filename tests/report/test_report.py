import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from fas.files import write_json, write_npz, write_table
from fas.metrics import evaluate
from fas.report.build import report
from fas.report.params import ReportParams
from fas.report.sources import Sources
from fas.report.views import views
from fas.tables.cell import Cell
from fas.tables.columns import Column
from fas.tables.compute import Results
from fas.tables.measured import PlainResults
from fas.tables.spec import PlainSpec, Row, TableSpec, load_any

VOID = {"meta", "img", "br", "link", "input"}


@pytest.fixture(scope="module")
def printed() -> io.StringIO:
    return io.StringIO()


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory, spec: TableSpec, sources: Sources, printed: io.StringIO) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    report(folder, [spec], sources, console=Console(file=printed))
    return folder


def content(out: Path) -> dict:
    """What the page's script gets."""
    found = re.search(r'<script type="application/json" id="content">(.*?)</script>', (out / "index.html").read_text(), re.DOTALL)
    assert found
    return json.loads(found.group(1))


def test_a_row_shows_the_run_of_its_variant_on_each_protocol(spec: TableSpec, sources: Sources) -> None:
    row = Row(label="LGSC", method="lgsc", variant="full", variants={"q": "resized"})
    columns = [Column(protocol=name, metric="auc") for name in "pq"]
    found = views(spec.model_copy(update={"rows": [row], "columns": columns}), Results(lambda *run: None), sources)
    assert [(view.rows[0].run, view.rows[0].row.variant) for view in found] == [("lgsc/full/p/0", "full"), ("lgsc/resized/q/0", "resized")]


def test_metrics_are_those_of_evaluate(out: Path, sources: Sources) -> None:
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
        "plots/det.csv",
        "plots/histogram.csv",
        "figures/roc-toy-p.png",
        "figures/roclog-toy-p.png",
        "figures/det-toy-p.png",
        "figures/histogram-toy-p-lgsc-full.png",
        "figures/histogram-toy-p-lgsc-full-auxiliary.png",
        "figures/tsne-toy-p-lgsc-full.png",
        "figures/own-toy-p-lgsc-counts.png",
        "figures/own-toy-p-lgsc-faces.png",
        "figures/gallery-toy-sim.png",
        "figures/worst-toy-p-lgsc-full.png",
        "figures/worst-toy-p-lgsc-full-auxiliary.png",
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
            for name, value in attrs:
                assert name not in {"src", "href"} or value.startswith(("data:", "#")), value

        def handle_endtag(self, tag: str) -> None:
            assert opened.pop() == tag

    Check().feed(page)
    assert opened == []
    assert re.findall(r"https?://[^\"' ]+", page) == ["http://www.w3.org/2000/svg"]  # the name of a language, not an address
    assert "/tmp" not in page


def test_page_tells_what_happened(out: Path) -> None:
    page = (out / "index.html").read_text()
    assert "Toy &lt;table&gt; <span" in page
    assert "<strong>Simulated data.</strong>" in page
    assert "lgsc/full/p/0: no &lt;weights&gt;" in page
    assert "handcrafted/default/p/0/fit: ValueError: too few clips" in page  # the empty cells' reason
    assert page.count("no face found") == 3  # frames, flow and residuals of the one clip
    assert "steps: 3" in page
    assert "gap: 3" in page
    assert "4 + 4" in page  # the clips it was trained on


def test_every_heading_above_simulated_data_says_so(out: Path) -> None:
    page = (out / "index.html").read_text()
    silent = [head for head in re.findall(r"<h[123]>(.*?)</h[123]>", page) if 'class="mark"' not in head]
    assert silent == ["Warnings", "Without a result", "Parameters"]
    assert content(out)["tables"][0]["mark"] == "simulated data"


def test_real_data_is_not_called_simulated(tmp_path: Path, spec: TableSpec, sources: Sources, undrawn: None) -> None:
    report(tmp_path, [spec.model_copy(update={"collection": "real"})], sources)
    page = (tmp_path / "index.html").read_text()
    assert "Toy &lt;table&gt; </h2>" in page
    assert "simulated" not in page.lower()


def test_tables_are_printed(printed: io.StringIO, out: Path) -> None:
    assert "Toy <table> (simulated data)" in printed.getvalue()
    assert "LGSC, head" in printed.getvalue()


def test_plots_tables_hold_every_clip(out: Path) -> None:
    histogram = pd.read_csv(out / "plots/histogram.csv")
    counts = histogram.groupby(["row", "class"])["clips"].sum()
    assert counts["LGSC"].to_dict() == {"live": 3, "print": 2, "replay": 2}  # one live clip has no face
    roc, det = pd.read_csv(out / "plots/roc.csv"), pd.read_csv(out / "plots/det.csv")
    assert list(roc.columns) == ["table", "data", "protocol", "row", "threshold", "apcer_pooled", "bpcer"]
    assert set(roc["data"]) == {"simulated data"}
    assert (roc["threshold"] == det["threshold"]).all()
    for _, curve in roc.groupby("row"):
        assert curve["apcer_pooled"].is_monotonic_decreasing
        assert curve["bpcer"].is_monotonic_increasing


def test_the_page_draws_what_the_metrics_say(out: Path, sources: Sources) -> None:
    shown = content(out)
    (table,) = shown["tables"]
    (view,) = table["views"]
    row, _, failed = view["rows"]
    expected = evaluate(pd.read_parquet(sources.runs / "lgsc/full/p/0/scores.parquet"))
    policy, errors = row["policies"]["dev_eer"], expected["policies"]["dev_eer"]
    assert policy["threshold"] == errors["threshold"]
    assert policy["place"] == pytest.approx([errors["apcer_pooled"], errors["bpcer"]], abs=1e-3)
    assert (row["live"], row["attacks"], row["missing"]) == (4, 4, 1)
    assert failed["reason"] == "handcrafted/default/p/0/fit: ValueError: too few clips"
    numbers = [number for first, end in view["clips"] for number in range(first, end)]
    assert len(numbers) == len(row["scores"]) == 8
    accepted = {
        shown["clips"]["names"][n] for n, score in zip(numbers, row["scores"], strict=True) if score and score >= policy["threshold"]
    }
    table = pd.read_parquet(sources.runs / "lgsc/full/p/0/scores.parquet").query("role == 'test'")
    assert accepted == set(table.loc[table["score"] >= errors["threshold"], "clip"])


def test_the_page_holds_pictures_cue_maps_and_features(out: Path) -> None:
    shown = content(out)
    view = shown["tables"][0]["views"][0]
    assert len(shown["pictures"]["clips"]) == 7  # all test clips with a face
    assert set(shown["pictures"]["captions"]) == {"face", "flow", "dfg reconstruction", "dfg residual"}
    assert set(shown["cues"]) == {"lgsc/full/p/0"}
    assert len(shown["cues"]["lgsc/full/p/0"]["clips"]) == 7
    assert view["rows"][0]["tsne"]["layer"] == "the toy's <layer>"
    assert len(view["rows"][0]["tsne"]["x"]) == 7
    assert [own["heading"] for own in view["own"]] == ["Own counts", "Own faces"]
    assert shown["histories"] == {"lgsc/full/p/0": {"loss": [[1, 2, 3], [3.0, 2.0, 1.0]]}}
    assert len(view["gallery"]) == 7


def test_pictures_that_do_not_fit_are_told(tmp_path: Path, spec: TableSpec, sources: Sources, undrawn: None) -> None:
    report(tmp_path, [spec], sources, ReportParams(embedded=0.03))
    assert "did not fit (report.embedded)" in (tmp_path / "index.html").read_text()
    assert len(content(tmp_path)["pictures"]["clips"]) < 7


def test_the_same_inputs_give_the_same_bytes(out: Path, tmp_path: Path, spec: TableSpec, sources: Sources) -> None:
    report(tmp_path, [spec], Sources(sources.runs, sources.data, sources.cues, sources.captures))
    written = [path for path in out.rglob("*") if path.is_file()]
    assert len(written) > 10
    for path in written:
        assert path.read_bytes() == (tmp_path / path.relative_to(out)).read_bytes(), path.name


def test_an_empty_project_still_gives_a_report(tmp_path: Path, spec: TableSpec, sources: Sources) -> None:
    empty = Sources(tmp_path / "runs", tmp_path / "data", tmp_path / "models/cues", sources.captures.iloc[:0])
    stream = io.StringIO()
    report(tmp_path / "reports", [spec], empty, console=Console(file=stream))
    assert "no scores: lgsc/full/p/0" in stream.getvalue()
    assert "no scores: lgsc/full/p/0" in (tmp_path / "reports/index.html").read_text()
    assert json.loads((tmp_path / "reports/metrics.json").read_text()) == {"toy": {row.label: {} for row in spec.rows}}
    assert not (tmp_path / "reports/figures").exists()


def test_a_t_sne_that_cannot_be_made_is_told(tmp_path: Path, spec: TableSpec, sources: Sources, undrawn: None) -> None:
    report(tmp_path, [spec], sources, ReportParams(tsne=3))
    assert "t-SNE of lgsc/full/p/0: 3 clips have features; it takes 5" in (tmp_path / "index.html").read_text()
    assert content(tmp_path)["tables"][0]["views"][0]["rows"][0]["tsne"] == {"reason": "3 clips have features; it takes 5"}


def test_the_page_tells_which_faces_a_cue_maker_learned_from(
    tmp_path: Path, spec: TableSpec, sources: Sources, out: Path, undrawn: None
) -> None:
    counts = {"faces": {"kept": 90, "left_out": 7}}
    card = {"cue": "dfg", "version": 1, "params": {"faces": ["faces"], "max_yaw": 30.0}, "clips": 9, "faces": 80, "pose": counts}
    write_json(tmp_path / "cues/dfg/config.json", card)
    report(tmp_path / "reports", [spec], replace(sources, cues=tmp_path / "cues"))
    page = (tmp_path / "reports/index.html").read_text()
    assert "Faces that the cue makers learned from" in page
    assert "<td>97</td><td>7</td><td>90</td><td>80</td>" in page
    assert "cue makers learned" not in (out / "index.html").read_text()


def test_images_that_share_a_file_are_found_in_it(tmp_path: Path) -> None:
    faces = np.zeros((1, 4, 4, 3), np.uint8)
    write_npz(tmp_path / "data/frames/bundle.npz", {"0/aligned": faces, "1/aligned": faces + 9})
    row = {"item": "s/images-0", "dataset": "s", "clip": "", "status": "ok", "error": "", "file": "bundle.npz"}
    write_table(tmp_path / "data/frames/index.parquet", pd.DataFrame([row]))
    members = [{**row, "clip": f"{name}.png", "member": number} for number, name in enumerate("ab")]
    lost = {**row, "clip": "c.png", "member": 2, "status": "no_face", "error": "no face"}
    write_table(tmp_path / "data/frames/members.parquet", pd.DataFrame([*members, lost]))
    captures = pd.DataFrame(
        {"dataset": "s", "clip": ["a.png", "b.png", "c.png"], "label": "live", "attack": "", "instrument": "", "subject": ""}
    )
    found = Sources(tmp_path / "runs", tmp_path / "data", tmp_path / "cues", captures)
    assert found.clips["s", "b.png"].read("frames")["aligned"].max() == 9
    assert not found.clips["s", "c.png"].has("frames")
    assert found.failures().to_dict("records") == [{"stage": "frames", "item": "s/c.png", "status": "no_face", "error": "no face"}]


def test_of_several_samplings_the_usual_one_is_shown(tmp_path: Path) -> None:
    rows = [
        {"item": "s/a@first60", "dataset": "s", "clip": "a", "sampling": "first60", "status": "ok", "error": "", "file": "first.npz"},
        {"item": "s/a", "dataset": "s", "clip": "a", "sampling": "", "status": "ok", "error": "", "file": "usual.npz"},
    ]
    write_table(tmp_path / "data/frames/index.parquet", pd.DataFrame(rows))
    found = Sources(tmp_path / "runs", tmp_path / "data", tmp_path / "cues", pd.DataFrame())
    assert found.features() == {("s", "a"): {"frames": tmp_path / "data/frames/usual.npz"}}


def test_a_threshold_that_a_column_fixes_has_its_operating_point(tmp_path: Path, spec: TableSpec, sources: Sources, undrawn: None) -> None:
    columns = [*spec.columns, Column(protocol="p", metric="hter", policy="fixed", threshold=0.01)]
    report(tmp_path, [spec.model_copy(update={"columns": columns})], sources)
    shown = content(tmp_path)
    expected = evaluate(pd.read_parquet(sources.runs / "lgsc/full/p/0/scores.parquet"), 0.01)["policies"]["fixed"]
    policy = shown["tables"][0]["views"][0]["rows"][0]["policies"]["fixed 0.01"]
    assert policy["threshold"] == 0.01
    assert policy["place"] == pytest.approx([expected["apcer_pooled"], expected["bpcer"]], abs=1e-3)
    assert shown["policies"]["fixed 0.01"]["name"] == "fixed 0.01"


def test_a_method_that_is_awaited_says_so(tmp_path: Path, spec: TableSpec, sources: Sources, undrawn: None) -> None:
    rows = [*spec.rows, Row(label="Later", method="later")]
    awaiting = spec.model_copy(update={"rows": rows, "awaits": ["later"], "literature": ["GRADIANT"]})
    report(tmp_path, [awaiting], sources)
    assert content(tmp_path)["tables"][0]["views"][0]["rows"][3]["reason"] == "method later is not in this version yet"


def test_a_table_of_sizes_stands_apart_with_where_it_was_measured(tmp_path: Path, spec: TableSpec, sources: Sources) -> None:
    sizes = load_any("004-T14")
    assert isinstance(sizes, PlainSpec)
    own = PlainResults({("AttVLAD", "network time per frame"): Cell(2.5, 2.0, 3.0)}, notes=("Ours: a slow machine.",))
    report(tmp_path, [spec], sources, ReportParams(faces=False), apart=[(sizes, own)])
    page = (tmp_path / "index.html").read_text()
    apart = re.search(r'<section id="apart".*?</section>', page, re.DOTALL)
    assert apart
    for text in ("2.50 [2.00, 3.00]", "<li>Ours: a slow machine.</li>", '<th scope="row">AttVLAD</th>', "1.98"):
        assert text in apart.group()
    assert "Ours: a slow machine." in (tmp_path / "tables" / "004-T14.md").read_text()
    assert set(json.loads((tmp_path / "metrics.json").read_text())) == {"toy"}
    assert [table["id"] for table in content(tmp_path)["tables"]] == ["toy"]
