"""What `fas predict` refuses before it opens a file, and what it says of one. That it scores as the pipeline does is shown in
tests/pipeline."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
from skimage.data import astronaut

from fas.clips import Clip
from fas.config import Config, Runtime
from fas.errors import UserError
from fas.faces.params import FramesParams, PairParams, SamplingParams
from fas.features.residuals import model_digest
from fas.methods.adversarial_flow.params import AdversarialFlowParams
from fas.params import load
from fas.predict import Predictor
from fas.runs import FitTask, FitWorker

ROOT = Path(__file__).parents[1]
CUE = Path("models/cues/dfg")


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict:
    """The card of a run whose clips were reconstructed by the cue maker in the working directory."""
    monkeypatch.chdir(tmp_path)
    CUE.mkdir(parents=True)
    (CUE / "model.safetensors").write_bytes(b"weights")
    (CUE / "config.json").write_text("{}")
    params = load(ROOT / "params.yaml")
    extraction = {
        "weights": {},
        "frames": params.frames.model_dump(mode="json"),
        "identity": params.identity.model_dump(mode="json"),
        "residuals": params.residuals.model_dump(mode="json"),
        "cue": {"name": "dfg", "params": params.cue("dfg").model_dump(mode="json"), "model": model_digest(CUE), "identity_frames": 2},
    }
    section = params.method("handcrafted").model_dump(mode="json", exclude={"variants"})
    return {"method": "handcrafted", "version": 1, "params": section, "extraction": extraction, "threshold": 0.5}


def predictor(card: dict) -> Predictor:
    folder = Path("run")
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(card))
    (folder / "model.safetensors").write_bytes(b"")
    return Predictor(folder, Config())


def test_a_cue_maker_trained_anew_since_is_refused(card: dict) -> None:
    (CUE / "model.safetensors").write_bytes(b"other weights")
    with pytest.raises(UserError, match=r"^models/cues/dfg: not the cue maker that run/config\.json names"):
        predictor(card)


def test_a_missing_cue_maker_is_told(card: dict) -> None:
    (CUE / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"^models/cues/dfg: no trained cue maker"):
        predictor(card)


def test_another_version_of_the_method_is_refused(card: dict) -> None:
    with pytest.raises(UserError, match="made by version 99 of handcrafted"):
        predictor(card | {"version": 99})


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"method": None}, "method: "),
        ({"threshold": float("inf")}, "threshold: "),
        ({"extraction": {}}, r"extraction\.weights: is missing"),
        ({"method": "lgcs"}, "no method 'lgcs'"),
    ],
)
def test_a_card_that_does_not_say_what_is_needed_is_one_line(card: dict, change: dict, told: str) -> None:
    with pytest.raises(UserError, match=told) as error:
        predictor(card | change)
    assert "\n" not in str(error.value)


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"not a model folder \(config\.json is missing\)"):
        Predictor(tmp_path, Config())


def filmed(path: Path, count: int) -> Path:
    """A video of a face that goes one pixel a frame to the left and up."""
    picture = astronaut()[20:280, 60:380]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=15)
        stream.height, stream.width, stream.pix_fmt = 200, 240, "yuvj444p"
        for step in range(count):
            frame = np.ascontiguousarray(picture[step : step + 200, step : step + 240])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    return path


def flow_model(folder: Path, frames: FramesParams) -> Path:
    """A trained model that reads flow, of random maps."""
    params = AdversarialFlowParams(width=0.06, steps=1, batch=4, score_frames=0, score_batch=8)
    random = np.random.default_rng(0)
    maps = {"flow": random.normal(size=(4, 2, 32, 32)).astype(np.float16), "frame": np.arange(4, dtype=np.int32)}
    extraction = {"weights": {}, "frames": frames.model_dump(mode="json"), "flow": {"algorithm": "dis", "preset": "medium"}}
    card = {"method": "adversarial_flow", "params": params.model_dump(mode="json", exclude={"variants"}), "extraction": extraction}
    worker = FitWorker("adversarial_flow")
    worker.setup(Runtime())
    folder.mkdir()
    worker.work(
        FitTask("adversarial_flow", params, (Clip("d", "a.mov", "live", features={"flow": maps}),), (), 0, card), folder, folder.parent
    )
    return folder


def test_every_frame_of_a_model_of_flow_has_the_box_of_its_face(tmp_path: Path) -> None:
    """Its frames are those where pairs begin, and few of them are among the sampled ones. The face is followed to the left and up."""
    frames = FramesParams(size=64, sampling=SamplingParams(k=3), pairs=PairParams(k=6, gap=4, size=32), views=["aligned"])
    (found,) = Predictor(flow_model(tmp_path / "run", frames), Config()).files([filmed(tmp_path / "face.avi", 40)])
    assert [frame["index"] for frame in found["frames"]] == [3, 9, 15, 21, 27, 33]
    boxes = np.array([frame["box"] for frame in found["frames"]])
    assert (boxes[:, 2:] - boxes[:, :2] > 40).all()
    moved = (boxes[-1] - boxes[0]).reshape(2, 2).mean(axis=0)
    assert moved == pytest.approx([-30, -30], abs=4)
