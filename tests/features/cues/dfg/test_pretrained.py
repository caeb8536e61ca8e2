"""Starting from a user's Stable-Diffusion-shaped folder."""

from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from fas.assets import sha256
from fas.clips import Clip
from fas.config import Runtime
from fas.errors import UserError
from fas.features.cues.dfg import cue
from fas.features.cues.dfg.folder import WEIGHTS
from fas.features.cues.dfg.networks import build_autoencoder, build_unet, load_pretrained, token_width
from fas.features.cues.dfg.params import AutoencoderParams, DfgParams, PretrainedParams, UnetParams
from fas.features.cues.worker import CueWorker
from fas.files import read_json
from fas.schema import parse

Params = Callable[..., DfgParams]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, params: Params) -> Path:
    """A small folder of Stable Diffusion's shape: tokens of 768, no projection."""
    folder = tmp_path_factory.mktemp("sd")
    small = params(unet=UnetParams(channels=[8, 16], width=768, project=None, steps=2, batch=2))
    build_autoencoder(small).save_pretrained(folder / "vae")
    build_unet(small).save_pretrained(folder / "unet")
    return folder


def section(folder: Path) -> PretrainedParams:
    return PretrainedParams(weights="sd15", vae_sha256=sha256(folder / "vae" / WEIGHTS), unet_sha256=sha256(folder / "unet" / WEIGHTS))


def given(path: Path) -> Runtime:
    return Runtime(weights=(("sd15", str(path)),))


def test_the_unet_is_tuned_and_the_vae_kept(folder: Path, clips: list[Clip], params: Params, tmp_path: Path) -> None:
    worker = CueWorker("dfg", params(pretrained=section(folder), unet=UnetParams(steps=2, batch=2, unit_tokens=False)), None)
    worker.setup(given(folder))
    worker.work(tuple(clips), tmp_path, tmp_path / "scratch")
    saved = load_file(tmp_path / "model.safetensors")
    vae, unet = (load_file(folder / name / WEIGHTS) for name in ("vae", "unet"))
    assert all((saved[f"autoencoder.{name}"] == value).all() for name, value in vae.items())
    assert any((saved[f"unet.{name}"] != value).any() for name, value in unet.items())


def test_the_width_is_the_folders(folder: Path) -> None:
    _, unet = load_pretrained(section(folder), given(folder))
    assert token_width(unet) == 768


def error(params: PretrainedParams, runtime: Runtime) -> str:
    with pytest.raises(UserError) as caught:
        load_pretrained(params, runtime)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_missing_is_told(folder: Path, tmp_path: Path) -> None:
    good = section(folder)
    assert "no path given" in error(good, Runtime())
    assert "no folder" in error(good, given(tmp_path / "nowhere"))
    assert "no file" in error(good, given(tmp_path))
    assert "fas.toml [weights] sd15 or FAS_WEIGHTS_SD15" in error(good, Runtime())
    assert "has SHA-256" in error(good.model_copy(update={"unet_sha256": "0" * 64}), given(folder))


def test_without_its_folder_nothing_is_begun(clips: list[Clip], params: Params) -> None:
    named = PretrainedParams(weights="sd15", vae_sha256="0" * 64, unet_sha256="0" * 64)
    with pytest.raises(UserError, match=r"^weights 'sd15' missing: no path given .*FAS_WEIGHTS_SD15"):
        CueWorker("dfg", params(pretrained=named), None).setup(Runtime())
    CueWorker("dfg", params(), None).setup(Runtime())


def test_stable_diffusion_s_shape_from_random_weights_is_warned_of(
    model: Path, clips: list[Clip], params: Params, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its networks made small: what is warned of is the choice."""
    small = params()
    monkeypatch.setattr(cue, "build_autoencoder", lambda _: build_autoencoder(small))
    monkeypatch.setattr(cue, "build_unet", lambda _: build_unet(small))
    short = params(shape="sd15", size=64, autoencoder=AutoencoderParams(steps=1, batch=1), unet=UnetParams(width=8, steps=1, batch=1))
    worker = CueWorker("dfg", short, None)
    worker.setup(Runtime())
    worker.work(tuple(clips), tmp_path, tmp_path / "scratch")
    assert read_json(tmp_path / "config.json")["warnings"] == [cue.FROM_SCRATCH]
    assert "warnings" not in read_json(model / "config.json")


def test_a_shape_that_is_built_is_part_of_a_training_and_no_other(params: Params) -> None:
    assert params(shape="sd15", size=64).effective()["shape"] == "sd15"
    assert "shape" not in params().effective()
    named = PretrainedParams(weights="sd15", vae_sha256="0" * 64, unet_sha256="0" * 64)
    assert params(shape="sd15", pretrained=named).effective() == params(pretrained=named).effective()


def test_digests_must_be_given() -> None:
    with pytest.raises(UserError, match="need vae_sha256 and unet_sha256"):
        parse(PretrainedParams, {"weights": "sd15"}, "params.yaml")


def test_sizes_must_fit() -> None:
    with pytest.raises(UserError, match="size 60 cannot be halved 3 times"):
        parse(DfgParams, {"size": 60}, "params.yaml")
    with pytest.raises(UserError, match="size 96 cannot be halved 6 times"):
        parse(DfgParams, {"size": 96, "shape": "sd15"}, "params.yaml")
