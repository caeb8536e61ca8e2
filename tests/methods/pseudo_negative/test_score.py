from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.methods.pseudo_negative.export import described, exportable
from fas.methods.pseudo_negative.model import networks
from fas.methods.pseudo_negative.params import PseudoNegativeParams
from fas.methods.pseudo_negative.score import embed, generator_of, score, trained
from fas.sampling import evenly
from fas.weights import save_networks

RUNTIME = Runtime()
TINY = PseudoNegativeParams(width=1, size=64, score_batch=3, score_frames=2)
CONTROL = TINY.model_copy(update={"pseudo_weight": 0.0})


def capture(name: str, frames: int = 4) -> Clip:
    random = np.random.default_rng([*name.encode()])
    arrays = {"native": random.integers(0, 256, (frames, 40, 44, 3), dtype=np.uint8), "frame": np.arange(0, 5 * frames, 5, dtype=np.int32)}
    return Clip("set", name, "live", features={"frames": arrays})


CLIPS = [capture(name) for name in "abc"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(0)
    save_networks(folder / "model.safetensors", networks(TINY))
    return folder


def test_scores_of_a_clip_depend_on_no_other_clip(model: Path) -> None:
    together = list(score(model, TINY, CLIPS, RUNTIME))
    alone = [next(score(model, TINY, [clip], RUNTIME)) for clip in CLIPS[::-1]][::-1]
    for first, second in zip(together, alone, strict=True):
        assert np.array_equal(first.frames, second.frames)
        assert first.scores["score"].tobytes() == second.scores["score"].tobytes()


def test_scores_are_probabilities_of_the_frames_asked_for(model: Path) -> None:
    for result in score(model, TINY, CLIPS, RUNTIME):
        assert result.frames.tolist() == [5, 15]
        assert result.frames.dtype == np.int32
        assert result.scores["score"].dtype == np.float32
        assert ((result.scores["score"] >= 0) & (result.scores["score"] <= 1)).all()


def test_the_control_is_the_same_network_without_its_generator(model: Path) -> None:
    first, second = (next(score(model, params, CLIPS[:1], RUNTIME)).scores["score"] for params in (TINY, CONTROL))
    assert np.array_equal(first, second)
    assert generator_of(model, CONTROL) is None
    generator = generator_of(model, TINY)
    assert generator is not None
    assert generator.sample(3).shape == (3, 64)


def test_features_are_those_behind_the_scores(model: Path) -> None:
    network = trained(model, TINY)
    for features, result in zip(embed(model, TINY, CLIPS, RUNTIME), score(model, TINY, CLIPS, RUNTIME), strict=True):
        assert features.shape == (2, 64)
        assert features.dtype == np.float32
        with torch.inference_mode():
            live = network.classifier(torch.from_numpy(features)).softmax(dim=1)[:, 1]
        np.testing.assert_allclose(live, result.scores["score"], atol=1e-6)


def test_the_exported_graph_computes_the_same(model: Path, tmp_path: Path) -> None:
    network, shape = exportable(model, TINY)
    images = torch.randn(3, *shape, generator=torch.Generator().manual_seed(0))
    torch.onnx.export(network, (images,), tmp_path / "m.onnx", dynamo=False, input_names=["image"], dynamic_axes={"image": {0: "n"}})
    session = onnxruntime.InferenceSession(tmp_path / "m.onnx")
    for count in (1, 3):
        (found,) = session.run(None, {"image": images[:count].numpy()})
        with torch.inference_mode():
            np.testing.assert_allclose(found, network(images[:count]).numpy(), atol=1e-4)


def test_what_the_graph_needs_is_said_in_words() -> None:
    words = described(TINY.model_copy(update={"crop": 0.9}))
    assert {"input", "normalisation", "score"} <= set(words)
    assert "(batch, 3, 64, 64)" in words["input"]
    assert "middle 0.9" in words["input"]
    assert "0.485, 0.456, 0.406" in words["normalisation"]
    assert "middle" not in described(TINY)["input"]


def test_no_clips_no_scores(model: Path) -> None:
    assert list(score(model, TINY, [], RUNTIME)) == list(embed(model, TINY, [], RUNTIME)) == []


@pytest.mark.parametrize(("count", "wanted", "expected"), [(3, 0, [0, 1, 2]), (3, 5, [0, 1, 2]), (10, 2, [2, 7]), (9, 1, [4])])
def test_scored_frames_are_spread_evenly(count: int, wanted: int, expected: list[int]) -> None:
    assert evenly(count, wanted).tolist() == expected


def test_frames_without_the_view_are_told(model: Path) -> None:
    with pytest.raises(UserError, match="set a: feature 'frames' was computed without aligned"):
        list(score(model, TINY.model_copy(update={"view": "aligned"}), CLIPS, RUNTIME))


def test_a_model_of_other_parameters_is_told(model: Path) -> None:
    with pytest.raises(UserError, match="does not fit the network") as error:
        list(score(model, TINY.model_copy(update={"width": 2}), CLIPS, RUNTIME))
    assert "\n" not in str(error.value)
