"""What the files of parameters say of LGSC."""

from pathlib import Path
from typing import Any

import pytest

from fas.methods.lgsc.model import networks
from fas.methods.lgsc.params import LgscParams
from fas.params import load

ROOT = Path(__file__).resolve().parents[3]
FILES = ["params.yaml", "presets/tiny.yaml", "presets/paper.yaml"]
TABLE_5: dict[str, dict[str, Any]] = {  # what the paper's seven rows change, as section 4.4 tells it
    "full": {},
    "resized": {"input": "resized"},
    "no_triplet": {"triplet_weight": 0.0},
    "triplet_e5_sc": {"triplet_levels": ["E5", "D1", "D2", "D3", "D4", "SC"]},
    "no_auxiliary": {"auxiliary_input": "none"},
    "regression_both": {"regression": "both"},
    "auxiliary_cue": {"auxiliary_input": "cue"},
}
PAPER: dict[str, Any] = {
    "width": 64,
    "decoder_norm": "instance",
    "faithful_in": True,
    "zero_init_output": False,
    "auxiliary_input": "overlaid",
    "regression": "live",
    "regression_weight": 5.0,
    "triplet_weight": 1.0,
    "auxiliary_weight": 5.0,
    "hinge_weight": 0.0,
    "triplet_levels": ["E5", "D1", "D2", "D3", "D4"],
    "triplet_margin": 0.5,
    "learning_rate": 1e-3,
    "decay": 0.95,
    "decay_steps": 600,
    "epochs": 20,
    "batch": 32,
    "input": "patch",
    "patch": 224,
}


def section(file: str) -> LgscParams:
    found = load(ROOT / file).method("lgsc")
    assert isinstance(found, LgscParams)
    return found


@pytest.mark.parametrize("file", FILES)
def test_every_row_of_table_5_is_a_variant(file: str) -> None:
    found = section(file)
    assert found.variants == {**TABLE_5, "faithful_in": {"faithful_in": True}} == LgscParams().variants
    whole = found.variant("lgsc", "full").model_dump()
    for name, changes in found.variants.items():
        assert found.variant("lgsc", name).model_dump() == {**whole, **changes}


def test_the_paper_preset_has_the_paper_s_values() -> None:
    found = section("presets/paper.yaml")
    assert {name: getattr(found, name) for name in PAPER} == PAPER
    assert len(found.pretrained) == 64
    frames = load(ROOT / "presets/paper.yaml").frames
    assert "native" in frames.views
    assert frames.native.min_size >= found.patch


@pytest.mark.parametrize("file", FILES)
def test_no_face_crop_is_smaller_than_a_patch(file: str) -> None:
    assert load(ROOT / file).frames.native.min_size >= section(file).patch


def test_the_paper_preset_has_the_paper_s_trainable_parameters() -> None:
    built = networks(section("presets/paper.yaml").variant("lgsc", "full"))
    assert sum(weight.numel() for network in built.values() for weight in network.parameters() if weight.requires_grad) == 27_500_121
