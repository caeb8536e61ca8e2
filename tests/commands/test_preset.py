"""`fas preset` as people use it: sizes change, what the file says about data stays."""

import json
import shutil
from pathlib import Path

import pytest

from fas.cli import run
from fas.commands.preset import kept, put
from fas.files import read_yaml
from fas.params import load

ROOT = Path(__file__).resolve().parents[2]
OWN = "a" * 64
DATA = {
    "tables": ["001-T1"],
    "datasets.office": {"adapter": "folder", "collection": "real"},
    "cues.dfg.faces": ["ffhq"],
    "ssdg.variants.extra_live.extra_live": ["ffhq"],
    "safas.extra_live": ["celeba_spoof"],
    "identity.model": "arcface",
    "identity.sha256": OWN,
    "agfas.backbone.pretrained.vit": OWN,
    "cues.dfg.pretrained.weights": "diffusion",
    "cues.dfg.pretrained.vae_sha256": OWN,
    "cues.dfg.pretrained.unet_sha256": OWN,
}


def at(values, path):
    for key in path.split("."):
        values = values[key]
    return values


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A working directory whose params.yaml has data and weights of the user's own."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "presets", "presets")
    values = read_yaml(ROOT / "params.yaml")
    for path, value in DATA.items():
        around, _, key = path.rpartition(".")
        (at(values, around) if around else values)[key] = value
    Path("params.yaml").write_text(json.dumps(values))


def test_sizes_change_and_what_is_said_about_data_stays(capsys, mine):
    assert run(["preset", "paper", "--write"]) == 0
    printed = capsys.readouterr().out.splitlines()
    stays = next(line for line in printed if line.startswith("stays: ")).removeprefix("stays: ").split(", ")
    assert {"cues.dfg.faces", "identity.sha256", "tables"} <= set(stays)
    assert "lgsc.width: 16 -> 64" in printed
    values = read_yaml(Path("params.yaml"))
    assert {path: at(values, path) for path in DATA} == DATA
    assert at(values, "cues.memae.faces") == ["ffhq", "celeba_spoof"]  # nobody's own choice before
    assert load(Path("params.yaml")).method("lgsc") == load(Path("presets/paper.yaml")).method("lgsc")
    assert at(read_yaml(Path("params.yaml.1.bak")), "lgsc.width") == 16


def test_showing_a_preset_writes_nothing(capsys, mine):
    before = Path("params.yaml").read_bytes()
    assert run(["preset", "tiny"]) == 0
    assert "cues.dfg.faces:" not in capsys.readouterr().out
    assert Path("params.yaml").read_bytes() == before
    assert list(Path().glob("*.bak")) == []


def test_a_preset_s_own_digests_go_with_it_and_one_s_own_stay_with_their_names():
    small, large = ({"net": {"pretrained": digest}, "id": {"model": "a", "sha256": ""}} for digest in ("", "b" * 64))
    own = {"id": {"model": "arcface", "sha256": OWN}}
    assert list(kept({**large, "report": {"faces": True}}, [small, large])) == []
    assert list(kept({**large, **own}, [small, large])) == [(("id", "model"), "arcface"), (("id", "sha256"), OWN)]
    assert list(kept({"net": {"pretrained": OWN}}, [small, large])) == [(("net", "pretrained"), OWN)]


def test_what_a_preset_has_no_place_for_is_left_out():
    values = {"cues": {"dfg": {"variants": {}}}}
    assert not put(values, ("cues", "dfg", "variants", "mine", "faces"), ["ffhq"])
    assert values == {"cues": {"dfg": {"variants": {}}}}
