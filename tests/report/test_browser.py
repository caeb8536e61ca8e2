"""The page in a real Chromium, opened from a file."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fas.files import write_table
from fas.metrics import evaluate
from fas.report.album import Album
from fas.report.background import background
from fas.report.build import report
from fas.report.content import Tabled, content
from fas.report.figures import Figures
from fas.report.page import write_page
from fas.report.params import ReportParams
from fas.report.pictures import embed
from fas.report.sheet import sheet
from fas.report.sources import Sources
from fas.report.views import View
from fas.tables.spec import Column, Row, TableSpec

pytestmark = pytest.mark.browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ["quic", "background-networking", "component-update", "sync", "gpu"]
ARGUMENTS = ["--headless", "--no-sandbox", "--no-first-run", *(f"--disable-{what}" for what in QUIET)]
HOSTILE = '</script><img src=x onerror="document.title=1">'
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no chromium (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium: Any) -> Iterator[Open]:
    """Opens a page; in the end nothing may have been said on its console, thrown, or asked of any network."""
    told: list[str] = []
    contexts = []

    def open_page(path: Path, address: str = "", **options: Any) -> Any:
        contexts.append(chromium.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda message: told.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: told.append(f"error: {error}"))
        page.on("requestfailed", lambda request: told.append(f"failed: {request.url[:100]}"))
        page.on("request", lambda request: told.extend([] if request.url.startswith(("file:", "data:")) else [request.url]))
        page.goto(f"file://{path}{address}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert told == []


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, sources: Sources) -> tuple[list[TableSpec], Sources]:
    """Two tables, simulated and real, of two protocols each; a method that failed in one of them; names that want to be HTML."""
    root = tmp_path_factory.mktemp("project")
    shutil.copytree(sources.runs / "lgsc", root / "runs/lgsc")
    scores = pd.read_parquet(sources.runs / "lgsc/full/p/0/scores.parquet")
    scores.loc[scores["clip"] == "2/live0.avi", "clip"] = HOSTILE
    for run, factor in (("lgsc/full/p", 1.0), ("lgsc/full/q", 0.5), ("handcrafted/default/p", 3.0), ("handcrafted/other/q", 0.1)):
        write_table(root / f"runs/{run}/0/scores.parquet", scores.assign(score=scores["score"] * factor))
    rows = [
        Row(label="LGSC", method="lgsc", variant="full"),
        Row(label="LGSC, head", method="lgsc", variant="full", score="auxiliary"),
        Row(label=f"Hand-crafted {HOSTILE}", method="handcrafted"),
    ]
    columns = [Column(protocol=name, metric="auc") for name in "pq"]
    columns += [Column(protocol=name, metric="hter", policy="dev_eer") for name in "pq"]
    toy = TableSpec(id="toy", title="Toy <table>", collection="simulated", features=["flow", "residuals/dfg"], rows=rows, columns=columns)
    other = Row(label="Another", method="handcrafted", variant="other")
    real = TableSpec(id="real", title="Real table", collection="real", rows=[other], columns=[Column(protocol="q", metric="auc")])
    return [toy, real], Sources(root / "runs", sources.data, sources.cues, sources.captures)


@pytest.fixture(scope="module")
def path(project: tuple[list[TableSpec], Sources], tmp_path_factory: pytest.TempPathFactory, make: SimpleNamespace) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    with make.blank():
        report(folder, *project)
    return folder / "index.html"


def cells_of(view: View) -> pd.DataFrame:
    """The cells of a view's table, as fas.tables.compute gives them."""
    empty = dict.fromkeys(["ci_low", "ci_high", "std", "published", "published_std", "difference"], np.nan)
    about = {"column": "p auc", "n_live": 1, "n_attack": 1, "folds": 1, "kind": "measured", "reason": "", **empty}
    return pd.DataFrame([{"row": row.label, "value": row.metrics["auc"], **about} for row in view.rows])


def rows_of(page: Any) -> list[str]:
    return page.locator("[data-table=toy] tbody tr").evaluate_all("rows => rows.map((row) => row.dataset.row)")


def fits(page: Any) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize(
    "options", [{}, {"color_scheme": "dark"}, {"reduced_motion": "reduce"}, PHONE], ids=["light", "dark", "still", "phone"]
)
def test_it_opens_and_draws(opened: Open, path: Path, options: dict) -> None:
    page = opened(path, **options)
    assert page.locator("#roc path.curve").count() == 3
    assert page.locator("#det path.curve").count() == 3
    assert page.locator("#histogram rect").count() > 5
    assert page.locator("#tsne path").count() == 6  # the test clips with a face, but that with another name
    assert page.locator("#clip-list img").count() > 5
    assert page.locator("#clip-list img").evaluate_all("all => all.every((one) => one.complete && one.naturalWidth > 10)")
    assert fits(page)


