import json
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from torch import nn

from fas import export
from fas.cli import run
from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.export import TOLERANCE, difference, to_onnx, write_onnx
from fas.methods import method, methods
from fas.methods.lgsc.model import networks
from fas.methods.lgsc.params import LgscParams
from fas.methods.lgsc.patches import normalised
from fas.methods.lgsc.score import score
from fas.params import load
from fas.training import seeded
from fas.weights import save_networks

ROOT = Path(__file__).parents[1]
PARAMS = LgscParams(width=2, patch=32, grid=2, score_frames=1, decoder_norm="instance", faithful_in=True)


def model(folder: Path, name: str = "lgsc", params: LgscParams = PARAMS) -> Path:
    """A run's folder with random weights."""
    folder.mkdir()
    with seeded("export"):
        save_networks(folder / "model.safetensors", networks(params))
    section = params if name == "lgsc" else method(name).params()
    card = {
        "method": name,
        "version": method(name).version,
        "params": section.model_dump(mode="json", exclude={"variants"}),
        "extraction": {"weights": {}, "frames": load(ROOT / "params.yaml").frames.model_dump(mode="json")},
        "threshold": -0.125,
    }
    (folder / "config.json").write_text(json.dumps(card))
    return folder


class Mean(nn.Module):
    """The mean of a convolution, and a dropout that evaluation leaves out."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Dropout(0.9))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.layers(image).mean(dim=(1, 2, 3))


@pytest.fixture(scope="module")
def mean() -> Mean:
    with seeded("mean"):
        return Mean()


@pytest.fixture(scope="module")
def graph(mean: Mean) -> onnx.ModelProto:
    return to_onnx(mean, (1, 8, 8))


def test_a_graph_has_a_free_batch_and_no_paths(graph: onnx.ModelProto) -> None:
    (image,), (scores,) = graph.graph.input, graph.graph.output
    assert (image.name, scores.name) == ("image", "score")
    assert [one.dim_param or one.dim_value for one in image.type.tensor_type.shape.dim] == ["batch", 1, 8, 8]
    assert [one.dim_param for one in scores.type.tensor_type.shape.dim] == ["batch"]
    assert [one.version for one in graph.opset_import if not one.domain] == [export.OPSET]
    assert b".py" not in graph.SerializeToString()


def test_equal_networks_give_equal_bytes(mean: Mean, graph: onnx.ModelProto) -> None:
    assert to_onnx(mean, (1, 8, 8)).SerializeToString(deterministic=True) == graph.SerializeToString(deterministic=True)


def test_another_network_is_seen(mean: Mean, graph: onnx.ModelProto) -> None:
    written = graph.SerializeToString()
    assert difference(mean, written, (1, 8, 8)) < TOLERANCE
    with seeded("other"):
        other = Mean().eval()
    assert difference(other, written, (1, 8, 8)) > TOLERANCE
    nn.init.constant_(other.layers[0].bias, float("nan"))
    assert np.isnan(difference(other, written, (1, 8, 8)))


def test_scores_that_differ_are_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, graph: onnx.ModelProto) -> None:
    monkeypatch.setattr(export, "to_onnx", lambda network, shape: graph)
    for apart in (2e-4, float("nan")):
        monkeypatch.setattr(export, "difference", lambda network, written, shape, apart=apart: apart)
        with pytest.raises(UserError, match=r"its ONNX scores differ from torch's by .* \(allowed: 1e-04\)"):
            write_onnx(model(tmp_path / str(apart)), tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


def test_an_exported_model_scores_as_the_pipeline_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the file alone: its metadata say how the score of a clip comes about."""
    folder, out = model(tmp_path / "run"), tmp_path / "model.onnx"
    assert run(["export", str(folder), "--out", str(out)]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    assert told.out.startswith(f"{out}: lgsc, opset 18, input (batch, 3, 32, 32); differs from torch by at most ")
    assert float(told.out.split()[-1]) <= TOLERANCE

    about = {one.key: one.value for one in onnx.load(out).metadata_props}
    assert float(about["threshold"]) == -0.125
    assert about["normalisation"].startswith("value / 127.5 - 1")
    assert "2 x 2 patches" in about["input"]
    assert json.loads(about["params"]) == PARAMS.model_dump(mode="json", exclude={"variants"})

    crop = np.random.default_rng(0).integers(0, 256, (40, 44, 3), dtype=np.uint8)
    clip = Clip("set", "x", features={"frames": {"native": crop[None], "frame": np.zeros(1, np.int32)}})
    patches = np.stack([normalised(crop[top : top + 32, left : left + 32]) for top in (0, 8) for left in (0, 12)])
    session = onnxruntime.InferenceSession(out)
    (scores,) = session.run(None, {"image": patches})
    (expected,) = score(folder, PARAMS, [clip], Runtime())
    assert scores.mean() == pytest.approx(expected.scores["score"][0], abs=TOLERANCE)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["run", "--out", "model.bin"], "model.bin: an ONNX file is called .onnx"),
        (["nowhere", "--out", "model.onnx"], "nowhere: not a model folder (config.json is missing)"),
        (["cues", "--out", "model.onnx"], "cues: handcrafted has no export: no ONNX graph is written for it"),
        (["run"], "Missing option '--out'"),
    ],
)
def test_what_cannot_be_exported_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    model(tmp_path / "run")
    model(tmp_path / "cues", "handcrafted")
    assert run(["export", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"fas: {told}")
    assert printed.err.count("\n") == 1
    assert not list(tmp_path.glob("model.*"))


@pytest.mark.parametrize("name", [name for name, one in methods().items() if one.export])
def test_a_hook_describes_what_the_file_needs(name: str) -> None:
    card = method(name)
    described = card.exporter().described(card.params())
    assert {"input", "normalisation", "score"} <= set(described)
    assert all(text.strip() for text in described.values())
