"""What every method promises that trains across domains."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from fas.config import Runtime
from fas.domains import training
from fas.errors import UserError
from fas.methods import method
from tests.domains.captures import CLIPS, RUNTIME, TINY, section, shortened, trained

METHODS = ("ssdg", "agfas", "ssan", "safas")
FILES = ("model.safetensors", "history.csv")
OWN = {"ssdg": {"optimiser": "sgd"}}  # agfas, which is trained alike, has the other one
SSDG = {"classification": 1.0, "triplet": 1.0, "adversarial": 0.5}
TERMS = {"ssdg": SSDG, "agfas": SSDG, "ssan": {"said": 1.0, "contrast": 1.0, "adversarial": 1.0}, "safas": {"bce": 1.0, "supcon": 0.1}}
FEATURES = {"ssdg": 8, "agfas": 8, "ssan": 2 * 8, "safas": 32}  # `embedding`; twice `channels`; the width of the backbone


class Trained(NamedTuple):
    """A method's name, its parameters, the folder that it was trained in, and what it noted."""

    name: str
    params: Any
    folder: Path
    notes: dict[str, Any]

    @property
    def model(self) -> Path:
        return self.folder / "out"


@pytest.fixture(scope="module", params=METHODS)
def one(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    name: str = request.param
    folder = tmp_path_factory.mktemp(name)
    params = section(name, **OWN.get(name, {}))
    return Trained(name, params, folder, trained(name, folder, params))


def first(name: str, model: Path, params: Any, clip: int = 0) -> np.ndarray:
    (found,) = method(name).load().score(model, params, CLIPS[clip : clip + 1], RUNTIME)
    score: np.ndarray = found.scores["score"]
    return score


def test_a_training_leaves_a_model_a_history_and_its_notes(one: Trained) -> None:
    assert one.notes == {"warnings": [], "domains": ["I", "M", "O"]}
    assert sorted(path.name for path in one.model.iterdir()) == sorted(FILES)
    history = pd.read_csv(one.model / "history.csv")
    assert history["step"].tolist() == [1, 2, 3, 4]
    terms = TERMS[one.name]
    assert history.columns.tolist() == ["step", "loss", *terms, *(["cosine"] if one.name == "safas" else [])]
    np.testing.assert_allclose(history["loss"], sum(weight * history[name] for name, weight in terms.items()), rtol=1e-5)


def test_networks_are_kept_on_the_way(one: Trained) -> None:
    kept = one.folder / "scratch" / "kept"
    assert [path.name for path in kept.iterdir()] == ["2"]
    assert not np.array_equal(first(one.name, kept / "2", one.params), first(one.name, one.model, one.params))


def test_killed_and_resumed_in_another_order_of_clips_it_gives_the_same_bytes(
    one: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After three of its four steps: SA-FAS's heads have been turned by then, and momentum has gathered."""
    real, done = training.train, []

    def killing(task: Any, **more: Any) -> pd.DataFrame:
        step = task.step

        def stopping(batch: Any, number: int, update: Any) -> Mapping[str, Any]:
            done.append(number)
            if done == [0, 1, 2, 3]:
                raise KeyboardInterrupt
            return step(batch, number, update)

        task.step = stopping
        return real(task, **more)

    monkeypatch.setattr(training, "train", killing)
    with pytest.raises(KeyboardInterrupt):
        trained(one.name, tmp_path, one.params, clips=CLIPS[::-1])
    assert not (tmp_path / "out" / FILES[0]).exists()
    trained(one.name, tmp_path, one.params, clips=CLIPS[::-1])
    assert done == [0, 1, 2, 3, 3]
    for name in FILES:
        assert (tmp_path / "out" / name).read_bytes() == (one.model / name).read_bytes(), name


def test_another_seed_is_another_training(one: Trained, tmp_path: Path) -> None:
    """From its first step on, whose loss depends on networks and batch alone."""
    trained(one.name, tmp_path, shortened(one.params), seed=2)
    losses = [pd.read_csv(folder / "out" / "history.csv")["loss"][0] for folder in (one.folder, tmp_path)]
    assert losses[0] != losses[1]


def test_a_score_lies_between_0_and_1_and_depends_on_no_other_clip(one: Trained) -> None:
    together = list(method(one.name).load().score(one.model, one.params, CLIPS[:4], RUNTIME))
    assert len(together) == 4
    for number, scored in enumerate(together):
        assert scored.frames.tolist() == ([5, 10] if one.params.backbone.cue else [0, 5, 10])
        assert scored.frames.dtype == np.int32
        scores = scored.scores["score"]
        assert ((scores >= 0) & (scores <= 1)).all()
        assert np.array_equal(first(one.name, one.model, one.params, number), scores)


def test_features_are_those_of_the_scored_frames(one: Trained) -> None:
    (features,) = method(one.name).embed()(one.model, one.params, CLIPS[:1], RUNTIME)
    assert features.shape == (len(first(one.name, one.model, one.params)), FEATURES[one.name])
    assert features.dtype == np.float32


def test_bfloat16_trains(one: Trained, tmp_path: Path) -> None:
    trained(one.name, tmp_path, shortened(one.params, 2), runtime=Runtime(precision="bf16"))
    assert np.isfinite(pd.read_csv(tmp_path / "out" / "history.csv").to_numpy()).all()


def told(one: Trained, folder: Path, **more: Any) -> str:
    with pytest.raises(UserError) as error:
        trained(one.name, folder, **{"params": one.params, **more})
    assert "\n" not in str(error.value)
    return str(error.value)


def test_one_class_is_told(one: Trained, tmp_path: Path) -> None:
    for label in ("live", "attack"):
        only = [clip for clip in CLIPS if clip.label == label]
        assert f"{one.name}: the training clips need both classes" in told(one, tmp_path, clips=only)


def test_additional_faces_that_are_not_there_or_cannot_be_halved_are_told(one: Trained, tmp_path: Path) -> None:
    asked = one.params.model_copy(update={"extra_live": ["faces"]})
    assert told(one, tmp_path, params=asked, extra=[]) == f"{one.name}: extra_live: no clip of faces has the features needed"
    odd = asked.model_copy(update={"per_class": 3})
    assert told(one, tmp_path, params=odd).startswith(f"{one.name}: with extra_live a batch needs an even number")


def test_a_model_that_is_not_there_or_of_other_parameters_is_told(one: Trained, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        first(one.name, tmp_path, one.params)
    wider = section(one.name, backbone={**one.params.backbone.model_dump(), "width": 8, "cue_width": 8})
    with pytest.raises(UserError, match=r"model\.safetensors: does not fit the network"):
        first(one.name, one.model, wider)


# trained above; others' lengths and weights alone; SA-FAS's own tests
ELSEWHERE = ("full", "to_o", "to_c_i", "m_to_o", "m_to_c_i", "extra_live_to_o", "extra_live_to_c_i", "no_alignment", "no_supcon")
VARIANTS = [
    (name, variant)
    for name in METHODS
    for variant in TINY.method(name).variants
    if variant not in ELSEWHERE and section(name, variant).backbone.cue in ("", "dfg")
]


@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_every_variant_trains_and_scores(tmp_path: Path, name: str, variant: str) -> None:
    params = shortened(section(name, variant))
    notes = trained(name, tmp_path, params)
    assert notes == {"warnings": [], "domains": ["I", "M", "O", *(["faces"] if params.extra_live else [])]}
    assert np.isfinite(pd.read_csv(tmp_path / "out" / "history.csv").to_numpy()).all()
    scores = first(name, tmp_path / "out", params)
    assert len(scores) == (2 if params.backbone.cue else 3)
    assert ((scores >= 0) & (scores <= 1)).all()


@pytest.mark.parametrize("name", ["ssdg", "ssan", "safas"])
def test_oa_net_plugged_in_sees_what_its_own_method_shows_it(name: str) -> None:
    view, own = section(name, "oanet").view, section("agfas").view
    assert view.normalise == own.normalise == "half"