def test_table_protocol_and_method_are_picked_by_keyboard(opened: Open, path: Path) -> None:
    page = opened(path)
    page.locator("#pick-table").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # protocol q
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")  # the second method
    assert page.locator("#scores .where").inner_text() == "LGSC, head, q"
    assert page.locator("tr[aria-current]").first.get_attribute("data-row") == "LGSC, head"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")  # the other table
    assert page.locator("#table h2:visible").inner_text() == "Real table"
    assert page.locator("#scores .where").inner_text() == "Another, q"
    assert "table=real" in page.url


def test_a_view_can_be_linked(opened: Open, path: Path) -> None:
    first = opened(path)
    first.select_option("#pick-protocol", "q")
    first.locator("#pick-row").select_option(index=1)
    first.locator("#pick-policy").select_option("test_eer")
    first.get_by_role("button", name="logarithmic").click()
    first.get_by_role("tab", name="Worst attacks").click()
    again = opened(path, first.evaluate("location.hash"))
    for selector in ("#scores .where", "#clip-panel", "#roc", "#operating"):
        assert again.locator(selector).inner_html() == first.locator(selector).inner_html(), selector


def test_an_address_that_names_nothing_shows_the_first(opened: Open, path: Path) -> None:
    page = opened(path, "#table=none&protocol=%22&row=%3Cb%3E&policy=fixed&sort=x-down&clips=gone")
    assert page.locator("#table h2:visible").inner_text().startswith("Toy <table>")
    assert page.locator("#clip-list .card").count() > 0


def test_columns_are_sorted_by_keyboard_and_empty_cells_come_last(opened: Open, path: Path) -> None:
    page = opened(path)
    given = rows_of(page)
    values = page.locator("[data-table=toy] tbody tr").evaluate_all("rows => rows.map((row) => Number(row.cells[1].dataset.order))")
    button = page.locator("#sort-toy-1")  # protocol q, where the hand-crafted cues have no scores
    button.focus()
    page.keyboard.press("Enter")
    down = rows_of(page)
    assert button.locator("..").get_attribute("aria-sort") == "descending"
    page.keyboard.press("Enter")  # the focus is still there
    up = rows_of(page)
    assert button.locator("..").get_attribute("aria-sort") == "ascending"
    assert down[:2] == up[:2][::-1]
    assert down[2] == up[2] == given[2]
    page.keyboard.press("Enter")
    assert rows_of(page) == given
    page.locator("#sort-toy-0").click()
    assert rows_of(page) == [row for _, row in sorted(zip(values, given, strict=True), key=lambda pair: -pair[0])]


def test_operating_points_tell_themselves_when_they_have_the_focus(opened: Open, path: Path) -> None:
    page = opened(path)
    for chart in ("#roc", "#det"):
        points = page.locator(f"{chart} [data-policy]")
        assert points.evaluate_all("all => all.map((one) => one.dataset.policy)") == ["dev_eer", "test_eer"]
        points.first.focus()
        cells = page.locator("#operating tbody tr").first.locator("td").all_inner_texts()
        told = page.locator("#tip").inner_text()
        assert f"LGSC, threshold dev EER {cells[0]}" in told
        assert f"APCER, all attacks {cells[4]} %, BPCER {cells[3]} %" in told
        page.keyboard.press("Escape")
        assert page.locator("#tip").is_hidden()


def test_tabs_follow_the_arrow_keys(opened: Open, path: Path) -> None:
    page = opened(path)
    page.get_by_role("tab", name="Worst live").focus()
    seen = []
    for _ in range(4):
        page.keyboard.press("ArrowRight")
        seen.append(page.evaluate("document.activeElement.innerText"))
        assert page.locator("[role=tab][aria-selected=true]").inner_text() == seen[-1]
    assert seen == ["Worst attacks", "Gallery", "All clips", "Worst live"]
    scores = page.locator("#clip-list .score").all_inner_texts()
    values = [float(text.removeprefix("score ").replace("−", "-")) for text in scores]
    assert values == sorted(values)


def test_decisions_are_those_of_the_metrics(opened: Open, path: Path, project: tuple[list[TableSpec], Sources]) -> None:
    errors = evaluate(pd.read_parquet(project[1].runs / "lgsc/full/p/0/scores.parquet"))["policies"]
    for policy in ("dev_eer", "test_eer"):
        page = opened(path, f"#clips=all&policy={policy}")
        page.locator("#filter-wrong").check()
        shown = page.locator("#clip-list tbody tr")
        wrong = round((errors[policy]["apcer_pooled"] + errors[policy]["bpcer"]) / 100 * 4)  # four clips of each label
        assert shown.count() == wrong
        assert page.locator("#clip-list .right").count() == 0


def test_names_are_text(opened: Open, path: Path) -> None:
    page = opened(path, "#clips=all")
    page.locator("#filter-text").fill("onerror")
    assert page.locator("#clip-list td.name").all_inner_texts() == [HOSTILE]
    assert page.locator("#pick-row option").all_inner_texts()[2] == f"Hand-crafted {HOSTILE}"
    assert page.title() == "fas report (partly simulated data)"


