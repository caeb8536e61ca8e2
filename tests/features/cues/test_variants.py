"""Variants of cue makers: what their names give, what they share, and what is refused."""

from pathlib import Path

import pytest

from fas.errors import UserError
from fas.features.cues import cue, split
from fas.features.cues.base import MODEL
from fas.features.cues.dfg.params import DfgParams
from fas.features.cues.worker import CueWorker
from fas.features.params import ResidualsParams
from fas.features.residuals import ResidualsWorker
from fas.params import BaseParams, load
from fas.plan.items import cue_folder

ROOT = Path(__file__).resolve().parents[3]
SAMPLED = ("t1000", "t800", "t600", "t400", "t200", "no_background")


@pytest.fixture(params=["params.yaml", "presets/paper.yaml", "presets/tiny.yaml"])
def params(request: pytest.FixtureRequest) -> BaseParams:
    return load(ROOT / request.param)


def residuals_worker(name: str, params: BaseParams, model: Path) -> ResidualsWorker:
    return ResidualsWorker(name, params.cue(name), model, params.residuals, params.identity.frames)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / MODEL).write_bytes(b"weights")
    return tmp_path


def test_a_name_is_of_a_maker_and_a_variant() -> None:
    assert split("dfg") == ("dfg", "")
    assert split("dfg-t600") == ("dfg", "t600")
    assert cue("dfg-t600") is cue("dfg")
    assert cue_folder("dfg-t600") == Path("models/cues/dfg-t600")


def test_a_variant_overrides_its_section_and_has_none_itself(params: BaseParams) -> None:
    plain, without = params.cue("dfg"), params.cue("dfg-no_identity")
    assert isinstance(plain, DfgParams) and isinstance(without, DfgParams)
    assert plain.variants == without.variants == {}
    assert (plain.identity_condition, without.identity_condition) == (True, False)
    assert without.model_copy(update={"identity_condition": True}) == plain


def test_what_only_samples_in_another_way_is_no_training_of_its_own(params: BaseParams, model: Path) -> None:
    training = CueWorker("dfg", params.cue("dfg"), 2)
    shown = residuals_worker("dfg", params, model)
    for variant in SAMPLED:
        name = f"dfg-{variant}"
        other = CueWorker(name, params.cue(name), 2)
        assert (other.name, other.version, other.depends()) == (training.name, training.version, training.depends())
        assert residuals_worker(name, params, model).name == shown.name
    keys = [str(residuals_worker(f"dfg-{variant}", params, model).depends()) for variant in SAMPLED]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("variant", ["no_identity", "faces25", "faces50"])
def test_another_network_or_other_faces_are_a_training_of_their_own(params: BaseParams, variant: str) -> None:
    depends = CueWorker("dfg", params.cue(f"dfg-{variant}"), 2).depends()
    assert depends != CueWorker("dfg", params.cue("dfg"), 2).depends()


def test_what_is_not_overridden_is_that_of_the_residuals_section(model: Path) -> None:
    residuals = ResidualsParams(t_start=700, grid=20, frames=3, batch=2)
    assert DfgParams().sampled(residuals) == residuals
    assert DfgParams(t_start=600).sampled(residuals) == residuals.model_copy(update={"t_start": 600})
    same, other = (ResidualsWorker("dfg", DfgParams(t_start=start), model, residuals, None).depends() for start in (700, 600))
    assert ResidualsWorker("dfg", DfgParams(), model, residuals, None).depends() == same != other


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gan", "no cue maker 'gan' (there is: "),
        ("dfg-t601", "params.yaml: cues.dfg.variants: no variant 't601' (there is: no_identity, faces25, "),
        ("dfg-", "no cue maker 'dfg-' (there is: "),
    ],
)
def test_unknown_names_are_told_with_what_there_is(name: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load(ROOT / "params.yaml").cue(name)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_variant_that_the_section_does_not_admit_is_told() -> None:
    params = DfgParams(variants={"wide": {"unet": {"widht": 3}}})
    with pytest.raises(UserError, match=r"^params\.yaml: cues\.dfg\.variants\.wide: unet\.widht: unknown key$"):
        params.variant("cues.dfg", "wide")
