from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fas.clips import Clip
from fas.config import Runtime
from fas.files import write_json, write_table
from fas.methods import method
from fas.methods.adversarial_flow.figure_maps import examples, marked
from fas.methods.adversarial_flow.figures import figures
from fas.methods.adversarial_flow.groups import finer, group, ordered
from fas.methods.adversarial_flow.params import AdversarialFlowParams
from fas.methods.base import Drawn, FigureRun, Fit

RUNTIME = Runtime()


def scores(run_score, model: Path, params: AdversarialFlowParams, clips: list[Clip]) -> pd.DataFrame:
    tables = []
    for clip, one in zip(clips, run_score(model, params, clips, RUNTIME), strict=True):
        about = {"dataset": clip.dataset, "clip": clip.clip, "frame": one.frames}
        tables.append(pd.DataFrame({**about, "score": one.scores["score"], "score_error": one.scores["error"]}))
    return pd.concat(tables, ignore_index=True)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, tiny: AdversarialFlowParams, clips: list[Clip]) -> list[FigureRun]:
    folder = tmp_path_factory.mktemp("runs")
    params = tiny.model_copy(update={"steps": 2})
    return [trained(folder / variant, variant, params, clips) for variant in ("full", "appearance")]


def trained(out: Path, variant: str, params: AdversarialFlowParams, clips: list[Clip]) -> FigureRun:
    work = method("adversarial_flow").load()
    params = params.variant("adversarial_flow", variant)
    out.mkdir()
    notes = work.fit(Fit(params, clips, [], 0, out, out.with_name(f"{variant}-scratch"), RUNTIME))
    write_json(out / "config.json", notes)
    table = scores(work.score, out, params, clips)
    write_table(out / "scores.parquet", table)
    write_table(out / "checkpoints.parquet", pd.concat([table.assign(step=1), table.assign(step=2)]))
    roles = [(clip, "train" if clip.clip == "live3" else "test") for clip in clips]
    return FigureRun(variant.capitalize(), variant, params, out, roles)


@pytest.fixture(scope="module")
def drawn(runs: list[FigureRun]) -> dict[str, Drawn]:
    return {one.name: one for one in figures(runs, RUNTIME)}


def test_all_figures_are_drawn_and_pictures_of_people_say_so(drawn: dict[str, Drawn]) -> None:
    assert {name: one.people for name, one in drawn.items()} == {
        "training": False,
        "errors": False,
        "still": False,
        "flow": True,
        "reconstruction-full": True,
        "reconstruction-appearance": True,
    }


def test_still_images_have_all_figures_but_the_judgement_s(tmp_path: Path, tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    """A map each, as NUAA's."""
    single = [replace(clip, features={"flow": {key: rows[:1] for key, rows in clip.features["flow"].items()}}) for clip in clips[2:5]]
    run = trained(tmp_path / "full", "full", tiny.model_copy(update={"steps": 2, "score": "error"}), single)
    table = pd.read_parquet(run.model / "scores.parquet").set_index("clip")
    assert set(table.index) == {clip.clip for clip in single}
    assert (table["score"] == table["score_error"]).all()
    assert np.isfinite(table["score"]).all()
    assert {one.name for one in figures([run], RUNTIME)} == {"training", "errors", "flow", "reconstruction-full"}


def test_live_fixed_and_hand_are_told_apart(clips: list[Clip]) -> None:
    assert ordered(map(group, clips)) == ["live", "fixed", "hand", "replay"]
    assert ordered(map(finer, clips)) == ["live", "print fixed", "print hand", "replay"]


def test_the_training_curve_has_a_line_per_group_and_a_point_per_checkpoint_in_epochs(drawn: dict[str, Drawn]) -> None:
    """Four live clips of four maps of four windows, 8 windows a step: an epoch is 8 steps."""
    full, appearance = drawn["training"].figure.axes
    assert [full.get_title(), appearance.get_title()] == ["Full", "Appearance"]
    assert [text.get_text() for text in full.get_legend().get_texts()] == ["live", "fixed", "hand", "replay"]
    assert full.get_xlabel() == "epoch"
    assert all(list(line.get_xdata()) == [1 / 8, 2 / 8] for line in full.get_lines())


def test_the_histograms_count_test_frames(drawn: dict[str, Drawn]) -> None:
    labels = [text.get_text() for text in drawn["errors"].figure.axes[0].get_legend().get_texts()]
    assert labels == ["live (9)", "fixed (6)", "hand (3)", "replay (3)"]  # the fourth live clip is a training clip


def test_the_motion_judgement_s_figure_says_how_many_are_still(drawn: dict[str, Drawn]) -> None:
    axes = drawn["still"].figure.axes[0]
    assert [text.get_text() for text in axes.texts] == ["0 of 3 still", "2 of 2 still", "0 of 1 still", "0 of 1 still"]


def test_examples_are_one_of_each_kind_live_first(runs: list[FigureRun]) -> None:
    assert [clip.clip for clip in examples(runs[0])] == ["live0", "fixed0", "hand", "replay"]


def test_differences_are_white_where_there_are_none_and_red_where_they_are_large() -> None:
    shown = np.zeros((1, 2, 2, 3), np.uint8)
    made = shown.copy()
    made[0, 0, 0] = 200
    found = marked(shown, made)
    assert found[0, 0, 0].tolist() == [255, 0, 0]
    assert found[0, 1, 1].tolist() == [255, 255, 255]


def test_without_runs_there_is_nothing_to_draw() -> None:
    assert list(figures([], RUNTIME)) == []
