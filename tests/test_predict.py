"""What `fas predict` refuses before it opens a file. That it scores as the pipeline does is shown in tests/pipeline."""

import json
from pathlib import Path

import pytest

from fas.config import Config
from fas.errors import UserError
from fas.features.residuals import model_digest
from fas.params import load
from fas.predict import Predictor

ROOT = Path(__file__).parents[1]
CUE = Path("models/cues/dfg")


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    """The card of a run whose clips were reconstructed by the cue maker in the working directory."""
    monkeypatch.chdir(tmp_path)
    CUE.mkdir(parents=True)
    (CUE / "model.safetensors").write_bytes(b"weights")
    (CUE / "config.json").write_text("{}")
    params = load(ROOT / "params.yaml")
    extraction = {
        "weights": {},
        "frames": params.frames.model_dump(mode="json"),
        "identity": params.identity.model_dump(mode="json"),
        "residuals": params.residuals.model_dump(mode="json"),
        "cue": {"name": "dfg", "params": params.cue("dfg").model_dump(mode="json"), "model": model_digest(CUE), "identity_frames": 2},
    }
    section = params.method("handcrafted").model_dump(mode="json", exclude={"variants"})
    return {"method": "handcrafted", "version": 1, "params": section, "extraction": extraction, "threshold": 0.5}


def predictor(card: dict) -> Predictor:
    folder = Path("run")
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(card))
    (folder / "model.safetensors").write_bytes(b"")
    return Predictor(folder, Config())


def test_a_cue_maker_trained_anew_since_is_refused(card: dict) -> None:
    (CUE / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(UserError, match=r"^models/cues/dfg: not the cue maker that run/config\.json names"):
        predictor(card)


def test_a_missing_cue_maker_is_told(card: dict) -> None:
    (CUE / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"^models/cues/dfg: no trained cue maker"):
        predictor(card)


def test_another_version_of_the_method_is_refused(card: dict) -> None:
    with pytest.raises(UserError, match="made by version 99 of handcrafted"):
        predictor(card | {"version": 99})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"method": None}, "method: "),
        ({"threshold": float("inf")}, "threshold: "),
        ({"extraction": {}}, r"extraction\.weights: is missing"),
        ({"method": "lgcs"}, "no method 'lgcs'"),
    ],
)
def test_a_card_that_does_not_say_what_is_needed_is_one_line(card: dict, change: dict, told: str) -> None:
    with pytest.raises(UserError, match=told) as error:
        predictor(card | change)
    assert "\n" not in str(error.value)


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"not a model folder \(config\.json is missing\)"):
        Predictor(tmp_path, Config())