def test_what_is_simulated_is_marked_and_nothing_else(opened: Open, path: Path) -> None:
    page = opened(path)
    heads = page.locator("section:not(#behind) :is(h2, h3):visible").all_inner_texts()
    assert len(heads) > 6
    assert [head for head in heads if not head.endswith("simulated data")] == []
    assert page.locator("svg:has(.note)").count() == page.locator("svg .note", has_text="simulated data").locator("..").count() > 4
    page.select_option("#pick-table", "real")
    assert [text for text in page.locator("section:not(#behind)").all_inner_texts() if "simulated" in text] == []


def test_a_phone_scrolls_tables_and_not_the_page(opened: Open, path: Path) -> None:
    page = opened(path, **PHONE)
    for name in ("Worst live", "Worst attacks", "Gallery", "All clips"):
        page.get_by_role("tab", name=name).click()
        assert fits(page), name
    box = page.locator("[data-table=toy] .wide").first
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert page.locator("#roc svg text").first.evaluate("text => parseFloat(getComputedStyle(text).fontSize)") >= 11


def test_without_scores_it_tells_why(opened: Open, path: Path) -> None:
    page = opened(path, "#protocol=q")
    page.locator("#pick-row").select_option(index=2)
    for place in ("#operating", "#histogram", "#clip-list", "#curve-reasons"):
        assert "no scores: handcrafted/default/q/0" in page.locator(place).inner_text(), place


def test_where_no_method_has_scores_there_are_no_empty_axes(opened: Open, project: tuple[list[TableSpec], Sources], tmp_path: Path) -> None:
    specs, sources = project
    report(tmp_path, specs, Sources(tmp_path / "runs", sources.data, sources.cues, sources.captures))
    page = opened(tmp_path / "index.html")
    assert page.locator("svg:visible").count() == 0
    assert page.locator("#curve-reasons p").count() == 3


def test_without_javascript_the_tables_are_there(opened: Open, path: Path) -> None:
    page = opened(path, java_script_enabled=False)
    assert page.locator("#table h2").all_inner_texts() == ["Toy <table> simulated data", "Real table"]
    assert page.locator("tbody tr:visible").count() >= 4
    assert page.locator("#curves").is_hidden()


def test_without_faces_there_is_no_picture(opened: Open, project: tuple[list[TableSpec], Sources], tmp_path: Path, undrawn: None) -> None:
    report(tmp_path, *project, ReportParams(faces=False))
    page = opened(tmp_path / "index.html")
    assert page.locator("#clip-list tbody tr").count() > 0
    page.get_by_role("tab", name="Gallery").click()
    assert "report.faces" in page.locator("#clip-list").inner_text()
    assert page.locator("img, canvas, video, image").evaluate_all("all => all.map((one) => one.alt)") == ["Own counts, p"]


def test_ten_thousand_clips_without_faces(opened: Open, tmp_path: Path, make: SimpleNamespace) -> None:
    random = np.random.default_rng(0)
    kinds = np.array(["", "print", "replay", "mask_rigid"])[np.arange(10_000) % 4]
    clips = pd.DataFrame({"label": np.where(kinds == "", "live", "attack"), "attack": kinds, "instrument": kinds, "subject": ""})
    clips["clip"] = [f"Test/spoof/{number % 93:03d}/{number:05d}-1-{number % 5}-2-{number % 3}.mov" for number in range(len(clips))]
    rows = []
    for number in range(4):
        scored = clips.assign(score=np.where(kinds == "", 1, -1) + random.normal(size=len(clips)), dataset="siw", role="test")
        rows.append(make.row(scored, f"row {number}", **evaluate(scored, resamples=2)))
    view = make.view(*rows)
    params, nothing = ReportParams(faces=False), Sources(tmp_path, tmp_path, tmp_path, pd.DataFrame())
    table = Tabled(view.spec, sheet(view.spec, cells_of(view)), [view], Figures())
    pictured, album = embed(Album(0), [view], nothing, params), Album(0)
    shown = content([table], pictured, album, {}, params)
    write_page(tmp_path / "index.html", [table.sheet], background([table], pictured, album, nothing), shown)
    assert (tmp_path / "index.html").stat().st_size < 5_000_000
    page = opened(tmp_path / "index.html", "#clips=all")
    assert page.locator("#clip-note").inner_text() == "1 to 50 of 10000 clips."
    page.locator("#clips-next").click()
    assert page.locator("#clip-note").inner_text() == "51 to 100 of 10000 clips."
    page.locator("#filter-text").fill("/00042-")
    assert page.locator("#clip-list tbody tr").count() == 1
    page.locator("#pick-row").select_option(index=3)
    assert page.locator("#scores .where").inner_text() == "row 3, p"
