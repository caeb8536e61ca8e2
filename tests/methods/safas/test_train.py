from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import load_file

from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.methods import method
from fas.methods.base import Fit
from fas.methods.safas.model import Network
from fas.methods.safas.params import SafasParams
from fas.methods.safas.train import SafasTask, fit, heads_of, score
from fas.params import load

ROOT = Path(__file__).resolve().parents[3]
RUNTIME = Runtime()
SECTION = load(ROOT / "presets/tiny.yaml").method("safas")
FULL = SECTION.variant("safas", "full")
VARIANTS = list(SECTION.variants)
HEADS = "network.heads.linear.weight"


def capture(domain: str, name: str, label: str, frames: int = 2, size: int = 64) -> Clip:
    random = np.random.default_rng([*f"{domain} {name}".encode()])
    aligned = random.integers(0, 256, (frames, size, size, 3), dtype=np.uint8)
    numbers = np.arange(0, 5 * frames, 5, dtype=np.int32)
    reconstruction = random.integers(0, 256, (frames, 32, 32, 3), dtype=np.uint8)
    features = {
        "frames": {"aligned": aligned, "frame": numbers},
        "residuals/dfg": {"reconstruction": reconstruction, "frame": numbers},
    }
    return Clip(f"set {domain}", name, label, domain=domain, features=features)


CLIPS = [capture(domain, f"{label} {number}", label) for domain in "MIO" for label in ("live", "attack") for number in range(2)]
EXTRA = [capture("faces", f"face {number}", "live") for number in range(3)]


def trained(
    folder: Path, params: Any = FULL, seed: int = 1, clips: list[Clip] = CLIPS, extra: list[Clip] | None = None, runtime: Runtime = RUNTIME
) -> dict[str, Any]:
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    more = extra if extra is not None else EXTRA if params.extra_live else []
    return fit(Fit(params, clips, [], seed, out, folder / "scratch", runtime, more))


def changed(**values: Any) -> SafasParams:
    return SafasParams.model_validate({**FULL.model_dump(), "variants": {}, **values})


def history(folder: Path) -> pd.DataFrame:
    return pd.read_csv(folder / "out" / "history.csv")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("safas")
    trained(folder)
    return folder / "out"


@pytest.mark.parametrize("name", VARIANTS)
def test_every_variant_trains_and_scores(tmp_path: Path, name: str) -> None:
    params = SECTION.variant("safas", name)
    notes = trained(tmp_path, params)
    assert notes == {"warnings": [], "domains": ["I", "M", "O", *(["faces"] if name.startswith("extra_live") else [])]}
    terms = ["bce"] if name == "no_supcon" else ["bce", "supcon"]
    assert list(history(tmp_path).columns) == ["step", "loss", *terms, "cosine"]
    assert len(history(tmp_path)) == 4
    assert len(load_file(tmp_path / "out" / "model.safetensors")[HEADS]) == 3  # additional live faces have no head of their own
    scores = list(score(tmp_path / "out", params, CLIPS[:2], RUNTIME))  # type: ignore[arg-type]
    assert all(one.frames.tolist() == [0, 5] and ((one.scores["score"] > 0) & (one.scores["score"] < 1)).all() for one in scores)


def test_fit_repeats_to_the_byte_whatever_the_order_of_clips(model: Path, tmp_path: Path) -> None:
    trained(tmp_path / "again", clips=CLIPS[::-1])
    trained(tmp_path / "other", seed=2)
    for name in ("model.safetensors", "history.csv"):
        assert (tmp_path / "again" / "out" / name).read_bytes() == (model / name).read_bytes()
        assert (tmp_path / "other" / "out" / name).read_bytes() != (model / name).read_bytes()


