from pathlib import Path

import numpy as np
import pytest
import torch

from fas.adversarial.model import networks
from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.methods.adversarial_flow.errors import frame_errors, reconstructed
from fas.methods.adversarial_flow.mmd import Reference
from fas.methods.adversarial_flow.params import AdversarialFlowParams
from fas.methods.adversarial_flow.patches import all_patches, images
from fas.methods.adversarial_flow.reference import LiveReference
from fas.methods.adversarial_flow.score import STILL
from fas.methods.adversarial_flow.train import fit, score
from fas.methods.base import Fit

RUNTIME = Runtime()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, tiny: AdversarialFlowParams, clips: list[Clip]) -> Path:
    folder = tmp_path_factory.mktemp("model")
    fit(Fit(tiny, clips, [], 0, folder, folder / "scratch", RUNTIME))
    return folder


def by_name(model: Path, params: AdversarialFlowParams, clips: list[Clip]) -> dict[str, dict[str, np.ndarray]]:
    found = score(model, params, clips, RUNTIME)
    return {clip.clip: dict(one.scores) for clip, one in zip(clips, found, strict=True)}


def test_scores_by_name(model: Path, tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    (one,) = score(model, tiny, clips[:1], RUNTIME)
    assert one.frames.tolist() == [0, 10, 15]  # of the four pairs three are reconstructed
    assert set(one.scores) == {"score", "error", "latent", "mmd", "latent_mmd", "motion", "judged", "judged_error"}
    assert all(values.shape == (3,) and values.dtype == np.float32 for values in one.scores.values())
    np.testing.assert_array_equal(one.scores["score"], one.scores["mmd"])
    assert len(np.unique(one.scores["mmd"])) == 1  # a video's, so the mean over its frames is that value
    assert len(np.unique(one.scores["error"])) == 3


def test_the_mmd_is_that_of_the_errors_and_the_reference(model: Path, tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    live = LiveReference.load(model / "reference.npz")
    for one in by_name(model, tiny, clips).values():
        for name, values in (("mmd", live.error), ("latent_mmd", live.latent)):
            errors = -one["error" if name == "mmd" else "latent"]
            assert one[name][0] == pytest.approx(-Reference(values, tiny.bandwidths).distance(errors), abs=1e-6)


def test_videos_without_motion_come_below_all_others_and_keep_their_order(
    model: Path, tiny: AdversarialFlowParams, clips: list[Clip]
) -> None:
    judging = tiny.model_copy(update={"motion_judgement": True})
    scores = by_name(model, judging, clips)
    still = {name: one for name, one in scores.items() if name.startswith("fixed")}
    moving = {name: one for name, one in scores.items() if name not in still}
    assert min(one["score"].min() for one in moving.values()) > max(one["score"].max() for one in still.values())
    for name, one in scores.items():
        lowered = STILL if name in still else 0
        np.testing.assert_allclose(one["score"], one["mmd"] - lowered, rtol=1e-6)
        np.testing.assert_allclose(one["judged_error"], one["error"] - lowered, rtol=1e-6)
    assert max(one["motion"][0] for one in still.values()) < min(one["motion"][0] for one in moving.values())


def test_a_clip_s_scores_depend_on_no_other_clip(model: Path, tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    together = by_name(model, tiny, clips)
    for clip in clips[::3]:
        for name, values in by_name(model, tiny, [clip])[clip.clip].items():
            np.testing.assert_array_equal(values, together[clip.clip][name])


def test_the_batch_s_size_is_seen_in_the_last_digits_only(model: Path, tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    first, second = (by_name(model, tiny.model_copy(update={"score_batch": size}), clips[:1])["live0"] for size in (5, 8))
    np.testing.assert_allclose(first["error"], second["error"], rtol=1e-5)


def test_errors_are_of_evaluation_mode_and_leave_the_mode_as_it_was(tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    built = networks(tiny)
    state = {name: value.clone() for name, value in built["generator"].state_dict().items()}
    maps = clips[0].read("flow")["flow"]
    training = frame_errors(built, maps, tiny, 1.0)
    assert built["generator"].training
    assert all(torch.equal(value, state[name]) for name, value in built["generator"].state_dict().items())  # no statistics move
    built["generator"].eval()
    np.testing.assert_array_equal(training[0], frame_errors(built, maps, tiny, 1.0)[0])


def test_a_frame_s_error_is_the_mean_over_its_windows(tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    built = {name: network.eval() for name, network in networks(tiny).items()}
    maps = clips[0].read("flow")["flow"]
    patches = torch.from_numpy(all_patches(maps, tiny, 1.0))
    with torch.inference_mode():
        expected = [(patch - built["generator"](patch).images).abs().mean().item() for patch in patches]
    np.testing.assert_allclose(frame_errors(built, maps, tiny, 1.0)[0], expected, rtol=1e-5)
    shown = images(maps, tiny, 1.0)
    made = reconstructed(built, shown)
    assert made.shape == shown.shape
    np.testing.assert_allclose(np.abs(shown.astype(float) - made).mean(axis=(1, 2, 3)) / 127.5, expected, atol=0.01)


def test_a_model_without_its_reference_is_told(model: Path, tmp_path: Path, tiny: AdversarialFlowParams, clips: list[Clip]) -> None:
    (tmp_path / "model.safetensors").write_bytes((model / "model.safetensors").read_bytes())
    with pytest.raises(UserError, match=r"reference\.npz: no such file"):
        next(score(tmp_path, tiny, clips, RUNTIME))
