from pathlib import Path

import cv2
import numpy as np
import pytest

from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.methods import method
from fas.methods.base import Fit
from fas.methods.handcrafted import METHOD
from fas.methods.handcrafted.features import dimension
from fas.methods.handcrafted.params import HandcraftedParams
from fas.schema import parse

PARAMS = HandcraftedParams()
implementation = METHOD.load()


def clip(number: int, live: bool, view: str = "native", frames: int = 3) -> Clip:
    """Attacks are blurred noise: the cues tell them apart."""
    images = np.random.default_rng(number).integers(0, 256, (frames, 40, 36, 3), dtype=np.uint8)
    if not live:
        images = np.stack([cv2.GaussianBlur(image, (0, 0), 1.5) for image in images]) if frames else images
    features = {"frames": {view: images, "frame": np.arange(frames, dtype=np.int32) * 5}}
    return Clip("toy", f"{number}.avi", "live" if live else "attack", "" if live else "print", subject=str(number), features=features)


def fit(out: Path, clips: list[Clip], params: HandcraftedParams = PARAMS, seed: int = 0) -> dict:
    out.mkdir(exist_ok=True)
    return implementation.fit(Fit(params, clips, [], seed, out, out, Runtime()))


def score(model: Path, clips: list[Clip], params: HandcraftedParams = PARAMS) -> list[np.ndarray]:
    return [result.scores["score"] for result in implementation.score(model, params, clips, Runtime())]


GOLDEN = [4.74106, 3.52428, -3.55796, -4.64861]
CLIPS = [clip(number, number % 2 == 0) for number in range(8)]


def test_it_is_registered_and_needs_frames_only() -> None:
    assert method("handcrafted") is METHOD
    assert METHOD.inputs(PARAMS) == ("frames",)


def test_live_scores_higher_on_unseen_clips(tmp_path: Path) -> None:
    told = fit(tmp_path / "model", CLIPS)
    assert told["frames"] == 24
    assert told["warnings"] == []
    live, attack = score(tmp_path / "model", [clip(100, True), clip(101, False)])
    assert live.min() > 0 > attack.max()
    assert live.dtype == np.float32


def test_same_bytes_whatever_the_seed(tmp_path: Path) -> None:
    fit(tmp_path / "a", CLIPS, seed=0)
    fit(tmp_path / "b", CLIPS, seed=1)
    assert (tmp_path / "a/model.safetensors").read_bytes() == (tmp_path / "b/model.safetensors").read_bytes()


def test_classes_weigh_the_same_however_many_clips_they_have(tmp_path: Path) -> None:
    params = PARAMS.model_copy(update={"cues": ["ratios"], "C": 1e6})  # casts overlap here: the optimum is finite
    attacks = [one for one in CLIPS if not one.live]
    fit(tmp_path / "one", CLIPS, params)
    fit(tmp_path / "three", CLIPS + attacks + attacks, params)
    one, three = (np.concatenate(score(tmp_path / name, CLIPS, params)) for name in ("one", "three"))
    np.testing.assert_allclose(one, three, atol=0.01)
    assert np.ptp(one) > 0.05


def test_a_score_does_not_depend_on_other_clips(tmp_path: Path) -> None:
    fit(tmp_path / "model", CLIPS)
    together = score(tmp_path / "model", CLIPS)
    alone = [score(tmp_path / "model", [one])[0] for one in CLIPS]
    for left, right in zip(together, alone, strict=True):
        np.testing.assert_array_equal(left, right)


def test_aligned_faces_serve_where_no_native_crop_is_kept(tmp_path: Path) -> None:
    fit(tmp_path / "native", CLIPS)
    fit(tmp_path / "aligned", [clip(number, number % 2 == 0, "aligned") for number in range(8)])
    assert (tmp_path / "native/model.safetensors").read_bytes() == (tmp_path / "aligned/model.safetensors").read_bytes()


def test_a_clip_without_a_face_is_left_out_and_scored_as_nothing(tmp_path: Path) -> None:
    faceless = Clip("toy", "none.avi", "attack")
    fit(tmp_path / "with", [*CLIPS, faceless, clip(50, True, frames=0)])
    fit(tmp_path / "without", CLIPS)
    assert (tmp_path / "with/model.safetensors").read_bytes() == (tmp_path / "without/model.safetensors").read_bytes()
    (result,) = implementation.score(tmp_path / "with", PARAMS, [faceless], Runtime())
    assert len(result.frames) == len(result.scores["score"]) == 0


@pytest.mark.parametrize("live", [True, False])
def test_one_class_is_refused_in_one_line(tmp_path: Path, live: bool) -> None:
    with pytest.raises(UserError, match="both are needed"):
        fit(tmp_path, [clip(number, live) for number in range(3)])


def test_too_few_iterations_are_told(tmp_path: Path) -> None:
    told = fit(tmp_path, CLIPS, PARAMS.model_copy(update={"max_iter": 1}))
    assert told["warnings"] == ["not converged in 1 iterations: raise max_iter"]


@pytest.mark.parametrize("name", ["lbp", "colour", "spectrum", "sharpness"])
def test_variants_are_single_cues(name: str) -> None:
    assert PARAMS.variant("handcrafted", name).cues == [name]


def test_network_has_one_weight_per_value_and_a_bias() -> None:
    (network,) = implementation.networks(PARAMS).values()
    assert sum(parameter.numel() for parameter in network.parameters()) == dimension(PARAMS.cues) + 1 == 161


@pytest.mark.parametrize("values", [{"cues": []}, {"cues": ["lbp", "lbp"]}, {"cues": ["smell"]}, {"C": 0.0}])
def test_bad_parameters_are_refused(values: dict) -> None:
    with pytest.raises(UserError, match=r"params.yaml: (cues|C)"):
        parse(HandcraftedParams, values, "params.yaml")


def test_golden_scores(tmp_path: Path) -> None:
    """When this fails on purpose, raise METHOD.version and write the new numbers here."""
    assert METHOD.version == 1
    ramp = np.arange(32)
    patterns = [((ramp[:, None] * step + ramp[None, :] ** 2) % 256).astype(np.uint8) for step in (1, 3, 7, 11)]
    faces = [np.stack([np.roll(one, 1, 0), one, one.T], axis=-1)[None] for one in patterns]
    clips = [
        Clip("toy", str(number), "live" if number < 2 else "attack", features={"frames": {"aligned": face, "frame": np.zeros(1, np.int32)}})
        for number, face in enumerate(faces)
    ]
    fit(tmp_path, clips)
    np.testing.assert_allclose(np.concatenate(score(tmp_path, clips)), GOLDEN, rtol=1e-3)
