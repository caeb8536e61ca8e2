from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fas.files import write_table
from fas.methods import method
from fas.methods.base import FigureRun
from fas.methods.meta_pseudo_label.figures import HEAT, SCORES, figures
from tests.methods.meta_pseudo_label.captures import CLIPS, RUNTIME, changed, trained

ROLES = ["train", "train", "test", "test", "train", "train"]


def run_in(folder: Path, roles: list[str], **values: object) -> FigureRun:
    params = changed(steps=2, **values)
    trained(folder, params)
    return FigureRun("a run", "some", params, folder / "out", list(zip(CLIPS, roles, strict=True)))


def write_scores(folder: Path, intra: str) -> None:
    rows = [
        ("set", f"{role}{label}{index}", "s", label, "" if label == "live" else "print", "", role, float(value))
        for role in (intra, "test")
        for label in ("live", "attack")
        for index, value in enumerate(np.linspace(0, 1, 4))
    ]
    columns = ["dataset", "clip", "subject", "label", "attack", "instrument", "role", "score"]
    write_table(folder / "scores.parquet", pd.DataFrame(rows, columns=columns))


@pytest.mark.parametrize(("intra", "titles"), [
    ("source_eval", ["within the source (source_eval)", "test"]),
    ("dev", ["within the source (dev)", "test"]),
    ("train", ["test"]),
])  # fmt: skip
def test_figure_9_has_the_source_left_and_the_target_right(tmp_path: Path, intra: str, titles: list[str]) -> None:
    run = run_in(tmp_path, ["train"] * 6)
    write_scores(run.model, intra)
    (drawn,) = figures([run], RUNTIME)
    assert (drawn.heading, drawn.name, drawn.people) == (SCORES, "scores-some", False)
    assert [axes.get_title() for axes in drawn.figure.axes] == titles
    for axes in drawn.figure.axes:
        assert [text.get_text() for text in axes.get_legend().get_texts()] == ["live (4)", "attack (4)"]
        assert sum(patch.get_height() for patch in axes.patches) == pytest.approx(2)


@pytest.mark.parametrize(("others", "roles"), [("train", ["test"]), ("dev", ["test"]), ("source_eval", ["source_eval", "test"])])
def test_figures_7_and_8_show_each_class_of_source_and_target(tmp_path: Path, others: str, roles: list[str]) -> None:
    run = run_in(tmp_path, [others, "train", "test", "test", "train", others])
    drawn = list(figures([run], RUNTIME))
    assert [(one.heading, one.name, one.people) for one in drawn] == [(HEAT, f"heat-{role}-some", True) for role in roles]
    for one, role in zip(drawn, roles, strict=True):
        assert len(one.figure.axes) == 2 * 4  # a live and an attack clip; the face and three maps
        assert [axes.get_ylabel() for axes in one.figure.axes[::4]] == ["live", "print"]
        of_role = [clip.read("frames")["aligned"][1] for clip, its in run.clips if its == role]  # of three frames the middle one
        for axes, face in zip(one.figure.axes[::4], of_role, strict=True):
            np.testing.assert_array_equal(axes.images[0].get_array(), face)


def test_a_network_of_whole_faces_has_one_map(tmp_path: Path) -> None:
    (drawn,) = figures([run_in(tmp_path, ROLES, mode="pl", input="whole")], RUNTIME)
    assert len(drawn.figure.axes) == 2 * 2


def test_without_runs_there_are_no_figures() -> None:
    assert list(figures([], RUNTIME)) == []


def test_the_card_names_its_hooks() -> None:
    card = method("meta_pseudo_label")
    assert callable(card.draw_figures())
    assert callable(card.draw_cue_maps())
    assert card.inputs(card.params()) == ("frames",)
