"""A table's spec against params.yaml: every name in it is there, and which collection it is about is decided."""

from typing import Literal

from fas.clips import FLOW, FRAMES, IDENTITY, residuals
from fas.errors import UserError
from fas.methods import method
from fas.params import BaseParams
from fas.plan.needs import needs
from fas.tables.spec import TableSpec

_PLAIN = (FLOW, FRAMES, IDENTITY)


def settle(spec: TableSpec, params: BaseParams) -> TableSpec:
    """The spec with `collection: any` decided: real as soon as params.yaml names real datasets for one of its protocols, else simulated.

    So a fresh clone runs a paper's table on simulated data and a lab on its own, without a switch that could be forgotten. That a
    manifest is missing or an attack has no clip changes nothing: those cells stay empty.

    Raises:
        UserError: one line: the table, and the method, variant, protocol or feature that is not there.
    """
    _check(spec, params)
    if spec.collection != "any":
        return spec
    return spec.model_copy(update={"collection": _collection(spec, params)})


def check_feature(feature: str, params: BaseParams) -> None:
    """Refuse a feature that there is none of.

    Raises:
        UserError: no such feature, or no such cue maker or variant of one: what there is.
    """
    kind, _, name = feature.partition("/")
    if kind == "residuals" and name:
        params.cue(name)
    elif feature not in _PLAIN:
        raise UserError(f"no feature '{feature}' (there is: {', '.join((*_PLAIN, residuals('<cue maker>')))})")


def _collection(spec: TableSpec, params: BaseParams) -> Literal["simulated", "real"]:
    for name in spec.protocols():
        if all(need.found(params, "real") for need in needs(name, params)):
            return "real"
    return "simulated"


def _check(spec: TableSpec, params: BaseParams) -> None:
    for feature in spec.features:
        try:
            check_feature(feature, params)
        except UserError as error:
            raise UserError(f"table {spec.id}: features: {error}") from None
    for row in spec.measured():
        try:
            for variant in dict.fromkeys((row.variant, *row.variants.values())):
                section = params.method(method(row.method).name).variant(row.method, variant)
                for feature in method(row.method).inputs(section):
                    check_feature(feature, params)
        except UserError as error:
            raise UserError(f"table {spec.id}: row '{row.label}': {error}") from None
    for protocol in spec.protocols():
        try:
            needs(protocol, params)
        except UserError as error:
            raise UserError(f"table {spec.id}: {error}") from None
