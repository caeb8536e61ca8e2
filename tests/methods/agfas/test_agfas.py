from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

from fas.clips import Clip
from fas.config import Runtime
from fas.methods import method
from fas.methods.agfas.cue_maps import cue_maps
from fas.methods.agfas.params import AgfasParams
from fas.methods.agfas.train import fit, score
from fas.methods.base import Fit
from fas.params import load
from fas.schema import parse

ROOT = Path(__file__).resolve().parents[3]
RUNTIME = Runtime()
VALUES: dict[str, Any] = {
    "backbone": {
        "name": "oanet",
        "cue": "dfg",
        "size": 32,
        "cue_size": 64,
        "cue_width": 4,
        "transformer": {"layers": 2, "heads": 2, "hidden": 8, "mlp": 8},
    },
    "embedding": 8,
    "per_class": 2,
    "steps": 3,
    "warmup_steps": 1,
    "score_batch": 2,
}
PARAMS = parse(AgfasParams, VALUES, "here")


def capture(name: str, label: str, domain: str) -> Clip:
    random = np.random.default_rng([*f"{domain}{name}".encode()])
    features = {
        "frames": {
            "aligned": random.integers(0, 256, (4, 40, 40, 3), dtype=np.uint8),
            "frame": np.arange(0, 20, 5, dtype=np.int32),
        },
        "residuals/dfg": {
            "reconstruction": random.integers(0, 256, (2, 24, 24, 3), dtype=np.uint8),
            "frame": np.array([5, 15], np.int32),
        },
    }
    return Clip(domain.lower(), name, label, domain=domain, features=features)


CLIPS = [capture(f"{label}{index}", label, domain) for domain in "MC" for label in ("live", "attack") for index in range(2)]


def trained(folder: Path, params: AgfasParams = PARAMS) -> Path:
    out = folder / "out"
    out.mkdir(parents=True)
    assert fit(Fit(params, CLIPS, [], 1, out, folder / "scratch", RUNTIME)) == {"warnings": [], "domains": ["C", "M"]}
    return out


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained(tmp_path_factory.mktemp("agfas"))


@pytest.mark.parametrize("variant", ["image_only", "residual_only", "dual_branch", "full"])
def test_every_structure_of_table_5_trains_and_scores(tmp_path: Path, variant: str) -> None:
    params = PARAMS.variant("agfas", variant)
    out = trained(tmp_path, params)
    assert np.isfinite(pd.read_csv(out / "history.csv").to_numpy()).all()
    (scored,) = score(out, params, CLIPS[:1], RUNTIME)
    assert scored.frames.tolist() == [5, 15]
    maps = cue_maps(out, params, [(CLIPS[0], 6), (CLIPS[1], 19)], RUNTIME)
    shapes = {"image_only": (1, 1), "full": (2, 2)}
    assert [one.shape for one in maps] == [shapes.get(variant, (32, 32))] * 2
    assert all((one >= 0).all() and one.dtype == np.float32 for one in maps)


def test_the_cross_attention_has_moved_from_zero(model: Path) -> None:
    tensors = load_file(model / "model.safetensors")
    assert tensors["backbone.vit.encoder.layers.encoder_layer_1.cross_attention.out_proj.weight"].abs().max() > 0


def test_fit_repeats_to_the_byte(model: Path, tmp_path: Path) -> None:
    again = trained(tmp_path)
    for name in ("model.safetensors", "history.csv"):
        assert (again / name).read_bytes() == (model / name).read_bytes()


def test_a_clip_s_score_depends_on_no_other(model: Path) -> None:
    together = list(score(model, PARAMS, CLIPS, RUNTIME))
    alone = [next(score(model, PARAMS, [clip], RUNTIME)) for clip in CLIPS]
    assert all(np.array_equal(one.scores["score"], other.scores["score"]) for one, other in zip(together, alone, strict=True))


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
