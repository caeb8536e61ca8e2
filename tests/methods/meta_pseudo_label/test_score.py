from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fas.errors import UserError
from fas.methods.meta_pseudo_label.heat import cue_maps, grad_cam, patch_map, tiled_attack_map
from fas.methods.meta_pseudo_label.images import normalised
from fas.methods.meta_pseudo_label.model import WideResNet, probability
from fas.methods.meta_pseudo_label.params import MetaPseudoLabelParams
from fas.methods.meta_pseudo_label.score import fused, patch_probabilities, score, trained
from fas.metrics import eer, evaluate
from fas.runs import FitTask, FitWorker, ScoreTask, ScoreWorker
from fas.scores import read_scores, to_clips
from tests.methods.meta_pseudo_label.captures import CLIPS, RUNTIME, TINY, capture, changed
from tests.methods.meta_pseudo_label.captures import trained as fitted

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("meta_pseudo_label")
    fitted(folder)
    return folder / "out"


shares = st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4)


@given(shares, shares, st.floats(0, 1))
def test_fusion_is_equation_31(rgb: list[float], plgf: list[float], weight: float) -> None:
    params = MetaPseudoLabelParams(plgf_weight=weight)
    scores = fused({"rgb": np.float32(rgb), "plgf": np.float32(plgf)}, params)
    assert set(scores) == {"score", "rgb", "plgf"}
    np.testing.assert_allclose(scores["score"], (1 - weight) * np.array(rgb) + weight * np.array(plgf), atol=1e-6)
    assert MetaPseudoLabelParams().plgf_weight == 0.2  # the paper's


def test_one_branch_is_its_own_score() -> None:
    (name,) = scores = fused({"plgf": np.float32([0.25])}, TINY)
    assert (name, scores[name].tolist()) == ("score", [0.25])


def test_a_frames_score_is_the_mean_over_its_patches(model: Path) -> None:
    (found,) = score(model, TINY, CLIPS[:1], RUNTIME)
    assert found.frames.tolist() == [0, 10]
    network = trained(model, TINY, CPU)["rgb"]
    face = CLIPS[0].read("frames")["aligned"][0]
    patches = [face[top : top + 8, left : left + 8] for top in (0, 24) for left in (0, 24)]
    with torch.inference_mode():
        live = probability(network(torch.from_numpy(np.stack([normalised(patch) for patch in patches]))))
    assert found.scores["score"][0] == pytest.approx(live.mean().item(), abs=1e-6)


def test_a_clips_scores_depend_on_no_other_clip(model: Path) -> None:
    together = [one.scores["score"] for one in score(model, TINY, CLIPS, RUNTIME)]
    alone = [next(score(model, TINY, [clip], RUNTIME)).scores["score"] for clip in CLIPS]
    for first, second in zip(together, alone, strict=True):
        np.testing.assert_array_equal(first, second)
        assert ((first >= 0) & (first <= 1)).all()


def test_whole_faces_are_one_patch(tmp_path: Path) -> None:
    params = changed(input="whole", score_input="whole", mode="pl", steps=2)
    fitted(tmp_path, params)
    network = trained(tmp_path / "out", params, CPU)["rgb"]
    assert patch_probabilities(network, CLIPS[0].read("frames")["aligned"], params, CPU).shape == (3, 1)


def test_a_network_of_patches_can_score_whole_faces(model: Path) -> None:
    params = changed(score_input="whole")
    (found,) = score(model, params, [capture("any", "live", side=6)], RUNTIME)  # smaller than a patch
    network = trained(model, params, CPU)["rgb"]
    faces = capture("any", "live", side=6).read("frames")["aligned"][found.frames // 5]
    with torch.inference_mode():
        live = probability(network(torch.from_numpy(np.stack([normalised(face) for face in faces]))))
    np.testing.assert_allclose(found.scores["score"], live, atol=1e-6)


def test_small_faces_and_missing_models_are_told_in_one_line(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"set tiny: its faces are 4 x 4 pixels, meta_pseudo_label\.patch is 8"):
        next(score(model, TINY, [capture("tiny", "live", side=4)], RUNTIME))
    with pytest.raises(UserError, match="no such file"):
        next(score(tmp_path, TINY, CLIPS, RUNTIME))


def test_grad_cam_of_averaged_maps_and_a_linear_head_is_that_head(model: Path) -> None:
    """There the gradient is the head's weight over the number of pixels, so Grad-CAM is the class activation map."""
    network = trained(model, TINY, CPU)["rgb"]
    assert isinstance(network, WideResNet)
    images = torch.from_numpy(np.stack([normalised(face) for face in CLIPS[0].read("frames")["aligned"]]))
    maps = network.maps(images)
    found = grad_cam(maps, network.classify(maps), maps.shape[2:])
    weights = network.fc.weight[0] - network.fc.weight[1]
    expected = torch.relu(torch.einsum("c,nchw->nhw", weights, maps)) / maps[0, 0].numel()
    torch.testing.assert_close(found, expected.detach(), atol=1e-5, rtol=1e-4)


def test_cue_maps_are_of_the_nearest_frame_and_from_zero(model: Path) -> None:
    first, second = cue_maps(model, TINY, [(CLIPS[0], 1), (CLIPS[0], 9)], RUNTIME)
    assert first.shape == (32, 32)
    assert first.min() >= 0
    assert not np.array_equal(first, second)


def test_patch_maps(model: Path) -> None:
    network = trained(model, TINY, CPU)["rgb"]
    face = CLIPS[0].read("frames")["aligned"][0]
    found = patch_map(network, face, TINY, CPU)
    with torch.inference_mode():
        live = probability(network(torch.from_numpy(normalised(face[8:16, 24:32]))[None])).item()
    np.testing.assert_allclose(found[8:16, 24:32], 1 - live, atol=1e-5)
    assert ((found >= 0) & (found <= 1)).all()
    assert np.isnan(patch_map(network, face[:30, :30], TINY, CPU)[:, 24:]).all()
    assert (tiled_attack_map(network, face[:30, :30], TINY, CPU)[24:] == 0).all()


def test_a_threshold_of_the_sources_own_evaluation_clips_decides(tmp_path: Path) -> None:
    """The paper's policy through a whole run: fit, scores by role, and the metric."""
    params = changed(mode="pl", steps=2)
    card = {"params": params.model_dump(mode="json")}
    (tmp_path / "run").mkdir()
    worker = FitWorker("meta_pseudo_label")
    worker.setup(RUNTIME)
    worker.work(FitTask("meta_pseudo_label", params, tuple(CLIPS), (), 0, card), tmp_path / "run", tmp_path / "scratch")
    roles = [(capture(f"{role}{clip.clip}", clip.label), role) for role in ("source_eval", "test") for clip in CLIPS]
    scorer = ScoreWorker("meta_pseudo_label")
    scorer.setup(RUNTIME)
    scorer.work(ScoreTask("meta_pseudo_label", params, tmp_path / "run", tuple(roles)), tmp_path / "run", tmp_path / "scratch")
    scores = read_scores(tmp_path / "run" / "scores.parquet")
    found = evaluate(scores, resamples=2)["policies"]["source_eval_eer"]
    source = to_clips(scores[scores["role"] == "source_eval"])
    _, expected = eer(*(source.loc[source["label"] == label, "score"].to_numpy() for label in ("live", "attack")))
    assert found["threshold"] == pytest.approx(expected)
    assert 0 <= found["hter"] <= 100
