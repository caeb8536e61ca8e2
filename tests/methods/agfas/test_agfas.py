from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from fas.domains.scoring import MODEL
from fas.methods import method
from fas.methods.agfas.cue_maps import cue_maps
from fas.methods.agfas.params import AgfasParams
from fas.methods.agfas.train import networks
from fas.params import load
from fas.weights import save_networks
from tests.domains.captures import CLIPS, ROOT, RUNTIME, section, shortened, trained


@pytest.mark.parametrize(
    ("variant", "shape"), [("image_only", (1, 1)), ("residual_only", (32, 32)), ("dual_branch", (32, 32)), ("full", (2, 2))]
)
def test_every_structure_of_table_5_shows_its_cue(tmp_path: Path, variant: str, shape: tuple[int, int]) -> None:
    params = section("agfas", variant)
    save_networks(tmp_path / MODEL, networks(params))
    maps = cue_maps(tmp_path, params, [(CLIPS[0], 6), (CLIPS[1], 19)], RUNTIME)
    assert [one.shape for one in maps] == [shape] * 2
    assert all((one >= 0).all() and one.dtype == np.float32 for one in maps)


def test_the_cross_attention_moves_from_zero(tmp_path: Path) -> None:
    params = shortened(section("agfas"))
    name = "backbone.vit.encoder.layers.encoder_layer_1.cross_attention.out_proj.weight"
    save_networks(tmp_path / MODEL, networks(params))
    trained("agfas", tmp_path, params)
    assert load_file(tmp_path / MODEL)[name].abs().max() == 0
    assert load_file(tmp_path / "out" / MODEL)[name].abs().max() > 0


def test_variants_name_their_cues() -> None:
    card = method("agfas")
    section = card.params()
    cues = {name: section.variant("agfas", name).backbone.cue for name in section.variants}
    assert cues["full"] == cues["residual_only"] == cues["dual_branch"] == cues["image_only"] == "dfg"
    assert cues["ddm"] == "dfg-no_identity"
    assert {name: cues[name] for name in ("memae", "deep_svdd", "anoddpm", "no_background", "t600", "faces25")} == {
        "memae": "memae",
        "deep_svdd": "deep_svdd",
        "anoddpm": "anoddpm",
        "no_background": "dfg-no_background",
        "t600": "dfg-t600",
        "faces25": "dfg-faces25",
    }
    assert card.inputs(section.variant("agfas", "t600")) == ("frames", "residuals/dfg-t600")


@pytest.mark.parametrize("name", ["params.yaml", "presets/paper.yaml", "presets/tiny.yaml"])
def test_image_alone_is_seen_of_the_same_frames_as_image_and_cue(name: str) -> None:
    section = load(ROOT / name).method("agfas")
    assert isinstance(section, AgfasParams)
    full, image = (section.variant("agfas", variant) for variant in ("full", "image_only"))
    assert method("agfas").inputs(full) == method("agfas").inputs(image)
    assert (full.view, full.score_frames) == (image.view, image.score_frames)
    assert (full.backbone.sees_cue, image.backbone.sees_cue) == (True, False)


def test_the_paper_s_values_are_the_defaults() -> None:
    section = AgfasParams()
    found = (section.steps, section.warmup_steps, section.schedule, section.learning_rate, section.momentum, section.weight_decay)
    assert found == (4000, 400, "cosine", 1e-3, 0.9, 5e-4)
    assert (section.per_class, section.triplet_weight, section.adversarial_weight, section.triplet_margin) == (10, 1, 0.5, 0.1)
    assert (section.backbone.size, section.backbone.cue_size, section.embedding, section.feat_norm) == (224, 256, 512, "repo")
