import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fas.clips import Clip
from fas.config import Runtime
from fas.methods import method
from fas.methods.base import FigureRun, Fit
from fas.methods.pseudo_negative.figures import cosine_distance, figures
from fas.methods.pseudo_negative.params import PseudoNegativeParams

TINY = PseudoNegativeParams(width=1, size=64, steps=2, batch=4, score_frames=2, start_step=0)
RUNTIME = Runtime()


def capture(index: int, label: str) -> Clip:
    faces = np.random.default_rng([index, len(label)]).integers(0, 256, (3, 40, 40, 3), dtype=np.uint8)
    where = {"device": f"phone{index % 2}"} if label == "live" else {"instrument": ("print", "screen")[index % 2], "device": "phone0"}
    return Clip("set", f"{label}{index}", label, features={"frames": {"native": faces, "frame": np.arange(3, dtype=np.int32)}}, **where)


CLIPS = [capture(index, label) for label in ("live", "attack") for index in range(4)]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[FigureRun]:
    folder = tmp_path_factory.mktemp("runs")
    made = []
    for variant in ("control", "full"):
        params = TINY if variant == "full" else TINY.model_copy(update={"pseudo_weight": 0.0})
        (folder / variant).mkdir()
        method("pseudo_negative").load().fit(Fit(params, CLIPS[1:], [], 0, folder / variant, folder / f"{variant}-scratch", RUNTIME))
        roles = [(clip, "test" if clip is CLIPS[0] else "train") for clip in CLIPS]
        made.append(FigureRun(f"AlexNet {variant}", variant, params, folder / variant, roles))
    return made


def labels(axes) -> list[str]:
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_figure_4_has_a_line_per_camera_and_instrument_of_the_training_clips(runs: list[FigureRun]) -> None:
    control, full, _ = figures(runs, RUNTIME)
    assert [control.name, full.name] == ["statistics-control", "statistics-full"]
    assert not control.people
    live, attack = control.figure.axes
    assert labels(live) == ["set phone0 (2)", "set phone1 (4)"]  # frames: the first live clip is a test clip
    assert labels(attack) == ["set print (4)", "set screen (4)"]


def test_figure_10_has_a_panel_per_run_and_pseudo_features_where_there_are_any(runs: list[FigureRun]) -> None:
    *_, distances = figures(runs, RUNTIME)
    control, full = distances.figure.axes
    assert control.get_title() == "AlexNet control"
    assert labels(control) == ["live (6)", "attack (8)"]
    assert labels(full) == ["live (6)", "attack (8)", "pseudo (1000)"]


def test_figures_repeat(runs: list[FigureRun]) -> None:
    def heights() -> list[float]:
        *_, distances = figures(runs, RUNTIME)
        return [bar.get_height() for axes in distances.figure.axes for bar in axes.patches]

    assert heights() == heights()


def test_without_runs_there_are_no_figures() -> None:
    assert list(figures([], RUNTIME)) == []


@given(st.integers(0, 1000))
def test_cosine_distance_is_between_0_and_2_and_knows_no_length(seed: int) -> None:
    random = np.random.default_rng(seed)
    features, centre = random.normal(size=(5, 4)), random.normal(size=4)
    distances = cosine_distance(features, centre)
    assert ((distances >= -1e-12) & (distances <= 2 + 1e-12)).all()
    np.testing.assert_allclose(cosine_distance(7 * features, centre), distances)
    np.testing.assert_allclose(cosine_distance(centre[None], centre), [0], atol=1e-12)


def test_the_card_names_layer_and_figures() -> None:
    card = method("pseudo_negative")
    assert callable(card.embed())
    assert callable(card.draw_figures())
    assert "fc7" in card.layer
