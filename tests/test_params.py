from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

import pytest

from fas.errors import UserError
from fas.features.cues import cues
from fas.files import read_yaml, write_text
from fas.methods import methods
from fas.params import load, schema
from fas.schema import parse

ROOT = Path(__file__).resolve().parents[1]
FILES = ["params.yaml", "presets/paper.yaml", "presets/tiny.yaml"]


def keys(value, path=""):
    """Every path of keys, but not what stands inside `variants` and `extract`."""
    if not isinstance(value, Mapping) or path.split(".")[-1] in ("variants", "extract"):
        return {path}
    return {path} | {found for key, inner in value.items() for found in keys(inner, f"{path}.{key}")}


@pytest.fixture(scope="module")
def values():
    return read_yaml(ROOT / "params.yaml")


@pytest.mark.parametrize("name", FILES)
def test_a_file_hides_nothing_behind_a_default(name):
    written = read_yaml(ROOT / name)
    dumped = load(ROOT / name).model_dump()
    for dataset in dumped["datasets"].values():  # a dataset's entry may leave out what is usual
        dataset.clear()
    for dataset in written["datasets"].values():
        dataset.clear()
    assert keys(written) == keys(dumped)


@pytest.mark.parametrize("name", FILES)
def test_every_variant_is_admitted(name):
    params = load(ROOT / name)
    for method in methods():
        section = params.method(method)
        for variant in section.variants:
            assert section.variant(method, variant).variants == {}


def test_every_method_and_cue_maker_has_its_section():
    params = load(ROOT / "params.yaml")
    assert {name: type(params.method(name)) for name in methods()} == {name: one.params for name, one in methods().items()}
    assert {name: type(params.cue(name)) for name in cues()} == {name: one.params for name, one in cues().items()}


def test_letters_are_those_of_one_collection():
    params = load(ROOT / "params.yaml")
    assert sorted(params.letters("simulated").values()) == ["C", "I", "M", "O"]
    assert params.letters("real") == {}


REAL = {"adapter": "folder", "collection": "real"}


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("frames.sise", 1, "frames.sise: unknown key"),
        ("nothing", {}, "nothing: unknown key"),
        ("lgsc.batch", "16", "lgsc.batch: "),
        ("lgsc.dropout", 2.0, "lgsc.dropout: "),
        ("handcrafted.C", float("inf"), "handcrafted.C: "),
        ("max_failed", -0.1, "max_failed: "),
        ("residuals.grid", 600, "residuals.grid: 600 does not divide the schedule's 1000 steps"),
        ("cues.anoddpm.grid", 300, "cues.anoddpm.grid: 300 does not divide the schedule's 1000 steps"),
        ("residuals.grid", 2000, "residuals.grid: "),
        ("cues.dfg.unet.head", 2, "cues.dfg.unet.head: unknown key"),
        ("datasets.office", REAL | {"adapter": "ofice"}, "datasets.office.adapter: unknown dataset 'ofice'"),
        ("datasets.office", REAL | {"letter": "m"}, "datasets.office.letter: "),
        ("datasets.office", REAL | {"collection": "own"}, "datasets.office.collection: "),
        ("datasets.office", REAL | {"faces": "whole", "hints": True}, "datasets.office.hints: with 'faces: whole' no face is looked for"),
        ("datasets.again", {"adapter": "folder", "collection": "simulated", "letter": "M"}, "datasets.again.letter: 'M' is taken by"),
        ("extract", {"office": ["frames"]}, "extract.office: unknown dataset"),
        ("extract", {"sim_faces": ["frame"]}, "extract.sim_faces.0: "),
    ],
)
def test_a_bad_value_is_one_line_with_the_key_s_path(values, path, value, told):
    changed = deepcopy(values)
    *parents, last = path.split(".")
    section = changed
    for parent in parents:
        section = section[parent]
    section[last] = value
    with pytest.raises(UserError) as error:
        parse(schema(), changed, "params.yaml")
    assert str(error.value).startswith(f"params.yaml: {told}")
    assert "\n" not in str(error.value)


def test_a_letter_may_stand_in_both_collections(values):
    changed = deepcopy(values)
    changed["datasets"]["msu"] = {"adapter": "msu_mfsd", "collection": "real", "letter": "M"}
    assert parse(schema(), changed, "params.yaml").letters("real") == {"msu": "M"}


def test_a_missing_section_is_told(values):
    changed = {name: value for name, value in values.items() if name != "flow"}
    with pytest.raises(UserError, match=r"^params\.yaml: flow: is missing$"):
        parse(schema(), changed, "params.yaml")


def test_a_file_without_sections_is_told(tmp_path):
    write_text(tmp_path / "p.yaml", "[1]\n")
    with pytest.raises(UserError, match=r"p\.yaml: expected sections, got list"):
        load(tmp_path / "p.yaml")
