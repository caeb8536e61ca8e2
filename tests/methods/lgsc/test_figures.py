from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from fas.clips import Clip
from fas.config import Runtime
from fas.methods.base import FigureRun
from fas.methods.lgsc.figures import columns, figures, shared_faces
from fas.methods.lgsc.model import networks
from fas.methods.lgsc.params import LgscParams
from fas.methods.lgsc.patches import resized
from fas.training import seeded
from fas.weights import save_networks

RUNTIME = Runtime()
SMALL = LgscParams(width=2, patch=32)


def capture(name: str, attack: str = "", side: int = 40) -> Clip:
    crops = np.random.default_rng(len(name)).integers(0, 256, (3, side, side, 3), dtype=np.uint8)
    arrays = {"native": crops, "frame": np.arange(3, dtype=np.int32)}
    return Clip("set", name, "attack" if attack else "live", attack, features={"frames": arrays})


def picture(figure: Figure) -> bytes:
    written = BytesIO()
    figure.savefig(written, format="png")
    return written.getvalue()


CLIPS = [
    (capture("train", "cut"), "train"),
    (capture("z-live"), "test"),
    (capture("a-live"), "test"),
    (capture("photo", "print"), "test"),
    (capture("screen", "replay"), "test"),
]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, FigureRun]:
    """One run of every variant, with random weights."""
    found = {}
    for name in SMALL.variants:
        params, folder = SMALL.variant("lgsc", name), tmp_path_factory.mktemp(name)
        with seeded("figures"):
            save_networks(folder / "model.safetensors", networks(params))
        found[name] = FigureRun(f"row {name}", name, params, folder, CLIPS)
    return found


def test_a_face_of_each_class_live_first() -> None:
    run = FigureRun("", "full", SMALL, Path(), CLIPS)
    assert [clip.clip for clip in shared_faces([run, run])] == ["a-live", "photo", "screen"]
    other = replace(run, clips=[(clip, role) for clip, role in CLIPS if clip.clip != "a-live"])
    assert [clip.clip for clip in shared_faces([run, other])] == ["z-live", "photo", "screen"]


def test_what_a_network_sees_stands_once_beside_the_cues(runs: dict[str, FigureRun]) -> None:
    faces = shared_faces(list(runs.values()))
    shown = columns([runs["resized"], runs["full"], runs["auxiliary_cue"]], faces, RUNTIME)
    titles = ["resized input", "cue of\nrow resized", "patched input", "cue of\nrow full", "cue of\nrow auxiliary_cue"]
    assert [column.title for column in shown] == titles
    crop = faces[0].features["frames"]["native"][1]
    assert np.array_equal(shown[0].pictures[0], resized(crop, 32))
    assert np.array_equal(shown[2].pictures[0], crop[4:36, 4:36])
    for column in shown:
        cue = column.title.startswith("cue")
        assert [picture.shape for picture in column.pictures] == [(32, 32) if cue else (32, 32, 3)] * len(faces)
        assert all(not cue or 0 <= picture.min() < picture.max() <= 1 for picture in column.pictures)


def test_figure_3_has_a_line_per_face_and_says_that_it_shows_people(runs: dict[str, FigureRun]) -> None:
    (drawn,) = figures(list(runs.values()), RUNTIME)
    assert drawn.people
    assert isinstance(drawn.figure, Figure)
    lines = [axes.get_ylabel() for axes in drawn.figure.axes if axes.get_ylabel()]
    assert lines == ["live", "print", "replay"]
    assert len(drawn.figure.axes) == 3 * 5
    assert picture(drawn.figure) == picture(next(figures(list(runs.values()), RUNTIME)).figure)


@pytest.mark.parametrize("names", [(), ("full",), ("full", "no_triplet", "regression_both"), ("no_auxiliary", "faithful_in")])
def test_nothing_is_drawn_when_there_is_nothing_to_compare(runs: dict[str, FigureRun], names: tuple[str, ...]) -> None:
    assert list(figures([runs[name] for name in names], RUNTIME)) == []


def test_nothing_is_drawn_without_shared_test_clips(runs: dict[str, FigureRun]) -> None:
    assert list(figures([runs["full"], replace(runs["resized"], clips=CLIPS[:1])], RUNTIME)) == []
