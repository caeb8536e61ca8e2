"""The figures that show several cue makers' reconstructions of the same clips."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fas.clips import FRAMES, Clip
from fas.files import write_json
from fas.methods.mean_residual import METHOD
from fas.report.album import Album
from fas.report.cue_makers import cue_figures, cue_names, identity_pairs, standardised
from fas.report.figures import draw
from fas.report.params import ReportParams
from fas.report.sources import Sources
from fas.report.views import RowView, View
from fas.tables.columns import Column
from fas.tables.spec import Row, TableSpec, load

NAMES = ("dfg", "dfg-no_identity", "dfg-t1000", "dfg-no_identity_t1000", "memae")
SPEC = TableSpec(
    id="toy",
    title="Toy",
    collection="simulated",
    features=[f"residuals/{name}" for name in NAMES[1:]],
    rows=[Row(label="DFG", method="mean_residual")],
    columns=[Column(protocol="p", metric="auc")],
)


def clip(name: str, attack: str, names: tuple[str, ...] = NAMES) -> Clip:
    random = np.random.default_rng(len(name))
    made = {"reconstruction": random.integers(0, 256, (1, 8, 8, 3), dtype=np.uint8), "frame": np.array([5])}
    frames = {"aligned": random.integers(0, 256, (2, 16, 16, 3), dtype=np.uint8), "frame": np.array([1, 5])}
    features = {FRAMES: frames, **{f"residuals/{one}": made for one in names}}
    return Clip("d", name, "attack" if attack else "live", attack, features=features)


@pytest.fixture(autouse=True)
def _method(monkeypatch: pytest.MonkeyPatch) -> None:
    """The room's toy methods have no cue maker."""
    monkeypatch.setattr("fas.methods.methods", lambda: {"mean_residual": METHOD})


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    run = tmp_path / "runs/mean_residual/default/p/0"
    write_json(run / "config.json", {"params": {"cue": "dfg"}})
    clips = {("d", one.clip): one for one in (clip("a", ""), clip("bb", "print"), clip("ccc", "replay", NAMES[:2]))}
    monkeypatch.setattr(Sources, "clips", clips)
    return Sources(tmp_path / "runs", tmp_path / "data", tmp_path / "models/cues", pd.DataFrame({"dataset": []}))


@pytest.fixture
def view(sources: Sources) -> View:
    names = [("a", "live", ""), ("bb", "attack", "print"), ("ccc", "attack", "replay")]
    rows = [
        {"dataset": "d", "clip": one, "label": label, "attack": attack, "instrument": "", "role": "test", "score": 0.5}
        for one, label, attack in names
    ]
    folder = sources.folder(SPEC, "mean_residual", "default", "p", 0)
    return View(SPEC, "p", (RowView(SPEC.rows[0], folder, "mean_residual/default/p/0", pd.DataFrame(rows)),))


def test_the_table_s_cue_makers_are_those_of_its_methods_and_of_its_features(view: View, sources: Sources) -> None:
    assert cue_names(view, sources) == list(NAMES)


def test_a_maker_meets_its_variant_without_identity() -> None:
    assert identity_pairs(NAMES) == [("dfg", "dfg-no_identity"), ("dfg-t1000", "dfg-no_identity_t1000")]
    assert identity_pairs(["memae", "dfg-t200"]) == []


def test_a_table_for_any_data_compares_identity_over_all_noise_levels() -> None:
    features = load("identity-over-t").features
    names = [feature.removeprefix("residuals/") for feature in features]
    assert load("identity-over-t").collection == "any"
    levels = [f"t{level}" for level in (1000, 800, 600, 400, 200)]
    assert identity_pairs(names) == [(f"dfg-{level}", f"dfg-no_identity_{level}") for level in levels]


def test_both_figures_show_the_clips_that_all_makers_have(view: View, sources: Sources) -> None:
    makers, identity = cue_figures(view, sources)
    assert makers.people and identity.people
    shown = [axes for axes in makers.figure.axes if axes.images]
    assert len(shown) == 2 * (1 + 2 * 4), "a live clip and a print; the face and two pictures of each of four makers"
    assert len([axes for axes in identity.figure.axes if axes.images]) == 2 * 2 * (1 + 2)


def test_one_cue_maker_is_no_comparison(view: View, sources: Sources) -> None:
    alone = View(SPEC.model_copy(update={"features": []}), "p", view.rows)
    assert cue_figures(alone, sources) == []


def test_a_standardised_residual_forgets_offset_and_scale() -> None:
    face = np.full((4, 4, 3), 100, np.uint8)
    pattern = np.tile(np.array([90, 110], np.uint8), (4, 2))[..., None].repeat(3, axis=2)
    assert (standardised(face, face) == 128).all()
    one, other = standardised(face, pattern), standardised(face, (pattern.astype(int) * 2 - 60).astype(np.uint8))
    np.testing.assert_array_equal(one, other)
    assert one.max() > 150 and one.min() < 100


@pytest.mark.parametrize("faces", [True, False])
def test_without_faces_they_are_not_drawn(
    view: View, sources: Sources, tmp_path: Path, faces: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fas.report.figures._curves", lambda *_: None)
    monkeypatch.setattr("fas.report.figures._worst", lambda *_: None)
    monkeypatch.setattr("fas.report.figures.draw_galleries", lambda *_: [])
    figures = draw(tmp_path / "figures", SPEC, [view], sources, ReportParams(faces=faces), Album(3.0))
    files = sorted(path.name for path in (tmp_path / "figures").glob("*.png"))
    assert files == (["own-toy-p-cues-identity.png", "own-toy-p-cues-makers.png"] if faces else [])
    assert [name for _, name in figures.own.get("p", [])] == files[::-1]
