import pytest
from pydantic import Field, ValidationError, model_validator

from fas.errors import UserError
from fas.schema import Section, parse


class Inner(Section):
    size: int = Field(default=1, ge=1)
    share: float = 0.5


class Outer(Section):
    inner: Inner
    name: str = ""

    @model_validator(mode="after")
    def _named(self):
        if self.name == "bad":
            raise ValueError("inner.name: 'bad' is taken")
        return self


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"inner": {"sise": 1}}, "f.yaml: inner.sise: unknown key"),
        ({}, "f.yaml: inner: is missing"),
        ({"inner": {"size": "1"}}, "f.yaml: inner.size: input should be a valid integer (got '1')"),
        ({"inner": {"size": True}}, "f.yaml: inner.size: input should be a valid integer (got True)"),
        ({"inner": {"size": 0}}, "f.yaml: inner.size: input should be greater than or equal to 1 (got 0)"),
        ({"inner": {"share": float("inf")}}, "f.yaml: inner.share: input should be a finite number (got inf)"),
        ({"inner": {"share": float("nan")}}, "f.yaml: inner.share: input should be a finite number (got nan)"),
        ({"inner": {}, "name": "bad"}, "f.yaml: inner.name: 'bad' is taken"),
        ({"inner": {"size": 0, "sise": 1}}, "f.yaml: inner.size: input should be greater than or equal to 1 (got 0) (and 1 more)"),
        ({"inner": "a\n" * 99}, None),
        ({1: 2}, None),
        (None, None),
    ],
)
def test_a_problem_is_one_short_line(values, told):
    with pytest.raises(UserError) as error:
        parse(Outer, values, "f.yaml")
    text = str(error.value)
    assert text.startswith("f.yaml: ")
    assert "\n" not in text
    assert len(text) < 200
    assert told is None or text == told


def test_a_section_cannot_be_changed():
    section = parse(Outer, {"inner": {}}, "f.yaml")
    with pytest.raises(ValidationError):
        section.name = "other"