def test_fit_resumes_to_the_byte(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after the alignment has begun: the heads come back as they were turned, and so does the momentum."""
    real = SafasTask.step

    def killed(self: SafasTask, batch: Any, step: int, update: Any) -> Mapping[str, Any]:
        if step == 3:
            raise KeyboardInterrupt
        return real(self, batch, step, update)

    monkeypatch.setattr(SafasTask, "step", killed)
    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path)
    monkeypatch.setattr(SafasTask, "step", real)
    trained(tmp_path)
    for name in ("model.safetensors", "history.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (model / name).read_bytes()


def test_heads_are_aligned_from_their_epoch_on_and_not_before(tmp_path: Path) -> None:
    trained(tmp_path / "aligned", changed(alignment=0.5, align_epoch=1))
    trained(tmp_path / "never", changed(alignment=1.0))
    aligned, never = (history(tmp_path / name)["cosine"] for name in ("aligned", "never"))
    assert aligned[:2].tolist() == never[:2].tolist()
    assert (aligned[2:] > never[2:] + 0.1).all()


def test_additional_faces_are_dealt_out_to_the_heads_in_turn() -> None:
    domain = torch.tensor([0, 3, 2, 3, 4, 1, 3])
    assert heads_of(domain, 3).tolist() == [0, 0, 2, 1, 2, 1, 0]
    assert heads_of(domain[:1], 3).tolist() == [0]


def test_half_of_the_live_faces_are_additional_ones_for_every_head(tmp_path: Path) -> None:
    seen: list[dict[str, torch.Tensor]] = []
    real = SafasTask.batch

    def watched(self: SafasTask, step: int) -> dict[str, torch.Tensor]:
        seen.append(real(self, step))
        return seen[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SafasTask, "batch", watched)
        trained(tmp_path, changed(extra_live=["faces"], per_class=4))
    assert len(seen) == 4
    for batch in seen:
        assert batch["image"].shape[1:] == (2, 3, 32, 32)
        added = batch["domain"] == 3
        for head in range(3):
            mine = batch["head"] == head
            counts = (mine & ~batch["live"], mine & batch["live"] & ~added, mine & added)
            assert [int(count.sum()) for count in counts] == [4, 2, 2]


@pytest.mark.parametrize("label", ["live", "attack"])
def test_one_class_is_told_in_one_line(tmp_path: Path, label: str) -> None:
    with pytest.raises(UserError, match="safas: the training clips need both classes") as error:
        trained(tmp_path, clips=[clip for clip in CLIPS if clip.label == label])
    assert "\n" not in str(error.value)


def test_additional_faces_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^safas: extra_live: no clip of faces has the features needed$"):
        trained(tmp_path, changed(extra_live=["faces"]), extra=[])


def test_a_model_of_two_or_four_domains_scores_with_as_many_heads(tmp_path: Path) -> None:
    trained(tmp_path / "two", clips=[clip for clip in CLIPS if clip.domain != "O"])
    trained(tmp_path / "four", clips=[*CLIPS, *(capture("C", label, label) for label in ("live", "attack"))])
    for name, count in (("two", 2), ("four", 4)):
        assert len(load_file(tmp_path / name / "out" / "model.safetensors")[HEADS]) == count
        assert next(score(tmp_path / name / "out", FULL, CLIPS[:1], RUNTIME)).scores["score"].shape == (2,)  # type: ignore[arg-type]


def test_a_model_that_is_not_there_or_of_another_kind_is_told(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        next(score(tmp_path, changed(), CLIPS[:1], RUNTIME))
    wider = {**FULL.model_dump()["backbone"], "width": 8}
    with pytest.raises(UserError, match=r"model\.safetensors: does not fit the network"):
        next(score(model, changed(backbone=wider), CLIPS[:1], RUNTIME))


def test_networks_are_kept_on_the_way(tmp_path: Path) -> None:
    params = changed(checkpoints=2)
    trained(tmp_path, params)
    kept = tmp_path / "scratch" / "kept"
    assert [path.name for path in kept.iterdir()] == ["2"]
    half = next(score(kept / "2", params, CLIPS[:1], RUNTIME)).scores["score"]
    assert not np.array_equal(half, next(score(tmp_path / "out", params, CLIPS[:1], RUNTIME)).scores["score"])


def test_bfloat16_trains(tmp_path: Path) -> None:
    trained(tmp_path, runtime=Runtime(precision="bf16"))
    assert np.isfinite(pd.read_csv(tmp_path / "out" / "history.csv").to_numpy()).all()


def test_the_loss_is_the_weighted_sum_of_its_terms(model: Path) -> None:
    rows = pd.read_csv(model / "history.csv")
    np.testing.assert_allclose(rows["loss"], rows["bce"] + 0.1 * rows["supcon"], rtol=1e-5)


def test_features_are_those_of_the_scored_frames(model: Path) -> None:
    (features,) = method("safas").embed()(model, FULL, CLIPS[:1], RUNTIME)
    assert features.shape == (2, Network(changed()).backbone.width)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "width"), [("full", 512), ("oanet", 768)])
def test_the_paper_s_networks_run_at_full_size(name: str, width: int) -> None:
    params = load(ROOT / "presets/paper.yaml").method("safas").variant("safas", name)
    assert isinstance(params, SafasParams)
    network = Network(params).eval()
    size, cue = params.backbone.size, params.backbone.cue_side
    with torch.inference_mode():
        seen = network(torch.zeros(1, 3, size, size), torch.zeros(1, 3, cue, cue))
    assert (seen.features.shape, seen.logits.shape) == ((1, width), (1, 3))
