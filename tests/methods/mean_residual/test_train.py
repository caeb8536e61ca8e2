"""The mean residual as a score: its definition, its sign, and that it is looked up in the pipeline as any method is."""

from pathlib import Path

import numpy as np
import pytest

from fas.clips import FRAMES, Clip
from fas.config import Runtime
from fas.domains.views import signed
from fas.errors import UserError
from fas.files import read_json
from fas.methods import method
from fas.methods.base import Fit
from fas.methods.mean_residual.params import MeanResidualParams
from fas.methods.mean_residual.train import fit, mean_residuals, networks, score
from fas.params import load
from fas.plan.tables import settle
from fas.runs import FitTask, FitWorker
from fas.tables.spec import load as load_table

ROOT = Path(__file__).resolve().parents[3]
PARAMS = MeanResidualParams(cue="memae")


def clip(name: str, missed: float, label: str = "live", **features: object) -> Clip:
    """Three frames of 8 x 8, of which 5 and 9 are reconstructed at 4 x 4, off by `missed`."""
    faces = np.repeat(np.random.default_rng(0).integers(60, 180, (3, 4, 4, 3), dtype=np.uint8), 2, axis=1).repeat(2, axis=2)
    made = faces[1:, ::2, ::2].astype(int) + np.array([missed, -missed])[:, None, None, None]
    known = {
        FRAMES: {"aligned": faces, "frame": np.array([1, 5, 9], np.int32)},
        "residuals/memae": {"reconstruction": made.astype(np.uint8), "frame": np.array([5, 9], np.int32)},
    }
    return Clip("d", name, label, features={**known, **features})  # type: ignore[arg-type]


def test_it_is_the_mean_absolute_difference_on_the_scale_from_minus_1_to_1() -> None:
    frames, values = mean_residuals(clip("a", 51), "memae")
    assert frames.tolist() == [5, 9]
    np.testing.assert_allclose(values, 51 / 127.5, rtol=1e-6)
    assert mean_residuals(clip("a", 0), "memae")[1].tolist() == [0, 0]


def test_it_is_that_of_the_residual_that_networks_see() -> None:
    """Also of a cue maker whose pictures are larger than the faces."""
    made = np.random.default_rng(1).integers(0, 256, (1, 12, 12, 3), dtype=np.uint8)
    one = clip("a", 0, **{"residuals/memae": {"reconstruction": made, "frame": np.array([9], np.int32)}})
    np.testing.assert_allclose(mean_residuals(one, "memae")[1], np.abs(signed(one.read(FRAMES)["aligned"][2], made[0])).mean(), rtol=1e-6)


def test_more_error_is_more_of_an_attack(tmp_path: Path) -> None:
    scores = [one.scores["score"].mean() for one in score(tmp_path, PARAMS, [clip("a", missed) for missed in (0, 5, 20)], Runtime())]
    assert scores == sorted(scores, reverse=True)


def test_a_clip_without_residuals_has_no_frames(tmp_path: Path) -> None:
    (found,) = score(tmp_path, PARAMS, [Clip("d", "x")], Runtime())
    assert len(found.frames) == len(found.scores["score"]) == 0


def test_a_frame_that_is_not_there_is_told() -> None:
    wrong = {"reconstruction": np.zeros((1, 4, 4, 3), np.uint8), "frame": np.array([7])}
    with pytest.raises(UserError, match="d a: frame 7 of 'residuals/memae' is not among its frames"):
        mean_residuals(clip("a", 0, **{"residuals/memae": wrong}), "memae")


def test_a_training_notes_the_means_and_always_writes_the_same(tmp_path: Path) -> None:
    clips = [clip("a", 10), clip("b", 20, "attack")]
    written = []
    for name, order in (("one", clips), ("two", clips[::-1])):
        (tmp_path / name).mkdir()
        notes = fit(Fit(PARAMS, order, [], 0, tmp_path / name, tmp_path, Runtime()))
        written.append((tmp_path / name / "model.safetensors").read_bytes())
    assert notes["mean_residuals"] == {"live": round(10 / 127.5, 6), "attack": round(20 / 127.5, 6)}
    assert written[0] == written[1]
    assert networks(PARAMS) == {}


def test_it_is_a_run_with_a_threshold_of_its_own(tmp_path: Path) -> None:
    train = (clip("a", 10), clip("b", 20, "attack"))
    worker = FitWorker("mean_residual")
    worker.setup(Runtime())
    worker.work(FitTask("mean_residual", PARAMS, train, (), 0, {"method": "mean_residual"}), tmp_path, tmp_path / "scratch")
    config = read_json(tmp_path / "config.json")
    assert config["threshold_source"] == "train_eer"
    assert -20 / 127.5 < config["threshold"] < -10 / 127.5


@pytest.mark.parametrize("name", ["params.yaml", "presets/paper.yaml", "presets/tiny.yaml"])
def test_its_variants_name_cue_makers_that_are_there(name: str) -> None:
    params = load(ROOT / name)
    section = params.method("mean_residual")
    for variant in section.variants:
        used = section.variant("mean_residual", variant)
        assert isinstance(used, MeanResidualParams)
        params.cue(used.cue)
        assert method("mean_residual").inputs(used) == (FRAMES, f"residuals/{used.cue}")


def test_the_table_of_cue_makers_can_be_asked_for() -> None:
    spec = settle(load_table("demo-cues"), load(ROOT / "params.yaml"))
    assert spec.collection == "simulated"
    assert len(spec.runs()) == 9 * 4
