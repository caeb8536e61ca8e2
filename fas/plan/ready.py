"""What a table needs, and what of it is not there: the cards of `fas tables`."""

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from fas.errors import UserError
from fas.plan.needs import Need, needs
from fas.plan.tables import settle
from fas.plan.wanted import Run, Wanted
from fas.tables.measured import missing as unmeasured
from fas.tables.spec import AnySpec, PlainSpec, TableSpec


def card(spec: AnySpec, wanted: Wanted) -> dict[str, Any]:
    """A table as contracts.md 8 states it: `id, paper, title, methods, datasets, runs, ready, missing`, and its `kind` and `collection`.

    `runs` counts all its trainings, those of awaited methods too; `ready` says whether all of them could be made now. `wanted` knows
    the manifests that are there; its own tables do not matter.

    Raises:
        UserError: the table names something that is not there, or a manifest is broken.
    """
    about = {"id": spec.id, "paper": spec.paper, "title": spec.title, "kind": spec.kind, "methods": sorted(spec.methods())}
    if isinstance(spec, PlainSpec):
        missing = [] if spec.kind == "complexity" else [unmeasured(spec)]  # sizes and times need no data
        return {**about, "collection": None, "datasets": spec.datasets, "runs": 0, "ready": not missing, "missing": missing}
    settled = settle(spec, wanted.params)
    asked = {need for protocol in settled.protocols() for need in needs(protocol, wanted.params)}
    datasets = {name for need in asked for name in need.found(wanted.params, settled.collection) or [need.adapter]}
    missing = [*_awaited(settled), *_data(settled, asked, wanted)]
    runs = len(settled.runs(awaited=True))
    return {**about, "collection": settled.collection, "datasets": sorted(datasets), "runs": runs, "ready": not missing, "missing": missing}


def _awaited(spec: TableSpec) -> Iterator[str]:
    if spec.awaits:
        yield f"not in this version yet: {_listed(spec.awaits, 'method')}"


def _data(spec: TableSpec, asked: set[Need], wanted: Wanted) -> Iterator[str]:
    """Datasets that params.yaml does not name, manifests that are not there yet, and what else keeps a run from being made."""
    found = {need: need.found(wanted.params, spec.collection) for need in asked}
    unknown = {need for need, names in found.items() if not names}
    absent = {need for need, names in found.items() if names and not any(name in wanted.manifests for name in names)}
    if unknown:
        yield f"no {spec.collection} data: {_listed({need.adapter for need in unknown}, 'dataset')} (docs/running.md says how to add one)"
    if absent:
        how = "the simulate stage makes it" if spec.collection == "simulated" else "fas scan"
        yield f"no manifest yet ({how}): {_listed({found[need][0] for need in absent}, 'dataset')}"
    protocols = {name: Run("", "", name, 0, spec.collection, spec.dev) for name in spec.protocols()}
    broken = {name: _broken(run, wanted) for name, run in protocols.items() if not (unknown | absent) & set(needs(name, wanted.params))}
    yield from dict.fromkeys(reason for reason in broken.values() if reason)
    roles = {name: wanted.roles(protocols[name]) for name, reason in broken.items() if not reason}
    untested = [name for name, table in roles.items() if "test" not in set(table["role"])]
    if untested:
        yield f"no test clip: {_listed(untested, 'protocol')}"
    yield from _faces(spec, {name: set(roles[name]["dataset"]) if name in roles else set() for name in protocols}, wanted)


def _broken(run: Run, wanted: Wanted) -> str:
    """Why a protocol whose datasets are there cannot be made; empty when it can."""
    try:
        wanted.roles(run)
    except UserError as error:
        return str(error)
    return ""


def _faces(spec: TableSpec, protocols: Mapping[str, Set[str]], wanted: Wanted) -> Iterator[str]:
    """Why live faces from outside a protocol do not fit, each reason once. `protocols`: the datasets of those that can be made."""
    runs = [Run(*run, spec.collection, spec.dev) for run in spec.runs()]
    reasons = [wanted.unfit(run, protocols[run.protocol]) for run in runs]
    shown = [wanted.unfit_feature(name, spec.collection, datasets) for name in spec.features for datasets in protocols.values()]
    yield from dict.fromkeys(reason for reason in (*reasons, *shown) if reason)


def _listed(names: Iterable[str], what: str) -> str:
    names = sorted(names)
    return f"{what}{'s' if len(names) > 1 else ''} {', '.join(names)}"
