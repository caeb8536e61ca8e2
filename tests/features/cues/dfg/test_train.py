"""The training: what it writes, that it resumes to the same bytes, and that it learns."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from safetensors.numpy import load_file

from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.features.cues.dfg import train as training
from fas.features.cues.dfg.params import AutoencoderParams, DfgParams, UnetParams
from fas.features.cues.worker import CueWorker
from fas.files import read_json

Params = Callable[..., DfgParams]
FILES = ("model.safetensors", "config.json", "history.csv")


def fit(clips: list[Clip], params: DfgParams, folder: Path) -> Path:
    out = folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    worker = CueWorker("dfg", params, None)
    worker.setup(Runtime())
    worker.work(tuple(clips), out, folder / "scratch")
    return out


@pytest.fixture
def again(clips: list[Clip], params: Params, tmp_path: Path) -> Callable[[], Path]:
    """The training of `model` once more, in one place however often it is called."""
    return lambda: fit(clips, params(), tmp_path)


def test_what_is_written(model: Path) -> None:
    config = read_json(model / "config.json")
    assert config["cue"] == "dfg"
    assert config["faces"] == 9
    assert config["networks"]["unet"]["encoder_hid_dim"] == 8
    history = pd.read_csv(model / "history.csv")
    assert history.groupby("network")["step"].max().to_dict() == {"autoencoder": 3, "unet": 4}
    assert {name.partition(".")[0] for name in load_file(model / "model.safetensors")} == {"autoencoder", "unet"}


def test_same_faces_in_any_order_same_bytes(model: Path, clips: list[Clip], params: Params, tmp_path: Path) -> None:
    again = fit(clips[::-1], params(), tmp_path)
    for name in FILES:
        assert (again / name).read_bytes() == (model / name).read_bytes(), name


@pytest.mark.parametrize("task", ["AutoencoderTask", "UnetTask"])
def test_a_killed_training_resumes_to_the_same_bytes(
    task: str, model: Path, again: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = getattr(training, task).step
    done: list[int] = []

    def stopping(self, batch, number, update):
        done.append(number)
        if number == 2 and done.count(2) == 1:
            raise KeyboardInterrupt
        return step(self, batch, number, update)

    monkeypatch.setattr("fas.features.cues.training.CHECKPOINT_STEPS", 1)
    monkeypatch.setattr(getattr(training, task), "step", stopping)
    with pytest.raises(KeyboardInterrupt):
        again()
    out = again()
    assert done.count(0) == 1, "the second run began anew"
    for name in FILES:
        assert (out / name).read_bytes() == (model / name).read_bytes(), name


def test_another_seed_is_another_model(model: Path, clips: list[Clip], params: Params, tmp_path: Path) -> None:
    assert (fit(clips, params(seed=1), tmp_path) / FILES[0]).read_bytes() != (model / FILES[0]).read_bytes()


def test_it_learns(clips: list[Clip], params: Params, tmp_path: Path) -> None:
    autoencoder = AutoencoderParams(channels=[8, 8], steps=25, batch=4)
    unet = UnetParams(channels=[8, 16], width=8, project=8, steps=25, batch=8, lr=4e-3)
    longer = params(autoencoder=autoencoder, unet=unet)
    history = pd.read_csv(fit(clips, longer, tmp_path) / "history.csv")
    for network, name in (("autoencoder", "error"), ("unet", "loss")):
        losses = history[(history["network"] == network) & (history["name"] == name)]["value"]
        assert losses.tail(5).mean() < 0.8 * losses.head(5).mean(), network


def test_the_saved_network_is_the_average(clips: list[Clip], params: Params, tmp_path: Path) -> None:
    """With an average that forgets at once (ema 0), the saved U-Net differs from one that remembers."""
    unets = [UnetParams(channels=[8, 16], width=8, project=8, steps=4, batch=4, ema=ema) for ema in (0.0, 0.9999)]
    weights = [load_file(fit(clips, params(unet=unet), tmp_path / str(unet.ema)) / FILES[0]) for unet in unets]
    assert (weights[0]["autoencoder.quant_conv.weight"] == weights[1]["autoencoder.quant_conv.weight"]).all()
    assert (weights[0]["unet.conv_in.weight"] != weights[1]["unet.conv_in.weight"]).any()


def test_attacks_are_refused(params: Params, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="trained on live faces alone: d a is none"):
        fit([Clip("d", "a", "attack")], params(), tmp_path)
    with pytest.raises(UserError, match="no live clips"):
        fit([], params(), tmp_path)
