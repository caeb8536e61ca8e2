"""The base of every typed parameter section (params.yaml, table specs): strict, closed, and told in one line.

A room owns its section: it declares a `Section` beside its code, `fas/params.py` puts the sections together.
"""

from collections.abc import Mapping
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fas.errors import UserError


class Section(BaseModel):
    """Typed parameters: an unknown key, a wrong type or a value out of range is an error, never ignored."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


S = TypeVar("S", bound=Section)


def parse(model: type[S], values: Any, where: str) -> S:
    """`values` as a `model`.

    Raises:
        UserError: one line that names the file (`where`), the path of the key and what is wrong there.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise UserError(f"{where}: {explain(error)}") from None


def explain(error: ValidationError) -> str:
    """The first problem of a pydantic error as one line: `path.of.key: what is wrong (got ...)`."""
    problems = error.errors()
    first = problems[0]
    path = ".".join(str(part) for part in first["loc"]) or "(top level)"
    if first["type"] == "extra_forbidden":
        text = f"{path}: unknown key"
    elif first["type"] == "missing":
        text = f"{path}: is missing"
    elif first["type"] == "value_error":
        text = ": ".join(part for part in (".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")) if part)
    else:
        got = repr(first.get("input"))
        text = f"{path}: {first['msg'][:1].lower()}{first['msg'][1:]} (got {got[:60]})"
    return text if len(problems) == 1 else f"{text} (and {len(problems) - 1} more)"


class Varied(Section):
    """A section with variants: a variant is a name and overrides of the section's own keys."""

    variants: dict[str, dict[str, Any]] = Field(default_factory=dict)

    def variant(self, section: str, name: str) -> Self:
        """This section, called `section` in params.yaml, with variant `name`'s overrides (nested mappings are merged) and no variants left.

        Raises:
            UserError: no such variant, or an override that the section does not admit.
        """
        if name not in self.variants:
            there = ", ".join(self.variants) or "none"
            raise UserError(f"params.yaml: {section}.variants: no variant '{name}' (there is: {there})")
        values = _merge(self.model_dump(), self.variants[name]) | {"variants": {}}
        return parse(type(self), values, f"params.yaml: {section}.variants.{name}")


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        nested = isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
        merged[key] = _merge(base[key], value) if nested else value
    return merged
